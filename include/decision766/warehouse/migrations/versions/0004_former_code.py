"""Dossiers whose number was made anew: the old one stands beside the new one.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FORMER_CODE = """
alter table raw.dossier add column former_code text;
create index on raw.dossier (former_code) where former_code is not null;
comment on column raw.dossier.former_code is 'Number that the dossier bore before dossier_code, as the source states it (MaHoSoCu). Null: none was stated.';
"""


def upgrade() -> None:
    """Add the column, and an index for the few dossiers that have it."""
    op.execute(FORMER_CODE)


def downgrade() -> None:
    """Drop both."""
    op.execute("alter table raw.dossier drop column former_code;")
