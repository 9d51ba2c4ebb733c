"""The source YAMLs: what ships is readable, and a mistake is named by file, line and key."""

import datetime as dt
import itertools
from pathlib import Path

import pytest
from source_double import PRESENT, evaluation_source

from decision766.settings import get_settings
from decision766.simulator.places import portal_id
from decision766.sources import (
    EvaluationSource,
    ExchangeSource,
    FileDropSource,
    SourceConfigError,
    find_source,
    load_source,
    load_sources,
)
from decision766.sources.config import FAMILIES
from decision766.sources.periods import LOCAL, parse_period, slices

SHIPPED = get_settings().sources_folder
IDS = [
    "portal_h12",
    "portal_h17",
    "portal_h29",
    "portal_h44",
    "province_h12",
    "province_h17",
    "province_h29",
]


def test_all_shipped_sources_are_read() -> None:
    sources = load_sources(SHIPPED)
    assert [source.id for source in sources] == IDS
    assert [source.id for source in sources if source.data_origin == "recorded"] == ["portal_h44"]


def test_all_six_families_are_shipped_and_one_source_speaks_for_each_record() -> None:
    """Of two sources that supply the same records of a province, exactly one has the lowest precedence."""
    sources = load_sources(SHIPPED, enabled_only=False)
    assert {source.family for source in sources} == set(FAMILIES)
    speaking: dict[tuple[str, str], list[int]] = {}
    for source in sources:
        names = [item.entity for item in getattr(source, "entities", getattr(source, "lists", ()))]
        for code in source.covers:
            for name in names:
                speaking.setdefault((code, name), []).append(source.precedence)
    several = {key: ranks for key, ranks in speaking.items() if len(ranks) > 1}
    assert {("H12", "dossier"), ("H17", "dossier"), ("H29", "dossier")} <= several.keys()
    assert [key for key, ranks in several.items() if sorted(ranks)[0] == sorted(ranks)[1]] == []


@pytest.mark.parametrize("source_id", [name for name in IDS if name.startswith("province")])
def test_a_province_reads_every_entity_catalogues_first(source_id: str) -> None:
    source = find_source(SHIPPED, source_id)
    assert isinstance(source, ExchangeSource)
    names = [item.entity for item in source.entities]
    assert len(names) == 14
    assert names[:6] == [
        "org_unit",
        "procedure",
        "unit_procedure_authority",
        "service",
        "procedure_part",
        "decision",
    ]


@pytest.mark.parametrize("code", ["H12", "H17", "H29"])
def test_a_synthetic_portal_asks_for_the_unit_that_the_world_publishes(code: str) -> None:
    source = find_source(SHIPPED, f"portal_{code.lower()}")
    assert isinstance(source, EvaluationSource)
    assert source.root.department_id == portal_id("unit", code)
    labels = [period.label for item in source.periods for period in item.periods(PRESENT)]
    assert labels == [*(f"2026-0{month}" for month in range(4, 10)), "2026-Q2", "2026-Q3", "2026"]


def test_the_inbox_knows_every_entity() -> None:
    source = find_source(SHIPPED, "inbox")
    assert isinstance(source, FileDropSource)
    assert len(source.entities) == 15


def _write(folder: Path, text: str, name: str = "portal_x.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


GOOD = (SHIPPED / "portal_h44.yaml").read_text(encoding="utf-8").replace("id: portal_h44", "id: portal_x")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("page_size: 200", "page_sise: 200", ["key page_sise", "remove the key"]),
        ("  code: H44", "  code: 44", ["key root.code", "mend the value"]),
        ("family: dvcqg_evaluation", "family: dvcqg", ["key (file)", "set family to"]),
        ("name: C", "nam: C", ["key name", "add the key", "key nam"]),
        ("from: 2026, to: 2026}", "from: 2026-13, to: 2026}", ["key periods.0", "'2026-13' is no year"]),
        ("covers: [H44]", "covers: [H12]", ["covers must be the root unit"]),
        ("  - handling-satisfaction", "  - handling", ["key endpoints.5"]),
        ("id: portal_x", "id: portal_y", ["key id", "portal_y.yaml"]),
        ("covers: [H44]", "covers: [H44", ["portal_x.yaml, line"]),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, parts: list[str]) -> None:
    path = _write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SourceConfigError) as raised:
        load_source(path)
    for part in ["portal_x.yaml", "line ", *parts]:
        assert part in str(raised.value)


def test_the_line_is_that_of_the_key(tmp_path: Path) -> None:
    text = GOOD.replace("page_size: 200", "page_size: many")
    line = text.splitlines().index("page_size: many") + 1
    with pytest.raises(SourceConfigError, match=f"line {line}, key page_size"):
        load_source(_write(tmp_path, text))


def test_every_bad_file_of_a_folder_is_named(tmp_path: Path) -> None:
    _write(tmp_path, "family: x", "a.yaml")
    _write(tmp_path, "", "b.yaml")
    with pytest.raises(SourceConfigError, match=r"(?s)a\.yaml.*b\.yaml"):
        load_sources(tmp_path)
    with pytest.raises(SourceConfigError, match="no such folder"):
        load_sources(tmp_path / "none")


def test_an_unknown_source_lists_near_matches() -> None:
    with pytest.raises(SourceConfigError, match=r"Did you mean.*province_h12"):
        find_source(SHIPPED, "province_h21")
    with pytest.raises(SourceConfigError, match="unknown source"):
        find_source(SHIPPED, "../../secrets")


def test_an_entity_stands_once_and_satisfaction_takes_no_procedure(tmp_path: Path) -> None:
    text = (SHIPPED / "inbox.yaml").read_text(encoding="utf-8").replace("entity: rating", "entity: petition")
    with pytest.raises(SourceConfigError, match="entity listed twice: petition"):
        load_source(_write(tmp_path, text, "inbox.yaml"))
    with pytest.raises(ValueError, match="takes no procedure"):
        evaluation_source(
            drill_down=[
                {
                    "procedure_code": "2.000815",
                    "formality_id": "x",
                    "periods": {"grain": "year", "from": 2026},
                    "endpoints": ["handling-satisfaction"],
                }
            ]
        )


def test_periods_end_where_they_should() -> None:
    assert parse_period("month", "2026-12").following().label == "2027-01"
    assert parse_period("quarter", "2026-Q3").end == dt.date(2026, 9, 30)
    assert parse_period("quarter", "2026-Q4").following().label == "2027-Q1"
    assert parse_period("year", "2026").date_payload() == {"fromDate": "2026-01-01", "toDate": "2026-12-31"}
    with pytest.raises(ValueError, match="no quarter"):
        parse_period("quarter", "2026-Q5")
    with pytest.raises(ValueError, match="no month"):
        parse_period("month", "2026-00")


@pytest.mark.parametrize("span", ["day", "week", "month", "quarter", "year"])
def test_slices_cover_the_span_without_gap_or_overlap(span: str) -> None:
    start = dt.datetime(2025, 12, 30, 13, 30, tzinfo=LOCAL)
    found = slices(start, PRESENT, span)
    assert (found[0][0], found[-1][1]) == (start, PRESENT)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(found))
    assert slices(PRESENT, PRESENT, span) == []


def test_a_source_that_is_not_enabled_is_read_only_when_asked_for() -> None:
    everything = [source.id for source in load_sources(SHIPPED, enabled_only=False)]
    assert set(everything) - {source.id for source in load_sources(SHIPPED)} == {
        source.id for source in load_sources(SHIPPED, enabled_only=False) if not source.enabled
    }
    assert "igate_h12" in everything
    assert find_source(SHIPPED, "igate_h12").id == "igate_h12"
