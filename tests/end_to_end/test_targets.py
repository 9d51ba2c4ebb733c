"""Targets and campaigns, all the way: the example's worked-out answers, and plans added by rows alone."""

import csv
import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation, prove_marts
from decision766.pipeline.ingest import ingest_source
from decision766.settings import Settings
from decision766.sources import find_source
from decision766.sources.contract import Connection
from decision766.validation import validate_batches

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

ROOT = Path(__file__).resolve().parents[2]
INBOX = ROOT / "examples" / "inbox-campaign-2023"
EVALUATED_AT = dt.datetime.fromisoformat("2023-05-09T23:59:59+07:00")
COLUMNS = (
    *("target_id", "source", "issuing_unit", "scope", "period_start", "period_end", "unit_level", "measure"),
    *(
        "target_percent",
        "issuer_code",
        "measure_code",
        "target_kind",
        "change_value",
        "base_start",
        "base_end",
    ),
)
# Plans that nobody has published: rows added to the seed, and nothing else.
ADDED = (
    "X-CLOCK,x,x,campaign,2023-04-01,2023-04-30,district,x,100,H12,2.1,absolute",
    "X-OFFERED,x,x,campaign,2023-03-01,2023-05-09,all,x,60,H12,3.1,absolute",
    "X-USED,x,x,campaign,2023-03-01,2023-05-09,all,x,100,H12,3.2,absolute",
    "X-COPIES,x,x,campaign,2023-03-01,2023-05-09,commune,x,100,H12,4.7,absolute",
    "X-STATED,x,x,campaign,2023-03-01,2023-05-09,all,x,45,H12,remote_filing,absolute",
    "X-MONTH,x,x,province,2023-04-01,2023-04-30,all,x,100,H12,5.1,absolute",
    "X-LEVEL,x,x,province,2023-04-01,2023-04-30,commune,x,100,H12,5.1,absolute",
    "X-DISTRICT,x,x,city,2023-01-01,2023-12-31,commune,x,50,H12.20,3.3,absolute",
    "X-BASE,x,x,campaign,2023-03-01,2023-05-09,all,x,,H12,remote_filing,relative_percent,10,2022-01-01,2022-12-31",
    "X-OPEN,x,x,city,2023-01-01,,all,x,90,H12,3.3,absolute",
)


def _with_added_plans(folder: Path) -> Path:
    """A copy of the dbt project whose seed holds the added rows."""
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project")
    seed = folder / "dbt_project" / "seeds" / "targets.csv"
    header = seed.read_text(encoding="utf-8").splitlines()[0].split(",")
    with seed.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        for line in ADDED:
            writer.writerow(dict(zip(COLUMNS, line.split(","), strict=False)))
    return folder


