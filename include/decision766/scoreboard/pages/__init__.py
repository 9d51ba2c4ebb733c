"""One module a page: it asks the marts and says what the page shows."""
