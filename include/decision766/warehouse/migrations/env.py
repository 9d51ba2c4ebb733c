"""Alembic environment: runs the migrations of schemas raw and audit on the connection it is given."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="schema_version")
with context.begin_transaction():
    context.run_migrations()
