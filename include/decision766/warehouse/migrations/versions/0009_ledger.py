"""The ledger: what was published, signed and contested, append-only and chained.

Revision ID: 0009
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# No foreign key leads to ledger_entry: an entry carries the Merkle root of its rows and so comes after
# them, and a check per row would double the cost of a publication. `decision766 ledger verify` finds
# rows without an entry. row_no follows the order of the keys, so that rows of one unit lie together.
TABLES = """
create table audit.ledger_entry (
    entry_no    bigint primary key,
    kind        text not null check (kind in ('publication', 'sign_off', 'contest', 'resolution')),
    body        text not null,
    entry_hash  bytea not null
);
comment on table audit.ledger_entry is 'One chain of everything published, signed and contested. body: canonical JSON that names the hash of the entry before; entry_hash: SHA-256 of body. Append-only; docs/ledger.md says how to verify it.';

create table audit.score_ledger (
    entry_no              bigint not null,
    row_no                int not null,
    change                text not null check (change in ('stated', 'removed')),
    unit_code             text not null,
    indicator_code        text not null,
    period_grain          text not null,
    period_start          date not null,
    procedure_code        text not null,
    rule_set              text not null,
    boundary              text not null,
    numerator             numeric,
    denominator           numeric,
    ratio                 numeric,
    score                 numeric,
    max_score             numeric,
    status                text,
    status_reason         text,
    observed_numerator    numeric,
    observed_denominator  numeric,
    observed_ratio        numeric,
    coverage              text,
    missing_inputs        text[],
    stale_inputs          text[],
    is_provisional        boolean,
    data_origin           text,
    content_hash          bytea not null,
    primary key (entry_no, row_no)
);
create index on audit.score_ledger (unit_code, period_start);
comment on table audit.score_ledger is 'What each publication changed: one row per unit, indicator, period, procedure (* = all), rule set and boundary whose figures differ from those last published. change: stated, or removed when it is no longer computed. content_hash: SHA-256 of the row as a JSON array (docs/ledger.md).';

create table audit.scorecard_ledger (
    entry_no      bigint not null,
    row_no        int not null,
    change        text not null check (change in ('stated', 'removed')),
    relation      text not null check (relation in ('scorecard', 'catalogue')),
    unit_code     text not null,
    period_grain  text not null,
    period_start  date not null,
    rule_set      text not null,
    boundary      text not null,
    document      text,
    content_hash  bytea not null,
    primary key (entry_no, row_no)
);
create index on audit.scorecard_ledger (unit_code, period_start, entry_no);
comment on table audit.scorecard_ledger is 'Scorecards as published (totals, groups, band, rank, what the portal stated beside them) where they changed, and the catalogue they were shown with (names, rules, bands; relation catalogue, unit *). document: JSON text, digit for digit.';

create table audit.score_current (
    key           text not null,
    content_hash  bytea not null
);
comment on table audit.score_current is 'Working copy of the ledger: hash of the row last stated per key, to find what changed. It proves nothing; emptied, the next publication refills it from audit.score_ledger.';
"""

GUARD = """
create function audit.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'audit.% is append-only: % is refused', tg_table_name, tg_op
        using hint = 'A correction is a new publication; nothing published is changed or deleted.';
end
$$;
"""
GUARDED = ("ledger_entry", "score_ledger", "scorecard_ledger")

VIEWS = """
create view audit.publication as
select
    entry.entry_no,
    (entry.stated ->> 'recorded_at')::timestamptz as published_at,
    (entry.stated ->> 'evaluated_at')::timestamptz as evaluated_at,
    (entry.stated ->> 'evaluation_id')::uuid as evaluation_id,
    entry.stated ->> 'run_id' as run_id,
    (entry.stated -> 'scores' ->> 'count')::bigint as scores_changed,
    (entry.stated -> 'scorecards' ->> 'count')::bigint as scorecards_changed,
    entry.stated -> 'code' as code,
    entry.stated -> 'inputs' as inputs,
    encode(entry.entry_hash, 'hex') as entry_hash
from (
    select entry_no, entry_hash, body::jsonb as stated
    from audit.ledger_entry where kind = 'publication'
) as entry;
comment on view audit.publication is 'One row per publication: when, judged at which instant, how much changed, its inputs and code by their hashes.';

create view audit.publication_batch as
select
    publication.entry_no,
    publication.published_at,
    (batch.stated ->> 'batch_id')::uuid as batch_id,
    batch.stated ->> 'source_id' as source_id,
    batch.stated ->> 'entity' as entity,
    batch.stated ->> 'sha256' as batch_sha256
from audit.publication
cross join lateral jsonb_array_elements(publication.inputs -> 'batches') as batch (stated);
comment on view audit.publication_batch is 'One row per publication and batch that it was the first to take in.';

