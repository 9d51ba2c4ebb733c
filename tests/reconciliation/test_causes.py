"""Every divergence of the list, planted one by one and together, is named with its cause and no other is."""

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.reconciliation import planted_portal as planted
from tests.reconciliation.conftest import (
    AUGUST,
    FORM_ERROR,
    FORM_UNIT,
    MISSING_HERE,
    MISSING_THERE,
    RENAMED,
    TOGGLED,
    Planted,
)

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]


@pytest.fixture(scope="module")
def differing(planting: Planted) -> list:
    with planting.engine.connect() as connection:
        return list(
            connection.execute(
                text("""
                    select * from marts.mart_reconciliation
                    where unit_code like 'H12%' and status in ('different', 'within_tolerance')
                """)
            )
        )


def _of(differing: list, unit: str) -> list:
    return [r for r in differing if r.unit_code == unit and r.indicator_code not in ("5.1", "5.2", "5.3")]


def _is_closed(row: object) -> bool:
    """Whether the portal's captures (of today) were taken after the period's end."""
    months = {"month": 1, "quarter": 3, "year": 12}[row.period_grain]  # type: ignore[attr-defined]
    month = row.period_start.month + months - 1  # type: ignore[attr-defined]
    end = dt.date(row.period_start.year + month // 12, month % 12 + 1, 1)  # type: ignore[attr-defined]
    return dt.datetime.now(dt.UTC).date() > end


@pytest.mark.parametrize(
    ("unit", "cause", "indicators"),
    [
        (planted.LATE, "late_sync", None),
        (planted.HELD, "quarantined_rows", None),
        (planted.RULE, "rule_set_difference", {"4.2"}),
        (planted.ROUNDED, "rounding", {"2.1"}),
        (planted.POPULATION, "other_population", {"4.3"}),
    ],
)
def test_a_cause_alone_is_named_and_nothing_beside_it(differing, unit, cause, indicators):
    rows = _of(differing, unit)
    assert rows
    assert {row.likely_cause for row in rows} == {cause}
    assert {row.further_causes for row in rows} == {None}
    if indicators:
        assert {row.indicator_code for row in rows} == indicators
        assert all(row.is_cause_exact for row in rows)


def test_numerator_denominator_and_score_differ_as_planted(planting, differing):
    seen = 0
    for period in planting.world.periods:
        published, visible = planting.portal.published(period), planting.portal.true_scores(period)
        told, true = published[planted.LATE].figures["4.1"], visible[planted.LATE].figures["4.1"]
        row = next(
            (
                r
                for r in _of(differing, planted.LATE)
                if (r.indicator_code, r.period_grain, r.period_start) == ("4.1", period.grain, period.start)
            ),
            None,
        )
        if told == true:
            assert row is None
            continue
        seen += 1
        assert row.numerator_difference == told.numerator - true.numerator
        assert row.denominator_difference == told.denominator - true.denominator
        assert row.score_difference == Decimal(told.score) - Decimal(true.score)
    assert seen >= 2


def test_a_missing_source_is_named_wherever_its_indicators_are_published(differing):
    rows = [row for row in differing if row.indicator_code in ("5.1", "5.2", "5.3")]
    assert {row.likely_cause for row in rows} == {"missing_source"}
    assert {row.computed_score for row in rows} == {None}
    assert len({row.unit_code for row in rows}) > 60


def test_a_restatement_is_named_in_closed_periods_only(differing):
    rows = _of(differing, planted.RESTATED)
    assert {row.indicator_code for row in rows} == {"2.1"}
    assert {(_is_closed(row), row.likely_cause) for row in rows} == {
        (True, "portal_restated"),
        (False, "unexplained"),  # a running period's figure moves, that is no restatement
    }


def test_inherited_numerators_are_named(differing):
    rows = [row for row in differing if (row.unit_code, row.indicator_code) == ("H12", "1.3")]
    assert {row.likely_cause for row in rows} == {"inherited_numerators"}


def test_of_two_population_causes_the_order_of_the_rows_decides(differing):
    rows = _of(differing, planted.LATE_AND_HELD)
    year = [row for row in rows if row.period_grain == "year"]
    assert {(row.likely_cause, row.further_causes) for row in year} == {("late_sync", "quarantined_rows")}
    assert {row.is_cause_exact for row in year} == {False}
    assert {row.likely_cause for row in rows} <= {"late_sync", "quarantined_rows"}


def test_a_cause_of_the_score_stands_beside_the_cause_of_the_parts(differing):
    rows = {
        row.indicator_code: row for row in _of(differing, planted.LATE_AND_RULE) if row.period_grain == "year"
    }
    assert (rows["4.2"].likely_cause, rows["4.2"].further_causes) == ("late_sync", "rule_set_difference")
    assert (rows["4.1"].likely_cause, rows["4.1"].further_causes) == ("late_sync", None)


def test_what_agreed_before_the_portal_changed_it_is_restated_first(differing):
    rows = _of(differing, planted.RESTATED_LATE)
    closed = [row for row in rows if _is_closed(row)]
    assert {row.likely_cause for row in closed} == {"portal_restated"}
    assert all("late_sync" in row.further_causes for row in closed)
    assert {row.likely_cause for row in rows if not _is_closed(row)} == {"late_sync"}


def test_a_province_passes_on_the_causes_of_its_units(differing):
    rows = [r for r in _of(differing, "H12") if r.period_grain == "year" and r.indicator_code != "1.3"]
    assert {(row.likely_cause, row.further_causes) for row in rows} == {("late_sync", "quarantined_rows")}


def test_nothing_else_differs(differing):
    others = {row.unit_code for row in differing if row.indicator_code not in ("5.1", "5.2", "5.3")} - set(
        planted.PLANTED
    )
    assert others == {"H12"}
    named = {row.likely_cause for row in differing}
    assert len(named - {"unexplained"}) == 8


def test_the_catalogue_is_compared_in_number_and_content(planting):
    with planting.engine.connect() as connection:
        found = {
            row.procedure_code: (row.verdict, row.differing_fields)
            for row in connection.execute(
                text("select * from marts.mart_catalogue_reconciliation where unit_code = 'H12'")
            )
        }
    procedures = planting.world.procedures
    expected = dict.fromkeys((procedure.code for procedure in procedures), ("equal", ""))
    expected[procedures[RENAMED].code] = ("differs", "name")
    expected[procedures[TOGGLED].code] = ("differs", "is_public")
    expected[procedures[MISSING_THERE].code] = ("only_here", "")
    expected[procedures[MISSING_HERE].code] = ("only_here", "")
    expected["3.000999"] = ("only_there", "")
    assert found == expected


def test_the_forms_totals_stand_beside_what_was_counted(planting):
    with planting.engine.connect() as connection:
        found = {
            row.measure: row
            for row in connection.execute(
                text("""
                    select * from marts.mart_total_reconciliation
                    where unit_code = :unit and period_start = :start and stated_by = 'inbox'
                        and period_grain = 'month'
                """),
                {"unit": FORM_UNIT, "start": AUGUST},
            )
        }
    form = planting.form
    assert form["received_total"] > 10
    expected = {
        **{name: form[name] for name in ("received_total", "received_online", "carried_over")},
        **{name: form[name] for name in ("resolved_total", "resolved_overdue", "in_process_total")},
        "received_direct_postal": form["received_direct"] + form["received_postal"],
    }
    assert {name: row.counted for name, row in found.items()} == expected
    assert {name: row.status for name, row in found.items() if row.status != "equal"} == {
        "resolved_total": "different"
    }
    assert found["resolved_total"].difference == FORM_ERROR


def test_the_documented_order_is_that_of_the_rows(planting):
    path = Path(__file__).parents[2] / "dbt_project" / "seeds" / "reconciliation_causes.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["precedence"]) for row in rows] == list(range(1, 10))
    assert {row["explains"] for row in rows} == {"parts", "score", "both"}
    assert all(row["why_here"] for row in rows)
