"""Raw schema: one typed, append-only table per entity of docs/records.md.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Every raw row says where it came from and stays what it was. row_hash covers the redacted record,
# so that the same record sent again is the same row. parse_errors: [{"field", "rule", "length"}].
HEAD = """
    raw_id         bigint generated always as identity primary key,
    batch_id       uuid not null references audit.batch,
    source_id      text not null references audit.source,
    data_origin    text not null,
    object_sha256  text not null,
    source_line    int not null,
    row_hash       bytea not null,
    parse_errors   jsonb,
    extra          jsonb,
"""

TABLES: dict[str, str] = {
    "dossier": """
    dossier_code             text,
    unit_code                text,
    procedure_code           text,
    procedure_code_as_sent   text,
    sector_code              text,
    channel                  smallint,
    applicant_type           smallint,
    database_codes           text[],
    submitted_at             timestamptz,
    received_at              timestamptz,
    promised_at              timestamptz,
    finished_at              timestamptz,
    returned_at              timestamptz,
    refused_at               timestamptz,
    status                   smallint,
    delivery                 smallint,
    filed_at_place           smallint,
    has_digitised_component  boolean,
    vneid_verified           boolean,
    payment_flag             smallint,
    components               jsonb,
    fees                     jsonb,
    supplements              jsonb,
    results                  jsonb,
    version_at               timestamptz""",
    "dossier_event": """
    dossier_code  text,
    occurred_at   timestamptz,
    status        smallint,
    started_at    timestamptz,
    due_at        timestamptz,
    content_hash  text""",
    "procedure": """
    procedure_code          text,
    procedure_code_as_sent  text,
    name                    text,
    is_public               boolean,
    publishing_unit_code    text,
    decision_no             text,
    levels                  smallint[],
    sector_code             text,
    subject_codes           text[],
    max_time                numeric,
    max_time_unit           text,
    has_fee                 boolean,
    fee_amounts             numeric[],
    paper_result_required   boolean,
    public_from             timestamptz,
    public_to               timestamptz""",
    "petition": """
    petition_id     text,
    petition_no     text,
    unit_code       text,
    submitted_at    timestamptz,
    received_at     timestamptz,
    status          text,
    classification  text,
    dossier_code    text,
    predecessor_no  text,
    likes           int,
    dislikes        int,
    due_at          timestamptz,
    completed_at    timestamptz,
    refused_at      timestamptz,
    timeline        jsonb,
    version_at      timestamptz""",
    "rating": """
    dossier_code  text,
    rated_at      timestamptz,
    rating        text""",
    "org_unit": """
    code            text,
    name            text,
    type            text,
    parent_code     text,
    portal_id       text,
    valid_from      date,
    valid_to        date,
    successor_code  text""",
    "decision": """
    decision_no      text,
    unit_code        text,
    decided_on       date,
    kind             text,
    is_local         boolean,
    legal_effect_on  date,
    procedures       jsonb""",
    "procedure_part": """
    unit_code       text,
    procedure_code  text,
    part            text,
    valid_from      date,
    valid_to        date""",
    "service": """
    service_code    text,
    procedure_code  text,
    level           text,
    state           text,
    applied_units   text[],
    valid_from      date,
    valid_to        date""",
    "unit_procedure_authority": """
    unit_code       text,
    procedure_code  text,
    valid_from      date,
    valid_to        date""",
    "sync_receipt": """
    dossier_code  text,
    synced_at     timestamptz""",
    "national_report_total": """
    unit_code       text,
    period_grain    text,
    period_start    date,
    received_total  bigint""",
    "portal_total": """
    unit_code       text,
    period_grain    text,
    period_start    date,
    received_total  bigint""",
    "certified_copy": """
    dossier_code   text,
    unit_code      text,
    issued_at      timestamptz,
    is_electronic  boolean""",
    "published_metric": """
    capture_id      text,
    captured_at     timestamptz,
    endpoint        text,
    portal_unit_id  text,
    unit_code       text,
    unit_name       text,
    unit_type       text,
    root_unit_id    text,
    period_grain    text,
    period_start    date,
    procedure_code  text,
    metric_code     text,
    indicator_code  text,
    numerator       numeric,
    denominator     numeric,
    ratio           numeric,
    score           numeric,
    max_score       numeric,
    data_quality_status   text,
    data_quality_message  text""",
    "published_group": """
    capture_id      text,
    captured_at     timestamptz,
    endpoint        text,
    portal_unit_id  text,
    unit_code       text,
    unit_name       text,
    unit_type       text,
    root_unit_id    text,
    period_grain    text,
    period_start    date,
    procedure_code  text,
    display_group   text,
    score           numeric,
    max_score       numeric,
    ratio           numeric,
    average_score   numeric,
    score_delta     numeric,
    parameters      jsonb""",
}

KEYS: dict[str, str] = {
    "dossier": "dossier_code",
    "dossier_event": "dossier_code",
    "petition": "petition_id",
    "sync_receipt": "dossier_code",
    "rating": "dossier_code",
    "published_metric": "portal_unit_id",
    "published_group": "portal_unit_id",
}


def upgrade() -> None:
    """Create the raw tables and the table of working days."""
    for name, columns in TABLES.items():
        op.execute(f"create table raw.{name} ({HEAD} {columns}, unique (source_id, row_hash));")
        op.execute(f"create index on raw.{name} (batch_id);")
        if name in KEYS:
            op.execute(f"create index on raw.{name} ({KEYS[name]});")
    op.execute("""
        create table raw.calendar_day (
            day           date primary key,
            is_working    boolean not null,
            holiday_name  text,
            basis         text not null
        );
        comment on table raw.calendar_day is
            'Working days of Vietnam: Monday to Friday less public holidays (library), then the override table.';
    """)


def downgrade() -> None:
    """Drop the raw tables."""
    for name in TABLES:
        op.execute(f"drop table raw.{name};")
    op.execute("drop table raw.calendar_day;")