create view audit.restatement as
with versions as (
    select
        unit_code, indicator_code, period_grain, period_start, procedure_code, rule_set, boundary, data_origin,
        entry_no, change, numerator, denominator, ratio, score, max_score, status, coverage, is_provisional,
        lag(entry_no) over same_figure as old_entry_no,
        lag(change) over same_figure as old_change,
        lag(numerator) over same_figure as old_numerator,
        lag(denominator) over same_figure as old_denominator,
        lag(ratio) over same_figure as old_ratio,
        lag(score) over same_figure as old_score,
        lag(max_score) over same_figure as old_max_score,
        lag(status) over same_figure as old_status,
        lag(is_provisional) over same_figure as was_provisional
    from audit.score_ledger
    window same_figure as (
        partition by unit_code, indicator_code, period_grain, period_start, procedure_code, rule_set, boundary
        order by entry_no
    )
)
select
    unit_code, indicator_code, period_grain, period_start, procedure_code, rule_set, boundary,
    old_entry_no, entry_no, change,
    old_numerator, numerator, old_denominator, denominator, old_ratio, ratio, old_score, score,
    score - old_score as score_difference,
    old_status, status, was_provisional, is_provisional, data_origin
from versions
where
    old_entry_no is not null
    and (change, numerator, denominator, ratio, score, max_score, status)
        is distinct from (old_change, old_numerator, old_denominator, old_ratio, old_score, old_max_score, old_status);
comment on view audit.restatement is 'One row per figure and publication that changed it: old, new, difference. A change of coverage or of the provisional mark alone is no restatement. Filter by unit_code and period_start: it is quick then.';

create view audit.sign_off as
select
    entry.entry_no,
    (entry.stated ->> 'recorded_at')::timestamptz as signed_at,
    entry.stated ->> 'decision' as decision,
    entry.stated ->> 'by' as signed_by,
    entry.stated ->> 'comment' as comment,
    entry.stated -> 'subject' ->> 'type' as subject,
    (entry.stated -> 'subject' ->> 'validation_run_id')::uuid as validation_run_id,
    entry.stated -> 'subject' ->> 'unit_code' as unit_code,
    entry.stated -> 'subject' ->> 'period_grain' as period_grain,
    (entry.stated -> 'subject' ->> 'period_start')::date as period_start,
    (entry.stated ->> 'publication')::bigint as publication_no
from (select entry_no, body::jsonb as stated from audit.ledger_entry where kind = 'sign_off') as entry;
comment on view audit.sign_off is 'One row per verdict of an auditor on a validation run or a period (unit * = all units). publication_no: the state that was judged. The last one of a subject holds, until a restatement.';

create view audit.contest as
select
    entry.entry_no as contest_no,
    (entry.stated ->> 'recorded_at')::timestamptz as opened_at,
    entry.stated ->> 'by' as opened_by,
    entry.stated ->> 'reason' as reason,
    entry.stated ->> 'evidence' as evidence,
    entry.stated -> 'figure' ->> 'unit_code' as unit_code,
    entry.stated -> 'figure' ->> 'indicator_code' as indicator_code,
    entry.stated -> 'figure' ->> 'period_grain' as period_grain,
    (entry.stated -> 'figure' ->> 'period_start')::date as period_start,
    entry.stated -> 'figure' ->> 'procedure_code' as procedure_code,
    (entry.stated -> 'figure' ->> 'score')::numeric as contested_score,
    (entry.stated ->> 'publication')::bigint as publication_no,
    answer.entry_no as resolution_no,
    (answer.stated ->> 'recorded_at')::timestamptz as resolved_at,
    answer.stated ->> 'by' as resolved_by,
    answer.stated ->> 'resolution' as resolution,
    answer.stated ->> 'comment' as resolution_comment,
    (answer.stated ->> 'batch_id')::uuid as correcting_batch_id,
    answer.stated ->> 'rule' as correcting_rule
from (select entry_no, body::jsonb as stated from audit.ledger_entry where kind = 'contest') as entry
left join (select entry_no, body::jsonb as stated from audit.ledger_entry where kind = 'resolution') as answer
    on (answer.stated ->> 'contest')::bigint = entry.entry_no;
comment on view audit.contest is 'One row per contested figure: who, which, why, on what evidence, and how it was resolved; open while resolution is null.';
"""


def upgrade() -> None:
    """Create the ledger, its guard and its views."""
    op.execute(TABLES)
    op.execute(GUARD)
    for table in GUARDED:
        # `always`: a session that plays replica (session_replication_role) is refused too.
        op.execute(f"""
            create trigger append_only before update or delete or truncate on audit.{table}
            for each statement execute function audit.refuse_change();
            alter table audit.{table} enable always trigger append_only;
            revoke update, delete, truncate on audit.{table} from public;
            do $$ begin
                execute format('revoke update, delete, truncate on audit.{table} from %I', current_user);
            end $$;
        """)
    op.execute(VIEWS)


def downgrade() -> None:
    """Drop the ledger; what was published is lost but for the heads outside."""
    op.execute("""
        drop view audit.contest, audit.sign_off, audit.restatement, audit.publication_batch, audit.publication;
        drop table audit.ledger_entry, audit.score_ledger, audit.scorecard_ledger, audit.score_current;
        drop function audit.refuse_change;
    """)
