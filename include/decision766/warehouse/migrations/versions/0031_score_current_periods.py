"""The ledger's working copy by unit and period, so that a build that changed few of them compares these alone.

Revision ID: 0031
"""

from alembic import op

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty the working copy: the next publication refills it from the ledger."""
    op.execute("""
        truncate audit.score_current;
        alter table audit.score_current
            add column unit_code text not null,
            add column period_grain text not null,
            add column period_start date not null,
            add column procedure_code text not null;
        create index on audit.score_current (unit_code, period_start, period_grain);
    """)


def downgrade() -> None:
    """Forget the columns, which the key repeats."""
    op.execute("""
        alter table audit.score_current
            drop column unit_code, drop column period_grain, drop column period_start,
            drop column procedure_code;
    """)
