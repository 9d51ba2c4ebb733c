"""The work lists of a finished main job: complete, in step with the clock and the indicators, and true."""

import bisect
import csv
import io
import json
from decimal import Decimal

import pytest
from rich.console import Console
from sqlalchemy import text
from tests.end_to_end.main_job import MainJob
from tests.rules.render_macro import indicator_score

from decision766.reporting.gain import NoTotal, load_gain
from decision766.reporting.gain_files import CASE_COLUMNS, gain_csv, gain_json
from decision766.reporting.gain_text import render_gain
from decision766.reporting.wording import Language
from decision766.warehouse.calendar import calendar_days

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

ASKED = (("H12.07", "2026-09"), ("H29", "2026-Q3"), ("H17", "2026-08"))


def rows(job: MainJob, query: str, **values: object) -> list:
    with job.engine.connect() as connection:
        return list(connection.execute(text(query), values))


def test_the_late_list_is_every_open_dossier_that_the_clock_calls_late(main_job: MainJob):
    [(differing, late)] = rows(
        main_job,
        """
        select count(*) filter (where list.dossier_code is null or dossier.dossier_code is null), count(*)
        from (select * from marts.mart_late_dossier where lateness = 'late') as list
        full outer join (
            select * from marts.fct_dossier
            where ended_at is null and timeliness not in ('on_time', 'deadline_unknown')
        ) as dossier using (dossier_code)
        """,
    )
    assert late > 50
    assert differing == 0
    [(wrong, soon, waiting)] = rows(
        main_job,
        """
        select count(*) filter (where (due_at < evaluated_at) is distinct from (lateness = 'late')
                and due_at is not null and time_of = 'agency'),
            count(*) filter (where lateness = 'due_soon'), count(*) filter (where lateness = 'waiting')
        from marts.mart_late_dossier
        """,
    )
    assert wrong == 0
    assert soon > 20
    assert waiting > 20


def test_working_days_left_are_counted_by_the_calendar(main_job: MainJob):
    """Promised dossiers without a supplement, counted from the calendar itself: on the list or not."""
    worked = [day for day, is_working, *_ in calendar_days(2025, 2027) if is_working]
    found = rows(
        main_job,
        """
        select dossier.dossier_code,
            (dossier.promised_at at time zone 'Asia/Ho_Chi_Minh')::date as promised_on,
            (dossier.evaluated_at at time zone 'Asia/Ho_Chi_Minh')::date as today,
            dossier.promised_at < dossier.evaluated_at as is_late, list.working_days_left,
            list.within_working_days
        from marts.fct_dossier as dossier
        left join marts.mart_late_dossier as list using (dossier_code)
        where dossier.ended_at is null and dossier.supplement_requests = 0 and dossier.promised_at is not null
            and dossier.evaluated_at is not null
        """,
    )
    listed = 0
    for row in found:
        left = bisect.bisect_right(worked, row.promised_on) - bisect.bisect_right(worked, row.today)
        if not row.is_late and left > 5:
            assert row.working_days_left is None, row
            continue
        listed += 1
        assert row.working_days_left == left, row
        if not row.is_late:
            assert row.within_working_days == min(n for n in (1, 3, 5) if n >= left), row
    assert listed > 50
    assert len(found) > listed


def test_channels_add_up_to_the_indicator(main_job: MainJob):
    [(units, differing)] = rows(
        main_job,
        """
        select count(*), count(*) filter (where (channel.dossiers, channel.all_dossiers)
            is distinct from (indicator.numerator::bigint, indicator.denominator::bigint))
        from marts.mart_channel as channel
        inner join marts.fct_indicator as indicator using (unit_code, period_grain, period_start)
        where channel.channel = 2 and indicator.indicator_code = '3.3' and indicator.procedure_code = '*'
            and indicator.boundary = 'as_was'
        """,
    )
    assert units > 1000
    assert differing == 0
    [(spread, told, between)] = rows(
        main_job,
        """
        select count(*) filter (where at_counter + by_post + online_away + online_unknown <> received
                or remote_at_least > remote_at_most or (remote is null) <> (remote_reason is not null)),
            count(*) filter (where remote is not null),
            count(*) filter (where 0 < remote_share_at_least and remote_share_at_least < remote_share_at_most)
        from marts.mart_remote_filing
        """,
    )
    assert spread == 0
    assert told > 0
    assert between > 100


