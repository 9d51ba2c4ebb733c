"""The main job, end to end on a small world: every number against the world's own, every trap sprung."""

import json
from collections import Counter
from decimal import Decimal

import pytest
import zstandard
from sqlalchemy import text
from tests.end_to_end.identities import IdentitySearch
from tests.end_to_end.main_job import PRESENT, MainJob, recorded_numbers

from decision766.lineage import tell_build, tell_loads
from decision766.reporting.completeness import shortfalls
from decision766.reporting.scorecard import load_scorecard, to_csv, to_json
from decision766.reporting.validation import write_reports
from decision766.warehouse.dbt_docs import write_docs

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

CODES = [*("1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6"),
         *("4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7", "5.1", "5.2", "5.3")]  # fmt: skip


def rows(job: MainJob, sql: str, **values: object) -> list:
    with job.engine.connect() as connection:
        return list(connection.execute(text(sql), values))


def test_every_unit_has_all_22_indicators_at_three_grains_each_with_a_status(main_job: MainJob):
    units = sum(len(found) for found in main_job.world.units.values())
    periods = len(main_job.world.periods)
    assert units > 370
    counted = rows(
        main_job,
        """
        select indicator_code, count(*), count(distinct unit_code), count(distinct period_grain),
            count(status)
        from marts.fct_indicator
        where boundary = 'as_was' and procedure_code = '*' group by indicator_code order by indicator_code
        """,
    )
    assert [row[0] for row in counted] == CODES
    for row in counted:
        assert tuple(row[1:]) == (units * periods, units, 3, units * periods), row


def test_computed_equals_the_worlds_own_computation(main_job: MainJob):
    computed = {
        (row.period_grain, row.period_start, row.unit_code, row.indicator_code): row
        for row in rows(
            main_job, "select * from marts.fct_indicator where boundary = 'as_was' and procedure_code = '*'"
        )
    }
    compared, wrong = Counter(), []
    for period in main_job.world.periods:
        for unit, scores in main_job.world.visible_scores(period).items():
            for code, figure in scores.figures.items():
                row = computed[(period.grain, period.start, unit, code)]
                compared[code] += 1
                same_parts = figure.denominator is None or (
                    row.numerator == figure.numerator
                    and abs(float(row.denominator) - float(figure.denominator)) < 1e-9
                )
                if not same_parts or row.score != figure.score:
                    wrong.append((period.grain, str(period.start), unit, code, row.numerator, row.denominator,
                                  row.score, figure))  # fmt: skip
    assert wrong[:10] == []
    assert set(compared) == set(CODES) - {"2.2"}
    assert min(compared.values()) > 1800


def test_each_planted_divergence_is_named_and_nothing_else_is(main_job: MainJob):
    world = main_job.world
    kinds = {(item.unit_code, code): item.kind for item in world.planted for code in item.indicator_codes}
    planted = {
        (period.grain, period.start, unit, code): kinds[(unit, code)]
        for period in world.periods
        for unit, scores in world.published(period).items()
        for code in scores.differs_from(world.visible_scores(period)[unit])
    }
    assert len(set(planted.values())) == 6
    named = {
        (row.period_grain, row.period_start, row.unit_code, row.indicator_code): row.likely_cause
        for row in rows(
            main_job,
            "select * from marts.mart_reconciliation where data_origin = 'synthetic' "
            "and likely_cause is not null",
        )
    }
    # The portal publishes the parts of online services for the province only: there the group speaks.
    seen = {key: cause for key, cause in planted.items()
            if not (key[3] in ("3.1", "3.2", "3.3") and "." in key[2])}  # fmt: skip
    assert named == seen


def test_everywhere_else_every_group_agrees_to_a_hundredth(main_job: MainJob):
    planted_units = {
        (divergence.unit_code, period.grain, period.start)
        for divergence in main_job.world.planted
        for period in divergence.periods
    }
    groups = rows(main_job, "select * from marts.mart_group_reconciliation where data_origin = 'synthetic'")
    assert len(groups) > 11_000
    for row in groups:
        if (row.unit_code, row.period_grain, row.period_start) not in planted_units:
            assert abs(row.score_difference) <= Decimal("0.01"), row
            assert row.likely_cause is None, row
    causes = {row.likely_cause for row in groups}
    assert "unexplained" not in causes


