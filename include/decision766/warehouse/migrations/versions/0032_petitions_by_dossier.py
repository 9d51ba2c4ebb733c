"""Petitions by the dossier that they name, so that a dossier's trail does not read all of them.

Revision ID: 0032
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index; most petitions name no dossier."""
    op.execute(
        "create index petition_dossier_code on raw.petition (dossier_code) where dossier_code is not null"
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("drop index raw.petition_dossier_code")
