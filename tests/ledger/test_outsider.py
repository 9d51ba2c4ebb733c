"""An outsider verifies the ledger as docs/ledger.md says, with SQL and hashlib and nothing of ours."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import psycopg
import pytest
from tests.ledger.marts import Ledger

from decision766.ledger.history import PeriodOf, portal_restatements
from decision766.ledger.statements import Figure, open_contest
from decision766.warehouse.connect import database_url, libpq_url

pytestmark = pytest.mark.warehouse
DOCS = Path(__file__).parents[2] / "docs" / "ledger.md"
RECORDINGS = Path(__file__).parents[2] / "include" / "decision766" / "simulator" / "recordings"
AUGUST = PeriodOf("month", dt.date(2026, 8, 1), "2026-08")


def _block(language: str) -> str:
    """The code of the docs, indented in a list there."""
    text = DOCS.read_text(encoding="utf-8").split(f"```{language}\n", 1)[1].split("```", 1)[0]
    return "\n".join(line.removeprefix("   ") for line in text.splitlines())


def test_the_docs_recipe_proves_the_ledger(ledger: Ledger):
    figure = Figure("H12.01", "2.1", AUGUST)
    open_contest(ledger.engine, figure, by="so.h12", reason="Sai", evidence="CV 1", settings=ledger.settings)
    outside = [
        json.loads(line)["entry_hash"]
        for line in Path(ledger.settings.ledger_heads_path).read_text().splitlines()
    ]
    recipe: dict = {}
    exec(_block("python"), recipe)
    url = libpq_url(database_url(settings=ledger.settings))
    with psycopg.connect(url) as connection:
        entries = connection.execute("select * from audit.ledger_entry order by entry_no").fetchall()
        holds = connection.execute(_block("sql").split(";", 1)[0]).fetchall()
        assert [row[2] for row in holds] == [True] * 38
        previous = "0" * 64
        for number, (entry_no, kind, body, entry_hash) in enumerate(entries, 1):
            stated = json.loads(body)
            assert (entry_no, stated["previous"]) == (number, previous)
            previous = hashlib.sha256(body.encode()).hexdigest()
            assert entry_hash.hex() == previous == outside[number - 1]
            if kind != "publication":
                continue
            for table, part in (("score_ledger", "scores"), ("scorecard_ledger", "scorecards")):
                columns = "row_no, change, content_hash"
                rows = connection.execute(
                    f"select {columns} from audit.{table} where entry_no = %s order by row_no", [entry_no]
                ).fetchall()
                leaves = [
                    hashlib.sha256(b"\x00" + f"{entry_no}:{row}:{change}:{content.hex()}".encode()).digest()
                    for row, change, content in rows
                ]
                assert len(leaves) == stated[part]["count"]
                assert recipe["root"](leaves).hex() == stated[part]["merkle_root"]
    assert len(outside) == len(entries) == 4


def _recorded(path: Path) -> dict[str, dict]:
    answer = json.loads(path.read_text(encoding="utf-8"))
    answer = answer.get("data", answer)
    overview = answer.get("overview") or answer["parent"]
    return {metric["code"]: metric for metric in overview["metrics"]}


@pytest.mark.parametrize("endpoint", ["dossier-digitized", "handling-satisfaction"])
def test_the_portals_own_restatement_of_august_is_shown(empty: Ledger, endpoint: str):
    """Phú Thọ, August 2026: as captured on 26 September, and as restated two days later."""
    before = _recorded(RECORDINGS / "restated" / f"{endpoint}.month-all.captured-20260926.json")
    after = _recorded(RECORDINGS / f"envelope.{endpoint}.json")
    empty.execute("""
        create table marts.fct_published_indicator (
            capture_id text, captured_at timestamptz, unit_code text, period_grain text, period_start date,
            procedure_code text, metric_code text, indicator_code text, endpoint text, numerator numeric,
            denominator numeric, ratio numeric, score numeric
        );
        alter table marts.fct_published_group add capture_id text
    """)
    for day, metrics in ((26, before), (28, after)):
        for code, metric in metrics.items():
            empty.execute(
                """
                insert into marts.fct_published_indicator
                values (:capture, :captured_at, 'H44', 'month', '2026-08-01', '*', :code, null, 'e',
                    :numerator, :denominator, :ratio, :score)
                """,
                capture=str(day),
                captured_at=dt.datetime(2026, 9, day, 8, tzinfo=dt.UTC),
                code=code,
                **{name: metric.get(name) for name in ("numerator", "denominator", "ratio", "score")},
            )
    with empty.engine.connect() as connection:
        found = portal_restatements(connection, "H44", AUGUST)
    expected = {
        (code, part): (metric.get(part), after[code].get(part))
        for code, metric in before.items()
        for part in ("numerator", "denominator", "ratio", "score")
        if code in after and metric.get(part) != after[code].get(part)
    }
    assert len(expected) > 3
    shown = {
        (line.measure, line.part): tuple(
            None if value is None else float(value) for value in (line.old_value, line.new_value)
        )
        for line in found
    }
    assert shown == expected
    for line in found:
        if line.old_value is not None and line.new_value is not None:
            assert line.difference == line.new_value - line.old_value
        assert (line.old_captured_at.day, line.new_captured_at.day) == (26, 28)