def test_every_recorded_observation_is_published_to_the_digit(main_job: MainJob):
    published = rows(
        main_job,
        """
        select metric.*, unit.portal_id from marts.fct_published_indicator as metric
        inner join marts.dim_org_unit as unit on unit.unit_code = metric.unit_code and unit.is_current
        where metric.data_origin = 'recorded'
        """,
    )
    by_metric = {
        (row.portal_unit_id, row.period_grain, row.procedure_code, row.metric_code): row for row in published
    }
    metrics = 0
    for name, payload, unit in recorded_numbers():
        grain = "month" if "month-" in name else "year"
        procedure = "2.000815" if "formality" in name and name.endswith("month-formality.json") else "*"
        assert payload["year"] == 2026 if "year" in payload else payload["fromDate"].startswith("2026")
        for metric in unit.get("metrics", []):
            row = by_metric[(unit["departmentId"], grain, procedure, metric["code"])]
            recorded = [metric[key] for key in ("numerator", "denominator", "ratio", "score", "maxScore")]
            assert [row.numerator, row.denominator, row.ratio, row.score, row.max_score] == [
                None if value is None else Decimal(str(value)) for value in recorded
            ], (name, unit["departmentId"], metric["code"])
            metrics += 1
    assert metrics > 100
    values = {(row.portal_unit_id, Decimal(row.numerator)) for row in published if row.numerator is not None}
    values |= {
        (row.portal_unit_id, Decimal(row.denominator)) for row in published if row.denominator is not None
    }
    counted = 0
    for name, _payload, unit in recorded_numbers():
        for key, value in unit.items():
            if (
                isinstance(value, int | float)
                and (key.startswith(("total", "channel", "online", "avg")))
                and ("Score" not in key)
            ):
                assert (unit["departmentId"], Decimal(str(value))) in values, (name, key)
                counted += 1
    assert counted > 200


def test_phu_tho_is_shown_as_published_only(main_job: MainJob):
    card = load_scorecard(main_job.engine, "H44", "2026")
    assert card.coverage == "published_only"
    assert card.data_origin == "recorded"
    assert card.total_score is None
    assert [group.published_score for group in card.groups] == [
        Decimal(value) for value in ("7.96", "17.68", "8.56", "6.67", "9.59", "11.43")
    ]
    assert rows(main_job, "select count(*) from marts.fct_indicator where unit_code like 'H44%'")[0][0] == 0


def test_scorecards_of_the_three_provinces_add_up(main_job: MainJob):
    for unit in ("H12", "H17", "H29"):
        card = load_scorecard(main_job.engine, unit, "2026-08")
        assert card.total_score == sum(line.score for line in card.indicators if line.score is not None)
        assert card.peers == 3
        assert card.band_name_vi
        assert card.data_origin == "synthetic"
        assert to_csv(card).count("\n") == 23
        assert '"data_origin": "synthetic"' in to_json(card)


def test_children_inherit_and_are_never_summed(main_job: MainJob):
    differing = rows(
        main_job,
        """
        select child.* from marts.fct_indicator as child
        inner join marts.fct_indicator as province
            on province.unit_code = split_part(child.unit_code, '.', 1)
            and (province.indicator_code, province.period_grain, province.period_start)
                = (child.indicator_code, child.period_grain, child.period_start)
            and province.boundary = child.boundary
            and (province.procedure_code, child.procedure_code) = ('*', '*')
        where child.indicator_code in ('1.1', '1.2', '1.3') and child.unit_code like '%.%'
            and ((child.numerator, child.denominator, child.score)
                is distinct from (province.numerator, province.denominator, province.score)
                or child.status <> 'inherited')
        """,
    )
    assert differing == []


def test_corrupted_dossiers_stand_in_quarantine_under_the_right_rule(main_job: MainJob):
    held = rows(
        main_job,
        "select * from audit.quarantine where entity = 'dossier' and state = 'open'",
    )
    expected = {
        "unknown_procedure": "procedure",
        "unreadable_date": "readable",
        "finished_before_received": "finished",
        "received_in_future": "future",
    }
    by_key = {row.record_key: row for row in held if row.record_key}
    for code, kind in main_job.world.corrupted.items():
        rules = [row.rule_id for row in held if row.record_key == code]
        assert any(expected[kind] in rule or kind in rule for rule in rules), (code, kind, rules)
        assert by_key[code].reason_vi
        assert by_key[code].reason_en
    keys = {row.record_key for row in held}
    assert keys - set(main_job.world.corrupted) <= {None}, "a good dossier stands in quarantine"
    assert sum(row.record_key is None for row in held) >= 2


def test_running_again_changes_nothing(main_job: MainJob):
    def fingerprint() -> list:
        return rows(
            main_job,
            """
            select 'fct_indicator', count(*), md5(string_agg(t::text, '|' order by t::text))
            from (select unit_code, indicator_code, period_grain, period_start, procedure_code, numerator,
                denominator, ratio, score, status from marts.fct_indicator) as t
            union all
            select 'raw', (select count(*) from raw.dossier),
                (select count(*)::text from raw.published_metric)
            """,
        )

    before = fingerprint()
    for summary in main_job.ingest("second"):
        assert summary.failures == []
        assert summary.batch_ids == [], summary
    assert not main_job.build("second")
    assert fingerprint() == before


