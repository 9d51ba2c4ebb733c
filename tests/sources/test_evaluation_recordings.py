"""Every figure that was recorded from the portal is found in the rows, to the digit."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from source_double import PRESENT, ROOT_ID, Double, Reply, Request, evaluation_source

from decision766 import simulator
from decision766.sources import Connection, SourceAnswer
from decision766.sources.evaluation import EvaluationAdapter
from decision766.sources.published import ENDPOINTS, METRIC_FIELDS

RECORDINGS = Path(simulator.__file__).parent / "recordings"
FILES = sorted(
    path.name
    for pattern in ("*.year-all.json", "*.month-formality.json")
    for path in RECORDINGS.glob(pattern)
)
FORMALITY = "019d2bfd-8e22-77ef-819f-e49460350904"
IDENTITY = {"departmentId", "departmentName", "departmentCode", "departmentType", "metrics"}
SCORES = {"score": "score", "totalScore": "score", "maxScore": "max_score", "totalMaxScore": "max_score"}
SCORES |= {"ratio": "ratio", "averageScore": "average_score", "scoreDelta": "score_delta"}


def _envelope(name: str) -> bytes:
    """The recording in its original envelope; the digits of the file are not touched."""
    shape = ENDPOINTS[name.split(".")[0]]
    recorded = json.loads(
        (RECORDINGS / name).read_text(encoding="utf-8"), parse_float=lambda text: f"#{text}#"
    )
    units = recorded["units"]
    data = {shape.root_key: recorded[shape.root_key], shape.units_key: units}
    if not shape.is_tree:
        data["pagination"] = {"total": len(units), "currentPage": 1, "pageSize": 200, "totalPages": 1}
    text = json.dumps({"code": "OK", "data": data, "message": "OK"}, ensure_ascii=False)
    return text.replace('"#', "").replace('#"', "").encode()


def _adapter(double: Double, name: str) -> EvaluationAdapter:
    endpoint = name.split(".")[0]
    drill = "month-formality" in name
    source = evaluation_source(
        endpoints=[endpoint],
        periods=[{"grain": "year", "from": 2027}] if drill else [{"grain": "year", "from": 2026, "to": 2026}],
        drill_down=[
            {
                "procedure_code": "2.000815",
                "formality_id": FORMALITY,
                "periods": {"grain": "month", "from": "2026-08", "to": "2026-08"},
                "endpoints": [endpoint],
            }
        ]
        if drill
        else [],
    )
    return EvaluationAdapter(source, Connection(f"{double.url}/api/v1/reporting"))


@pytest.fixture(params=FILES)
def recording(request: pytest.FixtureRequest, double: Double) -> tuple[str, Any, SourceAnswer, Request]:
    name = request.param
    double.script = [Reply(201, _envelope(name))]
    (answer,) = _adapter(double, name).fetch(name.split(".")[0], cursor=None, observed_at=PRESENT)
    recorded = json.loads((RECORDINGS / name).read_text(encoding="utf-8"), parse_float=Decimal)
    return name, recorded, answer, double.requests[0]


def test_all_nine_recordings_are_here() -> None:
    assert len(FILES) == 9


def test_the_call_is_the_recorded_one(recording: tuple[str, Any, SourceAnswer, Request]) -> None:
    name, recorded, _, request = recording
    assert request.path == f"/api/v1/reporting/evaluation/{name.split('.')[0]}"
    assert {**request.payload, "pageSize": 0} == {**recorded["payload"], "pageSize": 0}


def test_every_recorded_figure_is_in_the_rows(recording: tuple[str, Any, SourceAnswer, Request]) -> None:
    name, recorded, answer, _ = recording
    shape = ENDPOINTS[name.split(".")[0]]
    metrics: dict[str, list[dict[str, Any]]] = {}
    for row in answer.records["published_metric"]:
        metrics.setdefault(row["portal_unit_id"], []).append(row)
    groups = {row["portal_unit_id"]: row for row in answer.records["published_group"]}
    units = [recorded[shape.root_key], *recorded["units"]]
    assert [row["portal_unit_id"] for row in answer.records["published_group"]] == [
        unit["departmentId"] for unit in units
    ]
    checked = 0
    for unit in units:
        group, rows = groups[unit["departmentId"]], metrics.get(unit["departmentId"], [])
        by_code = {row["metric_code"]: row for row in rows}
        assert len(by_code) == len(rows)
        for key, value in unit.items():
            if key in SCORES:
                assert _same(group[SCORES[key]], value), (key, group, value)
                checked += 1
            elif key not in IDENTITY:
                assert _same(group["parameters"][key], value)
                if isinstance(value, int | Decimal) and key != "stt":
                    assert any(_stands_in(row, key, value) for row in rows), key
                    checked += 1
        for metric in unit.get("metrics", []):
            row = by_code[metric["code"]]
            for key, column in METRIC_FIELDS.items():
                assert _same(row[column], metric.get(key)), (metric["code"], key)
                checked += 1
    assert checked >= 3 * len(units)


def _stands_in(row: dict[str, Any], key: str, value: Any) -> bool:
    """Whether a row carries the parameter: under its own name, or as a part of the named ratio."""
    code = row["metric_code"]
    above, _, below = code.partition("/")
    return ((code == key or above == key) and _same(row["numerator"], value)) or (
        below == key and _same(row["denominator"], value)
    )


def _same(stored: Any, published: Any) -> bool:
    """Equal to the digit: the same text, not merely the same value."""
    return type(stored) is type(published) and str(stored) == str(published)


def test_rows_say_what_they_are(recording: tuple[str, Any, SourceAnswer, Request]) -> None:
    name, _, answer, _ = recording
    drill = "month-formality" in name
    for rows in answer.records.values():
        assert {row["capture_id"] for row in rows} == {rows[0]["capture_id"]}
        assert {row["root_unit_id"] for row in rows} == {ROOT_ID}
        assert {(row["period_grain"], row["period_start"]) for row in rows} == {
            ("month", "2026-08-01") if drill else ("year", "2026-01-01")
        }
        assert {row["procedure_code"] for row in rows} == {"2.000815" if drill else None}
        assert rows[0]["unit_code"] == "H44"
    assert {row["unit_type"] for row in answer.records["published_group"]} == {
        "PROVINCE",
        "PROVINCIAL_DEPARTMENT",
        "COMMUNE_PEOPLE_COMMITTEE",
    }
    assert answer.verbatim
    assert answer.http_status == 201


def test_tree_ratios_are_named_by_indicator(double: Double) -> None:
    found: dict[str, tuple[Any, Any, Any]] = {}
    for name in ("dvc-progress-tree", "provide-online-tree", "formality-online-payment-tree"):
        double.script = [Reply(201, _envelope(f"{name}.year-all.json"))]
        (answer,) = _adapter(double, f"{name}.year-all.json").fetch(name, cursor=None, observed_at=PRESENT)
        found |= {
            row["indicator_code"]: (row["numerator"], row["denominator"], row["score"])
            for row in answer.records["published_metric"]
            if row["portal_unit_id"] == ROOT_ID and row["indicator_code"]
        }
    assert found == {
        "2.1": (528684, 597918, Decimal("17.68")),
        "3.1": (52, 89, None),
        "3.2": (516, 1884, None),
        "3.3": (589496, 597894, None),
        "3.4": (119, 313, None),
        "3.5": (68, 313, None),
        "3.6": (309542, 358625, None),
    }


def test_a_capture_is_known_by_what_was_asked_and_answered(double: Double) -> None:
    name = "transparency.year-all.json"

    def capture() -> str:
        (answer,) = _adapter(double, name).fetch("transparency", cursor=None, observed_at=PRESENT)
        return str(answer.records["published_metric"][0]["capture_id"])

    double.script = [Reply(201, _envelope(name))]
    first = capture()
    assert capture() == first
    double.script = [Reply(201, _envelope(name).replace(b'"totalScore": 7', b'"totalScore": 8', 1))]
    assert capture() != first