@pytest.fixture(scope="module")
def measured(
    module_settings: Settings, module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Engine:
    """The warehouse after one run over the example, with the plans added."""
    source = find_source(module_settings.sources_folder, "inbox")
    folder = Connection(base_url=str(INBOX), extra={"path": str(INBOX)})
    read = ingest_source(
        module_warehouse, source, folder, run_id="x", observed_at=EVALUATED_AT, settings=module_settings
    )
    read.raise_for_failures()
    validate_batches(module_warehouse, read.batch_ids, settings=module_settings)
    evaluation = open_evaluation(module_warehouse, evaluated_at=EVALUATED_AT, run_id="x")
    assert evaluation
    project = _with_added_plans(tmp_path_factory.mktemp("project"))
    own = module_settings.model_copy(update={"project_root": project})
    build_marts(module_warehouse, evaluation, settings=own)
    prove_marts(module_warehouse, evaluation, settings=module_settings)
    close_evaluation(module_warehouse, evaluation)
    return module_warehouse


def _rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def _number(value: str) -> Decimal | None:
    return Decimal(value) if value else None


def _expected(name: str) -> list[dict[str, str]]:
    with (INBOX / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_nothing_of_the_example_is_set_aside(measured: Engine):
    assert _rows(measured, "select record_key, rule_id from audit.quarantine") == []


def test_every_worked_out_figure_of_the_targets_is_in_the_mart(measured: Engine):
    key = ("target_id", "period_grain", "period_start", "row_kind", "unit_code", "unit_level")
    numbers = ("numerator", "denominator", "actual_percent", "target_percent", "gap_points", "gap_cases")
    values = (*numbers, "pace_percent")
    held = {
        row[: len(key)]: row[len(key) :]
        for row in _rows(
            measured,
            f"""select {", ".join(key).replace("period_start", "period_start::text")},
                {", ".join(values)}, status
            from marts.mart_target_progress""",
        )
    }
    expected = {
        tuple(row[name] for name in key): (*(_number(row[name]) for name in values), row["status"])
        for row in _expected("expected_targets.csv")
    }
    assert len(expected) == 114
    assert {name: held.get(name) for name in expected} == expected


def test_every_day_of_the_campaign_is_in_the_mart(measured: Engine):
    held = {
        row[:4]: row[4:]
        for row in _rows(
            measured,
            """select target_id, unit_code, unit_level, day::text, day_number, numerator, denominator,
                actual_percent, pace_percent, is_on_track
            from marts.mart_campaign_progress where row_kind = 'level'""",
        )
    }
    expected = {
        (row["target_id"], row["unit_code"], row["unit_level"], row["day"]): (
            int(row["day_number"]),
            *(_number(row[name]) for name in ("numerator", "denominator", "actual_percent", "pace_percent")),
            {"t": True, "f": False, "": None}[row["is_on_track"]],
        )
        for row in _expected("expected_campaign.csv")
    }
    assert len(expected) == 5 * 70
    assert {key: held.get(key) for key in expected} == expected


def test_a_campaign_ends_as_its_target_says(measured: Engine):
    last = _rows(
        measured,
        """select count(*), count(*) filter (where (day.numerator, day.denominator)
            is not distinct from (target.numerator, target.denominator))
        from marts.mart_campaign_progress as day
        inner join marts.mart_target_progress as target
            using (target_id, period_start, row_kind, unit_code, unit_level)
        where day.day = target.judged_on and target.period_grain = 'campaign'""",
    )[0]
    assert last[0] > 50
    assert last[0] == last[1]


def test_all_rows_of_the_plans_appear_with_their_quotes(measured: Engine):
    with (ROOT / "dbt_project" / "seeds" / "targets.csv").open(encoding="utf-8", newline="") as file:
        plans = {row["target_id"]: (row["quote"], row["source"]) for row in csv.DictReader(file)}
    query = "select distinct target_id, quote, plan from marts.mart_target_progress"
    held = {row[0]: row[1:] for row in _rows(measured, query)}
    assert len(plans) == 47
    assert {name: held.get(name) for name in plans} == plans


def test_what_has_no_source_has_no_figure(measured: Engine):
    rows = _rows(
        measured,
        """select target_id, numerator, denominator, actual_percent, gap_points, actual_reason, status
        from marts.mart_target_progress
        where target_id in ('QN-2023-01', 'BRVT-2021-03', 'VT-2023-01', 'D468-2021-02', 'D468-2025-04')
            and unit_code <> 'H47' or target_id = 'QN-2023-10'
        order by target_id, unit_code""",
    )
    reasons = {row[0]: (row[5], row[6]) for row in rows}
    assert all(row[1:5] == (None, None, None, None) for row in rows)
    assert reasons == {
        "QN-2023-10": ("no_source", "no_source"),
        "BRVT-2021-03": ("no_source", "no_source"),
        "VT-2023-01": ("unit_unknown", "no_source"),
        "D468-2021-02": ("no_source", "no_source"),
        "D468-2025-04": ("not_begun", "not_begun"),
    }


def test_a_base_that_was_not_measured_leaves_the_target_null(measured: Engine):
    rows = _rows(
        measured,
        """select target_percent, target_reason, gap_points, base_denominator from marts.mart_target_progress
        where target_id = 'D468-2022-01' and unit_code = 'H12' and unit_level = 'all'""",
    )
    assert rows == [(None, "base_not_measured", None, 0)]


def _days(engine: Engine, target: str, level: str, *numbers: int) -> list[tuple[Any, ...]]:
    return _rows(
        engine,
        """select day_number, numerator, denominator from marts.mart_campaign_progress
        where target_id = :target and row_kind = 'level' and unit_level = :level
            and day_number = any(:numbers)
        order by day_number""",
        target=target,
        level=level,
        numbers=list(numbers),
    )


def test_a_new_campaign_on_timeliness_is_judged_day_by_day(measured: Engine):
    # Five carried over from 31 March, five each Friday; one of 3 April is promised for 13 April: late then.
    assert _days(measured, "X-CLOCK", "district", 0, 2, 6, 11, 12, 29) == [
        (0, 5, 5), (2, 6, 6), (6, 11, 11), (11, 11, 11), (12, 10, 11), (29, 25, 26),
    ]  # fmt: skip


def test_procedures_are_distinct_over_the_union_of_a_level(measured: Engine):
    # DVC-1 is applied from 1 April, day 31. Two procedures in all, four by adding the levels up.
    assert _days(measured, "X-OFFERED", "all", 0, 30, 31) == [(0, 1, 2), (30, 1, 2), (31, 2, 2)]
    assert _days(measured, "X-OFFERED", "province", 30, 31) == [(30, 0, 2), (31, 1, 2)]
    assert _days(measured, "X-OFFERED", "district", 30, 31) == [(30, 0, 1), (31, 1, 1)]
    assert _days(measured, "X-OFFERED", "commune", 30, 31) == [(30, 1, 1), (31, 1, 1)]
    assert _days(measured, "X-USED", "all", 0, 2, 31) == [(0, 0, 1), (2, 1, 1), (31, 2, 2)]
    assert _days(measured, "X-COPIES", "commune", 13, 14) == [(13, 0, 3), (14, 1, 3)]


def test_a_stated_measure_holds_from_its_cut_off_day(measured: Engine):
    assert _days(measured, "X-STATED", "all", 29, 30, 59, 60, 69) == [
        (29, None, None), (30, 10, 40), (59, 10, 40), (60, 30, 60), (69, 30, 60),
    ]  # fmt: skip
    rows = _rows(
        measured,
        """select actual_percent, actual_basis, actual_as_of::text, status from marts.mart_target_progress
        where target_id = 'X-STATED' and row_kind = 'level'""",
    )
    assert rows == [(Decimal("50.0000"), "stated", "2023-04-30", "reached")]


def test_a_stated_base_serves_a_relative_target(measured: Engine):
    rows = _rows(
        measured,
        """select base_numerator, base_denominator, base_coverage, target_percent, actual_percent, gap_cases
        from marts.mart_target_progress where target_id = 'X-BASE' and row_kind = 'level'""",
    )
    assert rows == [(20, 100, "stated", Decimal("22.0000"), Decimal("50.0000"), 16)]


def test_other_plans_by_rows(measured: Engine):
    rows = _rows(
        measured,
        """select target_id, row_kind, unit_code, unit_level, numerator, denominator, actual_reason, status
        from marts.mart_target_progress
        where target_id in ('X-MONTH', 'X-LEVEL') or target_id = 'X-DISTRICT' and denominator > 0
            or target_id = 'X-OPEN' and row_kind = 'level' and unit_level = 'all'
        order by target_id, row_kind, unit_level, unit_code""",
    )
    assert rows == [
        ("X-DISTRICT", "level", "H12.20", "all", 55, 91, None, "no_target"),
        ("X-DISTRICT", "level", "H12.20", "commune", 20, 41, None, "on_track"),
        ("X-DISTRICT", "level", "H12.20", "district", 35, 50, None, "no_target"),
        ("X-DISTRICT", "unit", "H12.20.1", "commune", 20, 41, None, "on_track"),
        ("X-LEVEL", "level", "H12", "all", 1, 1, None, "no_target"),
        ("X-LEVEL", "level", "H12", "commune", None, None, "not_by_level", "no_source"),
        ("X-MONTH", "level", "H12", "all", 1, 1, None, "reached"),
        ("X-OPEN", "level", "H12", "all", 136, 200, None, "in_progress"),
    ]


def test_the_forecast_is_of_the_last_eight_whole_weeks(measured: Engine):
    """H12.05 since 1 January: day 128 is in week 18; weeks 10 to 17 began on 12 March."""
    online = [8, 7, 8, 9, 8, 9, 9, 9]  # Fridays 17 March to 5 May
    weeks_left = Decimal(364 - 128) / 7
    ratio = Decimal(sum(online)) / 80
    to_come = 10 * weeks_left
    row = _rows(
        measured,
        """select forecast_percent, forecast_low_percent, forecast_high_percent
        from marts.mart_target_progress
        where target_id = 'CM-2023-01' and row_kind = 'unit' and unit_code = 'H12.05'""",
    )[0]
    guarded = (Decimal(sum(online)) + 2) / 84
    between = sum((Decimal(week) - 10 * ratio) ** 2 for week in online) / 7
    variance = max(between, guarded * (1 - guarded) * 10)
    half = Decimal("2.3646") * variance.sqrt() / 10 * (Decimal(1) / 8 + 1 / weeks_left).sqrt()
    for found, rate in zip(row, (ratio, ratio - half, min(Decimal(1), ratio + half)), strict=True):
        assert abs(found - 100 * (81 + rate * to_come) / (108 + to_come)) < Decimal("0.001")


def test_what_people_read(measured: Engine, capsys: pytest.CaptureFixture[str]):
    from rich.console import Console

    from decision766.reporting.targets import TargetsAsked, load_targets, to_csv, to_json
    from decision766.reporting.targets_text import render_targets

    year = TargetsAsked("H12", dt.date(2022, 1, 1), dt.date(2022, 12, 31))
    lines = load_targets(measured, year)
    Console(width=160, force_terminal=False).print(
        render_targets([line for line in lines if line.row_kind == "level"])
    )
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "tất cả các cấp 29/150 19,33 % 20,00 % −0,67 −1 không đạt" in shown
    assert "cấp tỉnh 34/63 53,97 % 50,00 % +3,97 +2 đạt" in shown
    assert "tất cả các cấp 65/153 42,48 % không giao" in shown
    assert not any("FOLLOW-3.3" in line for line in shown)  # a plan has it

    later = load_targets(measured, TargetsAsked("H47", dt.date(2023, 1, 1)))
    Console(width=160).print(render_targets(later))
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "cấp tỉnh (số báo cáo) 1.400/2.000 70,00 % 70,00 % 0,00 0 24,62 % đạt" in shown

    stated = json.loads(to_json(lines))
    assert {line["status"] for line in stated} >= {"reached", "missed", "no_target", "no_cases"}
    assert to_csv(lines).count("\n") == len(lines) + 1
