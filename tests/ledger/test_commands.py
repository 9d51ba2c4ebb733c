"""The commands: what they print, what they refuse, and the exit code that a scheduler sees."""

import json
import re

import pytest
from tests.ledger.marts import Ledger
from typer.testing import CliRunner

from decision766.cli.main import app
from decision766.ledger.proofs import noted

pytestmark = pytest.mark.warehouse


@pytest.fixture
def command(ledger: Ledger, as_environment):
    """Run a command on the ledger of three publications."""
    as_environment(ledger.settings)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == code, result.output
        return re.sub(r"\s+", " ", result.output)

    return run


def test_verify_says_what_holds_and_names_what_does_not(ledger: Ledger, command):
    said = command("ledger", "verify")
    assert "3 entries, 3 publications, 44 rows" in said
    head = re.search(r"head (3:[0-9a-f]{64})", said)[1]
    command("ledger", "verify", "--head", head[:18])
    assert "was printed" in command("ledger", "verify", "--head", "3:00000000", code=1)
    assert "is no head" in command("ledger", "verify", "--head", "three", code=1)
    ledger.as_superuser("update audit.score_ledger set status = 'Scored' where entry_no = 2 and row_no = 6")
    assert [one is not None for one in noted(ledger.settings)] == [True, False]
    said = command("ledger", "verify", code=1)
    assert "Row 6 of publication 2" in said
    held, broke = noted(ledger.settings)
    assert (held.entries, held.rows) == (3, 44)
    assert "Row 6 of publication 2" in broke.problem
    assert "Next:" in said
    assert "Traceback" not in said


def test_entries_are_listed_and_shown(command):
    assert "30 figures, 6 scorecards" in command("ledger", "list")
    assert "30 figures" not in command("ledger", "list", "--last", "2")
    body = json.loads(command("ledger", "show", "2"))["body"]
    assert (body["kind"], body["scores"]["count"]) == ("publication", 6)
    assert "There is no entry 9" in command("ledger", "show", "9", code=1)


def test_a_verdict_and_a_contest_from_the_command_line(ledger: Ledger, command):
    ledger.execute("""
        alter table marts.dim_org_unit add sort_key text;
        insert into marts.dim_org_unit (unit_code, unit_name, unit_level, is_current, org_unit_key, sort_key)
        values ('H12.02', 'Sở 2', 2, true, 'H12.02@', '2')
    """)
    by = ("--by", "thanh-tra.h12", "--comment", "Khớp hồ sơ")
    command("sign", "period", "accepted", "--unit", "Sở 2", "--period", "2026-08", *by)
    assert "H12.02 2026-08-01" in command("ledger", "list")
    figure = ("--unit", "H12.02", "--indicator", "2.1", "--period", "2026-08", "--by", "so.h12")
    command("contest", "open", *figure, "--reason", "Đã trả đúng hạn", "--evidence", "CV 1/S")
    assert "5 open H12.02 2.1" in command("contest", "list")
    said = command("contest", "resolve", "5", "corrected", "--rule", "r2", *by, code=1)
    assert "was not restated since" in said
    ledger.publish("update marts.fct_indicator set score = 8 where unit_code = 'H12.02'")
    command("contest", "resolve", "5", "corrected", "--rule", "r2", *by)
    assert "No contest is open" in command("contest", "list")
    assert "corrected" in command("contest", "list", "--all")
    assert "Already resolved is contest 5" in command("contest", "resolve", "5", "upheld", *by, code=1)
    assert "There is no contest 1" in command("contest", "resolve", "1", "upheld", *by, code=1)
    assert "7 entries" in command("ledger", "verify")
