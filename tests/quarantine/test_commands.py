"""`decision766 quarantine` as a person types it: what it prints, what it keeps, how it says no."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.quarantine.held_rows import EARLY_END, UNKNOWN, accept, history, ids, states
from tests.validation.rule_rows import add_batch, add_references, good
from typer.testing import CliRunner, Result

from decision766.cli.main import app
from decision766.settings import Settings

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]
Command = Callable[..., Result]


@pytest.fixture
def command(settings: Settings, as_environment: Callable[[Settings], None]) -> Command:
    as_environment(settings)
    return lambda *words: CliRunner().invoke(app, ["quarantine", *map(str, words)])


@pytest.fixture
def held(warehouse: Engine) -> Engine:
    """Three rows under four entries: one dossier names an unknown procedure besides."""
    add_references(warehouse)
    accept(warehouse, "dossier", good("dossier", 0), good("dossier", 1) | EARLY_END, good("dossier", 2))
    accept(
        warehouse, "dossier", good("dossier", 3) | EARLY_END | {"procedure_code": UNKNOWN}, source_id="two"
    )
    accept(warehouse, "rating", good("rating", 0) | {"rating": None})
    return warehouse


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return re.sub(r"\s+", " ", result.output)


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_list_counts_by_rule_and_gives_both_languages(command: Command, held: Engine) -> None:
    told = said(command("list"))
    assert "Ngày kết thúc xử lý trước ngày tiếp nhận" in told
    assert "Processing ends before reception" in told
    assert "3 dòng · rows, 4 mục · entries" in told


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), 4),
        (("--source", "two"), 2),
        (("--entity", "rating"), 1),
        (("--rule", "dossier.procedure_code.known"), 1),
        (("--unit", "h44"), 4),
        (("--unit", "H44.0"), 0),
        (("--state", "waived"), 0),
        (("--state", "superseded"), 0),
        (("--state", "all"), 4),
        (("--since", "2099-01-01"), 0),
    ],
)
def test_list_narrows(command: Command, held: Engine, words: tuple[str, ...], found: int) -> None:
    page = read(command("list", "--format", "json", *words))
    assert page["entries_found"] == found == len(page["entries"])
    assert sum(rule["open"] for rule in page["rules"]) == found


def test_list_turns_pages(command: Command, held: Engine) -> None:
    seen, after = [], 0
    for _ in range(2):
        page = read(command("list", "--format", "json", "--limit", 2, "--after", after))
        seen += [entry["quarantine_id"] for entry in page["entries"]]
        after = page["next_after"]
        assert page["entries_found"] == 4
    assert seen == ids(held)
    assert after is None


def test_a_correction_shows(command: Command, held: Engine) -> None:
    accept(held, "dossier", good("dossier", 1))
    (entry,) = read(command("list", "--format", "json", "--state", "superseded"))["entries"]
    assert entry["record_key"] == good("dossier", 1)["dossier_code"]
    assert entry["superseded_by"] > entry["raw_id"]
    assert "superseded by raw_id" in said(command("show", entry["quarantine_id"]))


def test_show_tells_rule_row_history_and_what_it_touches(command: Command, held: Engine) -> None:
    command("waive", ids(held)[1], "--by", "Trần An", "--reason", "Sổ giấy xác nhận ngày")
    told = said(command("show", ids(held)[1]))
    for part in (
        "H44.07 → H44",
        "được miễn · waived",
        "Trần An",
        "Sổ giấy xác nhận ngày",
        "line 1",
        "protects",
    ):
        assert part in told
    assert "is missing" in told  # these rows were never landed: said, not hidden
    assert "1 mục được miễn: vẫn tính điểm dù vi phạm" in said(command("list"))
    shown = read(command("show", ids(held)[1], "--format", "json"))
    assert [event["state"] for event in shown["history"]] == ["open", "waived"]
    assert shown["rule"]["id"] == shown["entry"]["rule_id"]
    assert [other["quarantine_id"] for other in shown["others"]] == [ids(held)[2]]


def test_replay_by_preview_and_in_earnest(command: Command, held: Engine) -> None:
    late = good("procedure", 2) | {"procedure_code": UNKNOWN}
    add_batch(held, "procedure", [late], source_id="register_h44", status="accepted")
    with held.begin() as connection:
        connection.execute(
            text("update raw.dossier set finished_at = received_at where unit_code = 'H44.07'")
        )
    told = said(command("replay", "--source", "two", "--preview"))
    assert "Preview: nothing was kept" in told
    assert set(states(held).values()) == {"open"}
    told = said(command("replay", "--source", "two", "--by", "an"))
    assert "cho vào · let in 1" in told
    assert "build_indicator_marts" in told
    assert {item[3] for item in history(held) if item[2] == "replayed"} == {"an"}
    assert read(command("replay", "--source", "two", "--format", "json"))["rows"]["looked_at"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("list", "--state", "gone"), "«gone» is no state"),
        (("list", "--since", "yesterday"), "no date-time"),
        (("list", "--database", "nowhere"), "no database nowhere"),
        (("show", "999999"), "there is no entry 999999"),
        (("waive", "999999", "--by", "an", "--reason", "x"), "not in quarantine: 999999"),
        (("waive", "1", "--by", "an", "--reason", " "), "--reason"),
    ],
)
def test_wrong_input_gets_one_message(
    command: Command, held: Engine, words: tuple[str, ...], message: str
) -> None:
    result = command(*words)
    assert result.exit_code == 1
    assert message in re.sub(r"\s+", " ", result.output)
    assert "Traceback" not in result.output
