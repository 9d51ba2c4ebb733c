"""Marts made by hand, as narrow as a publication reads them: ledger tests need no dbt."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Engine, text

from decision766.ledger.check import Proof, verify_ledger
from decision766.ledger.heads import open_heads
from decision766.ledger.publish import Publication, publish_evaluation
from decision766.settings import Settings

TABLES = """
create schema marts; create schema reference; create schema intermediate;
create table marts.fct_indicator (
    unit_code text, indicator_code text, period_grain text, period_start date, procedure_code text,
    rule_set text, boundary text, numerator numeric, denominator numeric, ratio numeric, score numeric,
    max_score numeric, status text, status_reason text, observed_numerator numeric,
    observed_denominator numeric, observed_ratio numeric, coverage text, missing_inputs text[],
    stale_inputs text[], is_provisional boolean, evaluated_at timestamptz, data_origin text,
    evaluation_id uuid
);
create table marts.mart_scorecard (
    unit_code text, unit_name text, period_grain text, period_start date, rule_set text, boundary text,
    total_score numeric, rank_among_peers int, peers int, evaluated_at timestamptz
);
create table marts.dim_period as select 'month' as period_grain, date '2026-08-01' as period_start,
    '2026-08' as period_code;
create table marts.mart_group_score as select 'H12' as unit_code, 'month' as period_grain,
    date '2026-08-01' as period_start, 'TDGQ' as display_group, 14.50::numeric as score,
    'as_was' as boundary;
create table marts.fct_published_group as select 'H12' as unit_code, 'month' as period_grain,
    date '2026-08-01' as period_start, 'TDGQ' as display_group, '*' as procedure_code,
    14.49::numeric as score, 'portal' as source_id, now() as captured_at;
create table marts.mart_group_reconciliation as select 'H12' as unit_code, 'month' as period_grain,
    date '2026-08-01' as period_start, 'TDGQ' as display_group, 'rounding' as likely_cause;
create table marts.mart_reconciliation as select 'H12' as unit_code, 'month' as period_grain,
    date '2026-08-01' as period_start, '2.1' as indicator_code, 90::numeric as published_numerator,
    100::numeric as published_denominator, 9.00::numeric as published_score, 'equal' as status,
    null::text as likely_cause;
create table marts.dim_indicator as select '2.1' as indicator_code, 'Đúng hạn' as name_vi;
create table marts.dim_org_unit as select 'H12' as unit_code, 'Cà Mau' as unit_name, 1 as unit_level,
    true as is_current, null::text as parent_code, null::text as successor_code, 'H12@' as org_unit_key;
create table marts.dim_scoring_rule as select 'r1' as rule_set, '2.1' as indicator_code, 10 as max_points;
create table reference.display_groups as select 'TDGQ' as display_group, 2 as group_no;
create table reference.rule_sets as select 'r1' as rule_set;
create table reference.scoring_rules as select 'r1' as rule_set, '2.1' as indicator_code, 10 as max_points;
create table reference.bands as select 'r1' as rule_set, 0 as lower_bound;
create table reference.entities as select 'dossier' as entity, 'hồ sơ' as name_vi, 'dossiers' as name_en;
insert into marts.fct_indicator
select 'H12.0' || unit, indicator, 'month', '2026-08-01', procedure, 'r1', 'as_was',
    7.0 + unit, 100, 71.50, 7.15, 10, 'scored', null, null, null, null, 'complete', '{}', array['dossier'],
    false, null, 'live', null
from generate_series(1, 5) as unit, unnest(array['2.1', '5.3']) as indicator,
    unnest(array['*', '1.004227', '2.000815']) as procedure;
insert into marts.mart_scorecard
select 'H12.0' || unit, 'Sở ' || unit, 'month', '2026-08-01', 'r1', 'as_was', 71.50, unit, 5, null
from generate_series(1, 5) as unit;
create table intermediate.int_shown_scope as
select unit_code, period_grain, period_start, boundary, row_number() over () as scope_key,
    false as is_provincial, false as is_whole
from (select distinct unit_code, period_grain, period_start, boundary from marts.fct_indicator) as shown;
create table intermediate.int_procedure_affected (scope_key bigint, procedure_code text);
create table intermediate.int_shown_scope_before as table intermediate.int_shown_scope;
create table intermediate.int_shown_scope_affected as table intermediate.int_shown_scope;
create view intermediate.int_indicator_affected as
select figure.* from marts.fct_indicator as figure
inner join intermediate.int_shown_scope_affected as shown
using (unit_code, period_grain, period_start, boundary)
where shown.is_whole or figure.procedure_code = '*' or (shown.scope_key, figure.procedure_code) in (
    table intermediate.int_procedure_affected
);
"""


@dataclass
class Ledger:
    """A warehouse with hand-made marts, and ways to publish and prove them."""

    engine: Engine
    settings: Settings

    def execute(self, sql: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql), values)

    def scalar(self, sql: str, **values: object):
        with self.engine.connect() as connection:
            return connection.execute(text(sql), values).scalar_one()

    def build(self, change: str = "", *, affected: tuple[str, ...] | None = None) -> str:
        """What dbt would leave behind: marts of a new evaluation, changed as asked.

        affected: the units that a build which followed the last one says it may have changed; None: all
        was built anew.
        """
        evaluation_id = str(uuid.uuid4())
        with self.engine.begin() as connection:
            connection.execute(
                text("""
                    insert into audit.evaluation (
                        evaluation_id, evaluated_at, status, run_id, code_version, basis, rebuilt_because
                    )
                    values (:id, '2026-09-28 08:00+07', 'building', 'test', 'test', 'basis', :because)
                """),
                {"id": evaluation_id, "because": "a test says so" if affected is None else None},
            )
            connection.execute(
                text("""
                    update intermediate.int_shown_scope_affected
                    set boundary = case when unit_code = any(:units) then 'as_was' else 'none' end
                """),
                {"units": list(affected or ())},
            )
            if change:
                connection.execute(text(change))
            connection.execute(
                text("update marts.fct_indicator set evaluation_id = :id"), {"id": evaluation_id}
            )
        return evaluation_id

    def publish(self, change: str = "", *, affected: tuple[str, ...] | None = None) -> Publication:
        return publish_evaluation(self.engine, self.build(change, affected=affected), settings=self.settings)

    def verify(self, **options: object) -> Proof:
        with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            return verify_ledger(connection, open_heads(self.settings), **options)

    def as_superuser(self, *statements: str) -> None:
        """Change the ledger as only a superuser can: with its triggers off."""
        with self.engine.begin() as connection:
            for table in ("ledger_entry", "score_ledger", "scorecard_ledger"):
                connection.execute(text(f"alter table audit.{table} disable trigger all"))
            for statement in statements:
                connection.exec_driver_sql(statement)
            for table in ("ledger_entry", "score_ledger", "scorecard_ledger"):
                connection.execute(text(f"alter table audit.{table} enable always trigger append_only"))


CHANGES = (
    "",
    "update marts.fct_indicator set numerator = numerator + 1, score = 7.25 where unit_code = 'H12.02'",
    "delete from marts.fct_indicator where unit_code = 'H12.03' and procedure_code = '1.004227'",
)