def test_reports_documentation_and_lineage_tell_of_the_whole_job(main_job: MainJob):
    """What they write is searched for personal data by the next test, like all of the state folder."""
    settings, database = main_job.settings, main_job.settings.warehouse_database
    summary = write_reports(main_job.engine, settings=settings)
    [(runs, quarantined)] = rows(
        main_job,
        """
        select count(*), (select count(distinct batch_id) from audit.quarantine) from audit.validation_run
        """,
    )
    assert summary.runs == runs > 40
    assert len(list(summary.index.parent.glob("runs/*/*.quarantine.csv"))) == quarantined > 0

    docs = {"database": database, "settings": settings, "code_version": "first"}
    written = write_docs(**docs).page
    page, when = written.read_text(encoding="utf-8"), written.stat().st_mtime_ns
    assert write_docs(**docs).page.stat().st_mtime_ns == when  # the models are those it tells of
    assert write_docs(**docs | {"code_version": "second"}).page.stat().st_mtime_ns > when
    assert page.index("default-src 'none'") < page.index("<script")
    assert all(
        f'"name":"{name}"' in page.replace('": "', '":"') for name in ("fct_indicator", "mart_scorecard")
    )

    sources = [config.id for config in main_job.sources]
    assert all(tell_loads(main_job.engine, "first", source, settings=settings) for source in sources)
    assert tell_build(database=database, settings=settings) > 100
    events = [
        json.loads(line) for line in (settings.lineage_folder / "events.ndjson").read_text().splitlines()
    ]
    written = {output["name"]: output for event in events for output in event["outputs"]}
    read = {dataset["name"] for event in events for dataset in event["inputs"]}
    raw_read = {name for name in read if name.startswith(f"{database}.raw.")}
    raw_read.remove(f"{database}.raw.calendar_day")  # written with the schema, from no source
    raw_read.remove(f"{database}.raw.stated_measure")  # an optional input, which no source of the job has
    assert len(raw_read) >= 12
    assert raw_read <= written.keys()  # what dbt reads is what the loader wrote, by the same name
    columns = written[f"{database}.staging.stg_onestop__dossier"]["facets"]["columnLineage"]["fields"]
    [origin] = columns["received_at"]["inputFields"]
    assert (origin["name"], origin["field"]) == (f"{database}.raw.dossier", "received_at")


def test_no_personal_datum_anywhere(main_job: MainJob, caplog: pytest.LogCaptureFixture):
    search = IdentitySearch(value for value in main_job.world.identities() if len(value) > 6)
    assert search.size > 5000
    planted = next(iter(main_job.world.identities()))
    assert search.find(f'{{"ChuHoSo": "{planted}"}}'), "the search itself must be able to find"
    with main_job.engine.connect() as connection:
        tables = connection.execute(
            text("""
                select table_schema, table_name from information_schema.tables
                where table_schema in ('raw', 'audit', 'marts') and table_type = 'BASE TABLE'
            """)
        ).all()
        assert len(tables) > 40
        for schema, table in tables:
            content = connection.execute(text(f"select string_agg(t::text, ' ') from {schema}.{table} as t"))
            assert search.find(content.scalar_one() or "") == set(), table
    files = [path for path in main_job.settings.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".zst" for path in files)
    for path in files:
        content = path.read_bytes()
        if path.suffix == ".zst":
            content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
        assert search.find(path.name + " " + content.decode("utf-8", errors="replace")) == set(), path
    assert search.find(caplog.text) == set()


def test_an_unreachable_source_leaves_the_others_and_shows_as_stale(main_job: MainJob):
    summaries = main_job.ingest("third", without=("province_h17",))
    failed = [summary for summary in summaries if summary.failures]
    assert [summary.source_id for summary in failed] == ["province_h17"]
    assert "province_h17" in failed[0].failures[0]
    assert main_job.build("third"), "a source that failed is news for the scorecard"
    assert load_scorecard(main_job.engine, "H17", "2026-08").stale_sources == ["province_h17"]
    assert load_scorecard(main_job.engine, "H17", "2026-08").coverage == "stale"
    assert load_scorecard(main_job.engine, "H12", "2026-08").stale_sources == []
    main_job.ingest("fourth")
    assert main_job.build("fourth")
    assert load_scorecard(main_job.engine, "H17", "2026-08").stale_sources == []
    assert load_scorecard(main_job.engine, "H17", "2026-08").evaluated_at == PRESENT