def test_an_idle_service_counts_in_no_month_of_its_window(main_job: MainJob):
    [(idle, told)] = rows(
        main_job,
        "select count(*), count(idle_months) from marts.mart_idle_service",
    )
    assert idle >= told > 100
    found = rows(
        main_job,
        """
        select service.unit_code, service.service_code
        from marts.mart_idle_service as service
        inner join intermediate.int_service_case as used using (unit_code, service_code)
        inner join marts.dim_period as period using (period_grain, period_start)
        where used.has_online_dossier and service.idle_months is not null
            and period.period_start >= service.window_start
        """,
    )
    assert found == []


def test_what_can_still_be_done_is_known_for_every_reason(main_job: MainJob):
    unknown = rows(
        main_job,
        """
        select distinct cases.indicator_code, cases.reason_code
        from marts.mart_indicator_case as cases
        inner join reference.explanation_reasons as reason using (reason_code)
        left join reference.fixable_reasons as fixable using (indicator_code, reason_code)
        where reason.effect = 'not_counted' and fixable.fixable is null
        """,
    )
    assert unknown == []
    late = rows(
        main_job,
        """
        select distinct is_fixable from marts.mart_fixable_case
        where unit_code = 'H12' and period_grain = 'year'
            and reason_code in ('ended_late', 'closed_late', 'open_late', 'filed_in_person')
        """,
    )
    assert [row.is_fixable for row in late] == [False]


@pytest.mark.parametrize(("unit", "period"), ASKED)
def test_steps_say_what_the_scoring_says(main_job: MainJob, unit: str, period: str):
    found = rows(
        main_job,
        f"""
        select step.indicator_code, step.cases, step.score,
            {indicator_score("(n + step.cases)", "d", "rule")} as scored,
            {indicator_score("(n + step.cases - 1)", "d", "rule")} as before
        from marts.mart_score_step as step
        inner join marts.dim_period as period using (period_grain, period_start)
        inner join marts.fct_indicator as indicator
            using (unit_code, indicator_code, period_grain, period_start, rule_set, boundary)
        inner join reference.scoring_rules as rule using (rule_set, indicator_code)
        cross join lateral (select indicator.numerator, indicator.denominator) as parts (n, d)
        where step.unit_code = :unit and period.period_code = :period and indicator.procedure_code = '*'
        """,
        unit=unit,
        period=period,
    )
    assert len(found) > 30
    assert [row for row in found if row.score != row.scored or row.before >= row.score] == []


@pytest.mark.parametrize(("unit", "period"), ASKED)
def test_the_gain_reaches_what_was_wanted_with_cases_that_exist(main_job: MainJob, unit: str, period: str):
    now = load_gain(main_job.engine, unit, period, Decimal(0))
    assert now.is_reached_now
    assert now.cases == 0
    some = (now.total + Decimal("1.5")).quantize(Decimal("0.01"))
    gain = load_gain(main_job.engine, unit, period, some)
    assert gain.is_reachable
    assert gain.total_after >= some
    assert 0 < gain.things <= gain.cases == gain.cost
    for line in gain.lines:
        assert len(line.suggested) == line.taken
        step = next(
            (s for s in rows(main_job, STEP, unit=unit, code=line.need["indicator_code"], period=period)
             if s.cases == line.taken), None)  # fmt: skip
        assert line.taken == 0 or step.score == line.score_after
        for case in line.suggested:
            assert case["reason_code"] not in ("ended_late", "closed_late", "filed_in_person")
    beyond = load_gain(main_job.engine, unit, period, Decimal(100))
    assert not beyond.is_reachable
    assert beyond.total_after == beyond.reachable < 100


STEP = """
    select step.cases, step.score from marts.mart_score_step as step
    inner join marts.dim_period as period using (period_grain, period_start)
    where step.unit_code = :unit and step.indicator_code = :code and period.period_code = :period
"""


