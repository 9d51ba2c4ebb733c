"""`decision766 ingest --full`: all of a source again, nothing twice."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from decision766.cli.main import app
from decision766.settings import Settings

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]
DOSSIER = {"MaTTHC": "1.004227", "NgayTiepNhan": "20260815093000", "TrangThaiHoSo": "4"}


def test_a_full_read_asks_for_everything_and_adds_nothing(
    warehouse: Engine,
    settings: Settings,
    as_environment: Callable[[Settings], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    as_environment(settings)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    place = json.dumps({"conn_type": "fs", "extra": {"path": str(inbox)}})
    monkeypatch.setenv("AIRFLOW_CONN_DECISION766_INBOX", place)
    lines = [json.dumps({"MaHoSo": f"H12.01-260815-{n:05}", **DOSSIER}) for n in range(5)]
    (inbox / "dossiers.ndjson").write_text("\n".join(lines) + "\n")
    asked = ["ingest", "inbox", "--evaluated-at", "2026-09-28T08:00:00+07:00"]
    told = []
    for arguments in (asked, asked, [*asked, "--full"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        told.append(result.output)
    assert "inbox: 5 records, 5 new" in told[0]
    assert "inbox: 0 records, 0 new" in told[1]
    assert "inbox: 5 records, 0 new" in told[2]
    with warehouse.connect() as connection:
        assert connection.execute(text("select count(*) from raw.dossier")).scalar_one() == 5
