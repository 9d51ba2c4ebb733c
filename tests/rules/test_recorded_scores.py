"""The rule set against every score on record: metric by metric, group where no metric is published."""

from collections import Counter
from decimal import Decimal

import pytest

from .conftest import Scorer, read_seed
from .observations import METRIC_INDICATORS, Observation, Part, observations, recorded_files, units_of

pytestmark = pytest.mark.warehouse

OBSERVATIONS = observations()
RECORDED = 229
CENT = Decimal("0.01")
# Thái Nguyên, Thanh Hóa: totals and groups come from endpoints of different freshness.
PUBLISHED_APART = {"H55": Decimal("-0.01"), "H56": Decimal("0.01")}


@pytest.fixture(scope="module")
def scores(score_parts: Scorer) -> dict[str, list[Decimal | None]]:
    """Name of the observation → the scores of its parts, all computed by one query."""
    parts = [part for observation in OBSERVATIONS for part in observation.parts]
    computed = iter(score_parts(parts))
    return {seen.name: [next(computed) for _ in seen.parts] for seen in OBSERVATIONS}


def test_every_recording_is_observed():
    assert len(recorded_files()) == 9
    assert len(OBSERVATIONS) == RECORDED
    assert len({seen.name for seen in OBSERVATIONS}) == RECORDED, "names must be unique: they key the scores"
    by_indicator = Counter(part.indicator_code for seen in OBSERVATIONS for part in seen.parts)
    unscored = {row["indicator_code"] for row in read_seed("scoring_rules") if row["scoring_type"] == "none"}
    assert set(by_indicator) == {row["code"] for row in read_seed("indicators")} - unscored


@pytest.mark.parametrize("observation", OBSERVATIONS, ids=[seen.name for seen in OBSERVATIONS])
def test_recorded_score(observation: Observation, scores: dict[str, list[Decimal | None]]):
    parts = scores[observation.name]
    if len(parts) == 1:
        assert parts[0] == observation.score
    else:
        assert sum(part for part in parts if part is not None).quantize(CENT) == observation.score


@pytest.mark.parametrize("observation", OBSERVATIONS, ids=[seen.name for seen in OBSERVATIONS])
def test_recorded_maximum(observation: Observation):
    maxima = {row["indicator_code"]: row["max_points"] for row in read_seed("scoring_rules")}
    assert (
        sum(Decimal(maxima[part.indicator_code] or 0) for part in observation.parts) == observation.max_score
    )


@pytest.mark.parametrize("group", ["transparency", "dossier-digitized", "handling-satisfaction"])
def test_group_total_is_the_sum_of_its_rounded_metrics(group: str):
    (path,) = (path for path in recorded_files() if path.name.startswith(group))
    for name, unit in units_of(path):
        rounded = [metric["score"] for metric in unit["metrics"] if metric["score"] is not None]
        assert sum(rounded) == unit["totalScore"], name
        maximum = sum(metric["maxScore"] for metric in unit["metrics"])
        assert maximum == unit["totalMaxScore"], f"{name}: a null score does not lower the maximum"


@pytest.mark.parametrize("group", ["transparency", "dossier-digitized", "handling-satisfaction"])
def test_published_ratio_is_the_rounded_percentage(group: str):
    (path,) = (path for path in recorded_files() if path.name.startswith(group))
    for name, unit in units_of(path):
        for metric in unit["metrics"]:
            if metric["denominator"]:
                exact = 100 * metric["numerator"] / metric["denominator"]
                assert exact.quantize(CENT) == metric["ratio"], f"{name}: {metric['code']}"


def test_ties_round_as_recorded(score_parts: Scorer):
    # 6 x 1/48 = 0.125 is published as 0.12; the payment part 2 x 25.00 / 80 = 0.625 counts as 0.63.
    ties = [Part("4.1", Decimal(1), Decimal(48)), Part("3.5", Decimal(9), Decimal(36))]
    assert score_parts(ties) == [Decimal("0.12"), Decimal("0.63")]


def test_zero_denominators(score_parts: Scorer):
    expected = {
        **dict.fromkeys(["1.1", "1.2", "1.3", "1.4", "2.2", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6"], None),
        **dict.fromkeys(["2.1", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "5.3"], Decimal(0)),
        **dict.fromkeys(["5.1", "5.2"], Decimal(6)),
        "4.7": Decimal(2),
    }
    assert len(expected) == 22
    scored = score_parts([Part(code, Decimal(0), Decimal(0)) for code in expected])
    assert dict(zip(expected, scored, strict=True)) == expected


def test_missing_parts_score_nothing_but_the_constant(score_parts: Scorer):
    codes = [row["code"] for row in read_seed("indicators")]
    scored = score_parts([Part(str(code), None, None) for code in codes])
    assert dict(zip(codes, scored, strict=True)) == {
        code: Decimal(2) if code == "4.7" else None for code in codes
    }


def test_payment_rounds_the_percentage_first(score_parts: Scorer):
    # The same ratio and maximum, scored with and without rounding the percentage first:
    # 107/14277 = 0.749457... % scores 0.0449674 (0.04); rounded first, 0.75 % scores 0.045 (0.05).
    assert score_parts([Part("3.6", Decimal(107), Decimal(14277))]) == [Decimal("0.05")]
    assert score_parts([Part("4.1", Decimal(107), Decimal(14277))]) == [Decimal("0.04")]


def test_metric_codes_belong_to_indicators():
    codes = {row["code"] for row in read_seed("indicators")}
    assert set(METRIC_INDICATORS.values()) <= codes


def test_maxima_of_groups():
    groups = {row["group_no"]: Decimal(row["max_points"] or 0) for row in read_seed("indicator_groups")}
    assert list(groups.values()) == [18, 20, 22, 22, 18]
    points = {row["indicator_code"]: Decimal(row["max_points"] or 0) for row in read_seed("scoring_rules")}
    display = {row["display_group"]: Decimal(row["max_points"] or 0) for row in read_seed("display_groups")}
    by_group: Counter[str] = Counter()
    by_display: Counter[str] = Counter()
    for row in read_seed("indicators"):
        by_group[row["group_no"]] += points[row["code"]]
        by_display[row["display_group"]] += points[row["code"]]
    assert by_group == groups
    assert by_display == display


GROUPS = ("ckmb", "tdgq", "clgq", "tttt", "mdsh", "mdhl")


def _gaps(name: str) -> dict[tuple[str | None, str | None], Decimal]:
    return {
        (row["period_grain"], row["unit_code"]): Decimal(row["tong_score"] or 0)
        - sum(Decimal(row[group] or 0) for group in GROUPS)
        for row in read_seed(name)
    }


def test_published_totals_of_2025_are_the_sums_of_their_groups():
    gaps = _gaps("published_group_scores_2025")
    assert len(gaps) == 68
    assert all(abs(gap) < CENT for gap in gaps.values())


def test_published_totals_of_2026_that_are_not_the_sums_stay_as_published():
    gaps = _gaps("published_group_scores_2026")
    assert len(gaps) == 34
    apart = {unit: gap for (_, unit), gap in gaps.items() if abs(gap) >= CENT}
    assert apart == PUBLISHED_APART


def test_legacy_province_codes_are_read():
    rows = read_seed("published_group_scores_2025")
    assert {row["unit_code"] for row in rows if row["org_code"] == "000.00.00.H37"} == {"H37"}
