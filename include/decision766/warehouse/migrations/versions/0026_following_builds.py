"""What a build of the marts rested on besides its batches, so that the next one knows whether it may follow it.

Revision ID: 0026
"""

from alembic import op

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns to audit.evaluation."""
    op.execute("""
        alter table audit.evaluation add column basis text, add column rebuilt_because text;
        comment on column audit.evaluation.basis is 'Hash of all that the build rests on besides the batches that it takes in: sources and who speaks first, calendar, batches and quarantine before it, erasures.';
        comment on column audit.evaluation.rebuilt_because is 'Why every dossier was computed anew; null: only what changed since the last build was.';
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("alter table audit.evaluation drop column basis, drop column rebuilt_because;")
