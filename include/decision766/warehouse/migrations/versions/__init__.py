"""Alembic migrations of the schemas raw and audit."""
