"""What people read: scorecards from the marts, as tables, JSON and CSV."""
