"""Parts of the API that need no database: the bucket, cursors, contracts, the description, the BI bundle."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from decision766.scoreboard.api.contracts import row_model
from decision766.scoreboard.api.limits import READERS, Limit, TooMany
from decision766.scoreboard.api.paging import UnknownCursor, _closed, _opened
from decision766.scoreboard.app import create_app
from decision766.settings import PROJECT_ROOT

BUNDLE = PROJECT_ROOT / "bi" / "superset" / "assets"


def test_a_bucket_empties_and_fills_again():
    now = [0.0]
    limit = Limit(60, clock=lambda: now[0])
    for _ in range(60):
        limit.take("a")
    with pytest.raises(TooMany) as refused:
        limit.take("a")
    assert 0 < refused.value.seconds <= 1
    limit.take("b")
    now[0] += 1.0
    limit.take("a")
    with pytest.raises(TooMany):
        limit.take("a")


def test_buckets_do_not_grow_without_end():
    limit = Limit(60)
    for reader in range(READERS + 50):
        limit.take(str(reader))
    assert len(limit._buckets) == READERS


def test_no_limit_lets_everyone_in():
    limit = Limit(0)
    for _ in range(1000):
        limit.take("a")


def test_a_cursor_comes_back_as_it_was_and_only_within_its_scope():
    cursor = _closed(["H12", "2026-08-01"], "scope")
    assert _opened(cursor, "scope", 2) == ["H12", "2026-08-01"]
    wrongs = (("other", 2, cursor), ("scope", 3, cursor), ("scope", 2, "%%%"), ("scope", 2, "W1tbW1tb"))
    for scope, parts, wrong in wrongs:
        with pytest.raises(UnknownCursor):
            _opened(wrong, scope, parts)


def test_rows_are_typed_and_labelled_by_the_contract():
    model = row_model("Value", "fct_indicator", ("unit_code", "score", "period_start"))
    assert model.model_fields["score"].annotation == Decimal | None
    assert model.model_fields["unit_code"].is_required()
    assert model.model_fields["unit_code"].title == "Mã đơn vị"
    assert (
        '"score":"1.10"'
        in model(unit_code="H12", score=Decimal("1.10"), period_start="2026-08-01").model_dump_json()
    )


def test_the_description_is_open_described_and_bounded():
    description = TestClient(create_app()).get("/api/v1/openapi.json").json()
    assert len(description["paths"]) >= 19
    for path, operations in description["paths"].items():
        assert set(operations) == {"get"}, path
        for parameter in operations["get"].get("parameters", ()):
            schema = parameter["schema"]
            stated = [schema, *schema.get("anyOf", ())]
            bounded = any(
                {"maxLength", "maximum", "enum", "const"} & set(one) or one.get("type") == "boolean"
                for one in stated
            )
            assert bounded, (path, parameter["name"])
        assert {"304", "404", "422", "429", "503"} <= set(operations["get"]["responses"]), path


def assets(folder: str) -> list[dict]:
    return [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BUNDLE / folder).rglob("*.yaml"))
    ]


def test_the_superset_bundle_hangs_together():
    (database,) = assets("databases")
    datasets, charts, dashboards = assets("datasets"), assets("charts"), assets("dashboards")
    assert {one["database_uuid"] for one in datasets} == {database["uuid"]}
    assert {one["dataset_uuid"] for one in charts} <= {one["uuid"] for one in datasets}
    placed = [
        part["meta"]["uuid"]
        for part in dashboards[0]["position"].values()
        if isinstance(part, dict) and part.get("type") == "CHART"
    ]
    assert sorted(placed) == sorted(one["uuid"] for one in charts)
    assert "XXXX" in database["sqlalchemy_uri"], "no password in the repository"
    assert not database["allow_dml"]


def test_no_metric_of_the_bundle_averages_or_adds_up_what_may_not_be():
    metrics = {m["metric_name"]: m["expression"] for one in assets("datasets") for m in one["metrics"]}
    assert "sum(numerator) / nullif(sum(denominator), 0)" in metrics["ratio"]
    for name, expression in metrics.items():
        assert not re.search(r"avg\(|sum\((ratio|score|total_score)", expression), name
        assert name == "units" or "count(distinct period_code" in expression, name


def test_the_bundle_is_written_with_the_wanted_database(tmp_path: Path):
    import runpy
    import zipfile

    write = runpy.run_path(str(BUNDLE.parent / "bundle.py"))["write_bundle"]
    write(tmp_path / "b.zip", "postgresql+psycopg2://me@host/db")
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        assert b"postgresql+psycopg2://me@host/db" in bundle.read("decision766/databases/decision766.yaml")
        assert "decision766/metadata.yaml" in bundle.namelist()