def test_other_interfaces_of_a_province_change_no_number(main_job: MainJob, tmp_path):
    """H12 comes over exchange and iGate, H17 and H29 also as files and from a replica: all counts once."""

    def numbers() -> dict[str, list]:
        return {
            name: rows(main_job, f"select md5(string_agg(t::text, '|' order by t::text)) from ({query}) as t")
            for name, query in {
                "fct_indicator": "select unit_code, indicator_code, period_grain, period_start, "
                "procedure_code, numerator, denominator, ratio, score, status from marts.fct_indicator",
                "mart_scorecard": "select unit_code, period_grain, period_start, total_score, coverage, "
                "published_total_score, rank_among_peers from marts.mart_scorecard "
                "where period_start >= '2026-01-01'",
                "mart_reconciliation": "select unit_code, indicator_code, period_grain, period_start, "
                "status, likely_cause from marts.mart_reconciliation",
                "fct_dossier": "select dossier_code, status, received_at from marts.fct_dossier",
            }.items()
        }

    before = numbers()
    summaries = {summary.source_id: summary for summary in main_job.ingest_further_families(tmp_path)}
    assert set(summaries) == {"igate_h12", "inbox_h17", "replica_h29", "gateway_2025"}
    for summary in summaries.values():
        assert summary.failures == [], summary
        assert summary.rows_new > 0, summary
    twice = rows(
        main_job,
        """
        select split_part(dossier_code, '.', 1), count(*) from (
            select dossier_code from raw.dossier where dossier_code is not null
            group by dossier_code having count(distinct source_id) > 1
        ) as held group by 1 order by 1
        """,
    )
    assert [row[0] for row in twice] == ["H12", "H17", "H29"]
    assert sum(row[1] for row in twice) > 3000
    assert main_job.build("further families")
    assert numbers() == before
    speaking = rows(main_job, "select distinct source_id from intermediate.int_dossier order by 1")
    assert [row[0] for row in speaking] == ["province_h12", "province_h17", "province_h29"]


def test_stated_totals_are_compared_with_what_came(main_job: MainJob):
    """Every source's statement is a row of its own; none is unknown, and unknown is not complete."""
    found = rows(
        main_job,
        """
        select statement, stated_by, completeness, count(*) from marts.mart_completeness
        where unit_code like 'H17.%' and period_grain = 'month' group by 1, 2, 3
        """,
    )
    by_source = Counter()
    for statement, stated_by, completeness, count in found:
        by_source[statement, stated_by] += count
        assert (completeness == "unknown") == (stated_by is None), (statement, stated_by, completeness)
    assert by_source["national_report", "province_h17"] > 100
    assert by_source["national_report", "inbox_h17"] > 100  # forms II.06a, of the closed months
    assert by_source["portal", "province_h17"] > 100
    lacking = rows(
        main_job,
        """
        select unit_code, stated_total, landed_dossiers, missing_dossiers, tolerance
        from marts.mart_completeness where completeness = 'incomplete'
        """,
    )
    for row in lacking:
        assert row.missing_dossiers == row.stated_total - row.landed_dossiers > row.tolerance


def test_a_total_that_was_not_reached_is_seen(main_job: MainJob):
    """A national report of twice the dossiers: the province stands as incomplete, with the number missing."""
    with main_job.engine.begin() as connection:
        connection.execute(
            text("""
                update raw.national_report_total set received_total = received_total * 2
                where unit_code = 'H12' and period_grain = 'month' and period_start = '2026-08-01'
            """)
        )
    main_job.rebuild("doubled")
    (row,) = rows(
        main_job,
        """
        select * from marts.mart_completeness where unit_code = 'H12' and period_grain = 'month'
            and period_start = '2026-08-01' and statement = 'national_report'
        """,
    )
    assert (row.completeness, row.completeness_vi) == ("incomplete", "thiếu")
    assert row.missing_dossiers > 300
    named = [item.line() for item in shortfalls(main_job.engine)]
    said = f"H12, month from 2026-08-01: {row.landed_dossiers} dossiers came of {row.stated_total}"
    assert named[0].startswith(said)


def test_the_day_of_each_source_stands_in_a_mart(main_job: MainJob):
    found = rows(main_job, "select * from marts.mart_source_outcome")
    by_key = {(row.source_id, row.entity): row for row in found}
    held = rows(main_job, "select count(distinct (source_id, entity)) from audit.outcome")
    assert len(by_key) == held[0][0]
    down = by_key["province_h17", "dossier"]  # unreachable once, above
    assert (down.failures, down.last_status, down.lag_seconds) == (1, "unchanged", 0)
    assert down.attempts >= 4
    assert down.completeness == "unknown"  # the exchange announces no total
    assert down.rows_announced is None
    igate = by_key["igate_h12", "dossier"]
    assert (igate.completeness, igate.rows_announced) == ("complete", igate.rows_received)
    gateway = by_key["gateway_2025", "procedure"]  # its rows state their TOTAL, those of the report none
    assert (gateway.completeness, gateway.rows_announced) == ("complete", gateway.rows_received)
    assert by_key["gateway_2025", "published_group"].completeness == "unknown"
    assert gateway.bytes > 0
    assert gateway.total_seconds > 0
