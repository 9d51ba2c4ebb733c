"""The benchmark of validation measures what it says: both sides count the same, and every rule is there."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from decision766.bench import validate
from decision766.bench.report import write_report

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]


def test_both_sides_count_the_same(warehouse: Engine) -> None:
    measured = validate.compare(warehouse, validate._fill(warehouse, 3000), 1)
    assert (measured.rows, len(measured.by_hand), len(measured.validation)) == (3000, 1, 1)
    assert measured.rules > 60
    assert measured.quarantined > 20


def test_a_rule_that_is_not_counted_by_hand_is_told(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = (validate.HERE / "dossiers_by_hand.sql").read_text(encoding="utf-8")
    without = "    count(*) filter (where status = 9 and refused_at is not null)\n"
    assert without in by_hand
    spoilt = by_hand.replace(without, "    count(*)\n")
    ids = validate._fill(warehouse, 200)
    (tmp_path / "dossiers_by_hand.sql").write_text(spoilt, encoding="utf-8")
    monkeypatch.setattr(validate, "HERE", tmp_path)
    with pytest.raises(validate.BenchmarkError, match=r"dossier\.status\.refused: by hand 200, validation 0"):
        validate.compare(warehouse, ids, 1)
    (tmp_path / "dossiers_by_hand.sql").write_text(
        by_hand.replace('"dossier.status.refused"', '"dossier.status.refuted"'), encoding="utf-8"
    )
    with pytest.raises(validate.BenchmarkError, match=r"dossier\.status\.refused, dossier\.status\.refuted"):
        validate.compare(warehouse, ids, 1)


def test_a_report_is_a_table_and_a_plot(tmp_path: Path) -> None:
    rows = [{"what": "a | b", "seconds": 1.5, "rows": 3}, {"what": "c", "seconds": 3.0, "rows": 1}]
    page = write_report("some", "Some benchmark", rows, ["A note."], folder=tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "| a \\| b | 1.50 | 3 |" in text
    assert "A note." in text
    assert "![Some benchmark](some.svg)" in text
    assert "<svg" in (tmp_path / "some.svg").read_text(encoding="utf-8")
