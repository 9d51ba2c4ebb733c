"""A broken rule file stops a run before anything is loaded; a rule whose query fails has failed."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.validation.rule_rows import add_batch, good
from tests.validation.test_effects import one, rows, rules

from decision766.pipeline.ingest import ingest_source
from decision766.settings import Settings
from decision766.sources import Connection
from decision766.sources.config import load_sources
from decision766.validation import BatchBlocked, RuleFileError, check_rules, validate_batch

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]

SPOILT = "{kind: sql, fails: \"(r.dossier_code || 'x')::int > 0\"}"


def test_the_rules_of_the_project_are_sound(warehouse: Engine) -> None:
    check_rules(warehouse)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "severity: warn",
            "severity: fatal",
            r"rating\.yaml, line 8, rule rating\.rating\.checked, severity",
        ),
        (
            "field: rating",
            "field: ratting",
            r"rating\.yaml, line 6, rule .*: raw\.rating has no column ratting",
        ),
    ],
)
def test_a_broken_file_stops_a_run_before_anything_is_loaded(
    warehouse: Engine, settings: Settings, tmp_path: Path, before: str, after: str, told: str
) -> None:
    own = rules(settings, tmp_path, "rating", "{kind: not_null}")
    file = tmp_path / "expectations" / "rating.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ratings.ndjson").write_text('{"MaHoSo": "H44.07-260803-00001"}\n', encoding="utf-8")
    [config] = [
        source
        for source in load_sources(Settings().sources_folder, enabled_only=False)
        if source.family == "file_drop"
    ][:1]
    with pytest.raises(RuleFileError, match=told):
        ingest_source(
            warehouse,
            config,
            Connection(base_url=str(inbox)),
            run_id="run-1",
            observed_at=dt.datetime.now(dt.UTC),
            settings=own,
        )
    for table in ("audit.source", "audit.batch", "audit.outcome", "raw.rating"):
        assert one(warehouse, f"select count(*) from {table}") == 0


@pytest.mark.parametrize("severity", ["warn", "quarantine", "block"])
def test_a_rule_whose_query_fails_has_failed(
    warehouse: Engine, settings: Settings, tmp_path: Path, severity: str
) -> None:
    """A warning is told; where rows should be set aside or the batch blocked, the batch does not pass."""
    own = rules(settings, tmp_path, "rating", SPOILT)
    file = tmp_path / "expectations" / "rating.yaml"
    sound = file.read_text(encoding="utf-8")
    second = sound[sound.index("  - id:") :].replace("rating.rating.checked", "rating.rating.present")
    second = second.replace(SPOILT, "{kind: not_null}")
    file.write_text(sound.replace("severity: warn", f"severity: {severity}") + second, encoding="utf-8")
    batch_id = add_batch(warehouse, "rating", [good("rating", 0), good("rating", 1) | {"rating": None}])
    if severity == "warn":
        assert validate_batch(warehouse, batch_id, settings=own).status == "accepted"
    else:
        with pytest.raises(BatchBlocked, match=r"rating\.rating\.checked could not be evaluated"):
            validate_batch(warehouse, batch_id, settings=own)
    assert one(warehouse, "select status from audit.batch") == (
        "accepted" if severity == "warn" else "blocked"
    )
    results = rows(warehouse, "select rule_id, success, detail, unexpected_count from audit.rule_result")
    found = {row["rule_id"]: row for row in results}
    assert found["rating.rating.checked"]["success"] is False
    assert found["rating.rating.checked"]["detail"] == {"error": "InvalidTextRepresentation"}
    # The sound rule beside it is judged all the same.
    assert (
        found["rating.rating.present"]["success"],
        found["rating.rating.present"]["unexpected_count"],
    ) == (
        False,
        1,
    )
    with warehouse.connect() as connection:
        assert "H44" not in str(connection.execute(text("select result from audit.validation_run")).all())
