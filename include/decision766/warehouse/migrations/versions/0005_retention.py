"""Retention and erasure: what was taken away, when and why; never what it was.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RETENTION = """
create table audit.erasure (
    erasure_id    uuid primary key,
    reference     text not null,
    subject       text not null check (subject in ('identifier', 'dossier')),
    key_ids       text[] not null,
    found         jsonb,
    requested_at  timestamptz not null default clock_timestamp(),
    done_at       timestamptz
);
comment on table audit.erasure is 'One row per deletion request that was served. reference: number of the request in the register of documents; found: counts per place. The identifier itself stands nowhere. done_at null: broken off; serve the request again.';

create table audit.erased_mark (
    mark        text primary key,
    erasure_id  uuid not null references audit.erasure,
    scope       text not null
);
comment on table audit.erased_mark is 'Keyed hashes (event key, which never rotates) of identifiers that were erased: the redactor leaves such values out when a source sends them again.';

create table audit.tombstone (
    tombstone_id       bigint generated always as identity primary key,
    reason             text not null check (reason in ('retention', 'erasure')),
    rule_id            text,
    keep_days          int,
    erasure_id         uuid references audit.erasure,
    source_id          text not null references audit.source,
    entity             text not null,
    path               text,
    object_sha256      text,
    batch_id           uuid references audit.batch,
    fields             text[],
    removed_count      bigint,
    removed_bytes      bigint,
    planned_at         timestamptz not null default clock_timestamp(),
    done_at            timestamptz,
    check ((reason = 'retention') = (rule_id is not null)),
    check ((reason = 'erasure') = (erasure_id is not null)),
    check ((path is null) <> (batch_id is null))
);
create unique index on audit.tombstone (rule_id, path) where reason = 'retention' and path is not null;
create unique index on audit.tombstone (rule_id, batch_id) where reason = 'retention' and batch_id is not null;
create index on audit.tombstone (path);
comment on table audit.tombstone is 'What was taken away: a landed object (path; its manifest and hashes stay in audit.landed_object) or the pseudonymous details of a batch''s raw rows (fields; the rows stay). done_at null: intended, and finished by the next run.';
"""


def upgrade() -> None:
    """Create the tables of retention and erasure."""
    op.execute(RETENTION)


def downgrade() -> None:
    """Drop them."""
    op.execute("drop table audit.tombstone; drop table audit.erased_mark; drop table audit.erasure;")
