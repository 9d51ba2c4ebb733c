"""Raw is copied into directly: no foreign key per row, and a small index on the batch.

A row and its batch are written in one transaction by one function (`loading.load_batch`), after the
rows: a foreign key would ask, row by row, what that transaction guarantees. Rows of a batch lie
together, so that a BRIN index finds them and costs nothing to fill.

Revision ID: 0013
"""

from alembic import op

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    *("dossier", "dossier_event", "procedure", "petition", "rating", "org_unit", "decision"),
    *("procedure_part", "service", "unit_procedure_authority", "sync_receipt", "national_report_total"),
    *("portal_total", "certified_copy", "published_metric", "published_group"),
)


def upgrade() -> None:
    """Drop the foreign keys of raw, and exchange its index on batch_id."""
    for table in TABLES:
        op.execute(f"""
            alter table raw.{table}
                drop constraint {table}_batch_id_fkey, drop constraint {table}_source_id_fkey;
            drop index raw.{table}_batch_id_idx;
            create index {table}_batch_id_brin on raw.{table}
                using brin (batch_id uuid_minmax_multi_ops) with (pages_per_range = 16);
        """)


def downgrade() -> None:
    """Put the foreign keys and the full index back."""
    for table in TABLES:
        op.execute(f"""
            drop index raw.{table}_batch_id_brin;
            create index {table}_batch_id_idx on raw.{table} (batch_id);
            alter table raw.{table}
                add constraint {table}_batch_id_fkey foreign key (batch_id) references audit.batch,
                add constraint {table}_source_id_fkey foreign key (source_id) references audit.source;
        """)