def test_the_gain_is_written_for_people_and_machines(main_job: MainJob):
    gain = load_gain(main_job.engine, "H12.07", "2026-09")
    assert gain.wanted in (50, 70, 80, 90)  # the next band
    for language, words in ((Language(), ("điểm", "ca", "Việc cần làm")), (Language(True), ("what to do",))):
        console = Console(width=100, file=io.StringIO(), highlight=False)
        console.print(render_gain(gain, language, 3))
        drawn = console.file.getvalue()
        assert all(word in drawn for word in words)
        assert "SYNTHETIC" in drawn
    stated = json.loads(gain_json(gain))
    assert stated["cases"] == gain.cases
    assert len(stated["indicators"]) == 22
    assert sum(len(line["suggested"]) for line in stated["indicators"]) == gain.cases
    listed = list(csv.DictReader(io.StringIO(gain_csv(gain))))
    assert set(CASE_COLUMNS) <= set(listed[0])
    assert sum(row["is_suggested"] == "true" for row in listed) == gain.cases < len(listed)


def test_without_a_total_the_gain_says_so(main_job: MainJob):
    with pytest.raises(NoTotal, match="H44 has no total"):
        load_gain(main_job.engine, "H44", "2026-08", Decimal(80))


def test_data_quality_costs_points_where_records_are_poor(main_job: MainJob):
    found = rows(
        main_job,
        """
        select defect, count(*) as lines, sum(records) as records, max(points_at_most) as most,
            count(*) filter (where cardinality(rule_ids) = 0 or rule_ids is null) as without_rule
        from marts.mart_data_quality group by defect
        """,
    )
    by_defect = {row.defect: row for row in found}
    assert {"no_deadline", "quarantined"} <= set(by_defect)
    assert all(row.most > 0 and row.without_rule == 0 for row in found)
    [(held, counted)] = rows(
        main_job,
        """
        select (select count(*) from intermediate.int_held_record as held
                inner join intermediate.int_period as period
                    on held.received_at between period.starts_at and period.judged_at
                where held.entity = 'dossier' and period.period_grain = 'year'),
            (select sum(records) from marts.mart_data_quality
                where defect = 'quarantined' and indicator_code = '2.1' and period_grain = 'year'
                and unit_code not like '%.%')
        """,
    )
    assert held == counted > 0


def test_the_gain_mart_has_one_row_per_unit_indicator_and_period(main_job: MainJob):
    [(every, keys, improvable)] = rows(
        main_job,
        """
        select count(*), count(distinct (unit_code, indicator_code, period_grain, period_start, rule_set)),
            count(*) filter (where is_improvable)
        from marts.mart_score_gain
        """,
    )
    [(facts,)] = rows(
        main_job,
        "select count(*) from marts.fct_indicator where procedure_code = '*' and boundary = 'as_was'",
    )
    assert every == keys == facts
    assert 0 < improvable < every


MENDED = {  # What a record says once the case was put right, where no other indicator looks at it but 4.2.
    "3.6": "payment_flag = 1",
    "4.1": """results = '[{"has_link": true, "has_code": true}]'""",
    "4.6": "vneid_verified = true",
}


def test_what_the_gain_promises_comes_true(main_job: MainJob):
    """The last test of this module: it puts the suggested cases right in raw and builds again."""
    unit, period = "H29", "2026-Q3"
    before = load_gain(main_job.engine, unit, period, Decimal(100))
    promised = {line.need["indicator_code"]: line for line in before.lines}
    with main_job.engine.begin() as connection:
        for code, change in MENDED.items():
            assert promised[code].taken > 10
            cases = [case["case_code"] for case in promised[code].suggested]
            connection.execute(
                text(f"update raw.dossier set {change} where dossier_code = any(:cases)"), {"cases": cases}
            )
        # Raw is never rewritten but here: a build that follows the last one would not look for it.
        connection.execute(text("update audit.evaluation set code_version = 'another'"))
    main_job.rebuild("mended")
    after = load_gain(main_job.engine, unit, period, Decimal(100))
    now = {line.need["indicator_code"]: line.need["score"] for line in after.lines}
    for code in MENDED:
        assert now[code] == promised[code].score_after > promised[code].need["score"], code
