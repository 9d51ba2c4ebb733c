"""Figures of targets that no record supplies, as a unit states them in a file (docs/targets.md).

Revision ID: 0023
"""

from alembic import op

revision = "0023"
down_revision = "0014"
branch_labels = None
depends_on = None

STATED_MEASURE = """
create table raw.stated_measure (
    raw_id         bigint generated always as identity primary key,
    batch_id       uuid not null,
    source_id      text not null,
    data_origin    text not null,
    object_sha256  text not null,
    source_line    int not null,
    row_hash       bytea not null,
    parse_errors   jsonb,
    extra          jsonb,
    unit_code      text,
    unit_level     text,
    measure_code   text,
    period_start   date,
    period_end     date,
    numerator      bigint,
    denominator    bigint,
    document_no    text,
    unique (source_id, row_hash)
);
create index stated_measure_batch_id_brin on raw.stated_measure
    using brin (batch_id uuid_minmax_multi_ops) with (pages_per_range = 16);
comment on table raw.stated_measure is
    'A measure of a target as a unit states it: cases counted from period_start to period_end.';
"""


def upgrade() -> None:
    """Create the raw table of stated measures; the seed of targets, which has new columns, is made anew."""
    op.execute(STATED_MEASURE)
    op.execute("drop table if exists reference.targets cascade;")


def downgrade() -> None:
    """Drop it."""
    op.execute("drop table raw.stated_measure;")
