"""Audit schema: what was called, what came, what was proved, what was set aside.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

AUDIT = """
create schema audit;
create schema raw;

create table audit.source (
    source_id      text primary key,
    family         text not null,
    name           text not null,
    covers         text[] not null,
    data_origin    text not null check (data_origin in ('live', 'recorded', 'synthetic')),
    settings_hash  text not null,
    updated_at     timestamptz not null default now()
);
comment on table audit.source is 'One row per source YAML as last used. covers: codes of the provinces or ministries it supplies.';

create table audit.landed_object (
    object_id         bigint generated always as identity primary key,
    object_sha256     text not null,
    source_id         text not null references audit.source,
    entity            text not null,
    path              text not null,
    call              jsonb not null,
    window_start      timestamptz,
    window_end        timestamptz,
    http_status       int,
    attempt           int not null default 1,
    record_count      bigint,
    bytes             bigint not null,
    original_sha256   text not null,
    original_bytes    bigint not null,
    redactor_version  text not null,
    fetched_at        timestamptz not null
);
create index on audit.landed_object (source_id, entity, object_sha256);
comment on table audit.landed_object is 'Manifest of landing: one row per answer kept, content-addressed by object_sha256 (of the redacted bytes).';

create table audit.batch (
    batch_id        uuid primary key,
    source_id       text not null references audit.source,
    entity          text not null,
    covers          text[] not null,
    data_origin     text not null check (data_origin in ('live', 'recorded', 'synthetic')),
    object_ids      bigint[] not null,
    window_start    timestamptz,
    window_end      timestamptz,
    cursor_before   text,
    cursor_after    text,
    rows_received   bigint not null,
    rows_new        bigint not null,
    rows_announced  bigint,
    status          text not null default 'loaded' check (status in ('loaded', 'accepted', 'blocked')),
    observed_at     timestamptz not null,
    loaded_at       timestamptz not null default now(),
    accepted_at     timestamptz,
    run_id          text not null
);
create index on audit.batch (entity, status);
create index on audit.batch (source_id, entity, loaded_at);
comment on table audit.batch is 'One row per load transaction. Only accepted batches are visible to dbt. observed_at: the instant the run supplies as its present.';

create table audit.cursor (
    source_id   text not null references audit.source,
    entity      text not null,
    cursor      text not null,
    batch_id    uuid not null references audit.batch,
    updated_at  timestamptz not null default now(),
    primary key (source_id, entity)
);

create table audit.outcome (
    outcome_id      bigint generated always as identity primary key,
    run_id          text not null,
    source_id       text not null references audit.source,
    entity          text not null,
    status          text not null check (status in ('loaded', 'unchanged', 'failed', 'blocked')),
    call            jsonb,
    window_start    timestamptz,
    window_end      timestamptz,
    batch_id        uuid references audit.batch,
    rows_announced  bigint,
    rows_received   bigint,
    rows_new        bigint,
    bytes           bigint,
    attempt         int not null default 1,
    error_kind      text,
    error_message   text,
    started_at      timestamptz not null,
    finished_at     timestamptz not null default now()
);
create index on audit.outcome (source_id, entity, finished_at);
comment on table audit.outcome is 'One row per attempt to read an entity of a source, failed attempts included. Messages never carry a value of a record.';

create table audit.unparseable (
    unparseable_id  bigint generated always as identity primary key,
    source_id       text not null references audit.source,
    entity          text not null,
    object_sha256   text not null,
    byte_offset     bigint not null,
    byte_length     bigint not null,
    cause           text not null,
    seen_at         timestamptz not null default now(),
    unique (source_id, entity, object_sha256, byte_offset)
);
comment on table audit.unparseable is 'Input that could not be read as a record: where and why, never its content. object_sha256: of the original.';

create table audit.undeclared_field (
    source_id   text not null references audit.source,
    entity      text not null,
    field       text not null,
    json_type   text not null,
    seen_count  bigint not null,
    first_seen  timestamptz not null default now(),
    last_seen   timestamptz not null default now(),
    primary key (source_id, entity, field, json_type)
);

create table audit.validation_run (
    validation_run_id  uuid primary key,
    batch_id           uuid not null references audit.batch,
    suite              text not null,
    suite_version      text not null,
    success            boolean not null,
    rows_evaluated     bigint not null,
    rows_quarantined   bigint not null,
    result             jsonb not null,
    started_at         timestamptz not null,
    finished_at        timestamptz not null default now()
);

create table audit.rule_result (
    validation_run_id    uuid not null references audit.validation_run,
    rule_id              text not null,
    rule_version         int not null,
    severity             text not null check (severity in ('block', 'quarantine', 'warn')),
    success              boolean not null,
    evaluated_count      bigint,
    unexpected_count     bigint not null,
    predicate_count      bigint not null,
    detail               jsonb,
    primary key (validation_run_id, rule_id)
);
comment on column audit.rule_result.unexpected_count is 'What Great Expectations counted; predicate_count is what the rule''s own predicate counted. They must agree.';

create table audit.quarantine (
    quarantine_id  bigint generated always as identity primary key,
    entity         text not null,
    raw_id         bigint not null,
    batch_id       uuid not null references audit.batch,
    source_id      text not null,
    record_key     text,
    unit_code      text,
    rule_id        text not null,
    rule_version   int not null,
    field          text not null,
    reason_vi      text not null,
    reason_en      text not null,
    object_sha256  text not null,
    source_line    int not null,
    state          text not null default 'open' check (state in ('open', 'replayed', 'waived')),
    first_seen_at  timestamptz not null default now(),
    last_seen_at   timestamptz not null default now(),
    unique (entity, raw_id, rule_id)
);
create index on audit.quarantine (entity, state, raw_id);
comment on table audit.quarantine is 'A raw row that failed a row rule: staging leaves it out while state = open. The row itself stays in raw.';

create table audit.work_ledger (
    work_id        bigint generated always as identity primary key,
    batch_id       uuid not null unique references audit.batch,
    entity         text not null,
    ready_at       timestamptz not null default now(),
    evaluation_id  uuid
);
comment on table audit.work_ledger is 'Accepted batches that the marts have yet to take in. Asset events only wake the consumer; this table says what there is to do.';

create table audit.evaluation (
    evaluation_id  uuid primary key,
    evaluated_at   timestamptz not null,
    status         text not null check (status in ('building', 'built', 'failed')),
    run_id         text not null,
    code_version   text not null,
    started_at     timestamptz not null default now(),
    finished_at    timestamptz
);
comment on table audit.evaluation is 'One row per build of the marts. evaluated_at is supplied by the run; no model reads the clock.';

create view audit.current_evaluation as
select evaluation_id, evaluated_at, run_id
from audit.evaluation
where status in ('building', 'built')
order by started_at desc
limit 1;
"""


def upgrade() -> None:
    """Create the schemas raw and audit, and every audit table."""
    op.execute(AUDIT)


def downgrade() -> None:
    """Drop both schemas."""
    op.execute("drop schema raw cascade; drop schema audit cascade;")
