"""The hand-written inboxes, all the way: the marts hold exactly what their READMEs work out."""

import csv
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.end_to_end.rederive import compare_with_cases

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation, prove_marts
from decision766.pipeline.ingest import ingest_source
from decision766.settings import Settings
from decision766.sources import find_source
from decision766.sources.contract import Connection
from decision766.validation import validate_batches

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PARTS = ("numerator", "denominator", "ratio", "score", "status")
# Applicants, officials and petitioners of the sample; unit names hold «Ví dụ» too, these do not.
PEOPLE = ("Nguyễn Văn Ví", "Trần Thị Ví", "Lê Văn Ví", "Phạm Thị Ví", "vidu@example", "0900000000")

Key = tuple[str, str, str, str, str]
Value = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None, str]


@dataclass(frozen=True)
class Inbox:
    """A sample folder and the instant at which it is judged."""

    name: str
    evaluated_at: dt.datetime
    rows: int

    @property
    def folder(self) -> Path:
        return EXAMPLES / self.name


INBOXES = (
    Inbox("inbox-sample", dt.datetime.fromisoformat("2026-08-31T23:59:59+07:00"), 340),
    Inbox("inbox-three-level", dt.datetime.fromisoformat("2024-09-30T23:59:59+07:00"), 110),
)


@pytest.fixture(scope="module", params=INBOXES, ids=[inbox.name for inbox in INBOXES])
def inbox(request: pytest.FixtureRequest) -> Inbox:
    return request.param


@pytest.fixture(scope="module")
def scored(inbox: Inbox, module_settings: Settings, module_warehouse: Engine) -> Engine:
    """The warehouse after one whole run over the inbox, emptied of the inbox before."""
    source = find_source(module_settings.sources_folder, "inbox")
    folder = Connection(base_url=str(inbox.folder), extra={"path": str(inbox.folder)})
    with module_warehouse.begin() as connection:
        connection.execute(text("truncate audit.source cascade"))
        connection.execute(text("truncate audit.evaluation cascade"))
    read = ingest_source(
        module_warehouse,
        source,
        folder,
        run_id=inbox.name,
        observed_at=inbox.evaluated_at,
        settings=module_settings,
    )
    read.raise_for_failures()
    validate_batches(module_warehouse, read.batch_ids, settings=module_settings)
    evaluation = open_evaluation(module_warehouse, evaluated_at=inbox.evaluated_at, run_id=inbox.name)
    assert evaluation
    build_marts(module_warehouse, evaluation, settings=module_settings)
    prove_marts(module_warehouse, evaluation, settings=module_settings)
    close_evaluation(module_warehouse, evaluation)
    return module_warehouse


def _number(value: str) -> Decimal | None:
    return Decimal(value) if value else None


def _expected(inbox: Inbox) -> dict[Key, Value]:
    found: dict[Key, Value] = {}
    for path in sorted(inbox.folder.glob("expected*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = (
                    row["unit_code"],
                    row["period_grain"],
                    row["period_start"],
                    row.get("procedure_code", "*"),
                    row["indicator_code"],
                )
                numerator, denominator, ratio, score = (_number(row[name]) for name in PARTS[:4])
                found[key] = (numerator, denominator, ratio, score, row["status"])
    return found


def test_every_worked_out_number_is_in_the_marts(inbox: Inbox, scored: Engine):
    expected = _expected(inbox)
    assert len(expected) == inbox.rows
    with scored.connect() as connection:
        rows = connection.execute(text("select * from marts.fct_indicator")).all()
    held = {
        (row.unit_code, row.period_grain, str(row.period_start), row.procedure_code, row.indicator_code): (
            row.numerator,
            row.denominator,
            row.ratio,
            row.score,
            row.status,
        )
        for row in rows
    }
    assert {key: held.get(key) for key in expected} == expected


def test_every_number_is_given_back_by_its_cases(inbox: Inbox, scored: Engine):
    compared = compare_with_cases(scored)
    assert [tuple(row) for row in compared if row.different or row.unstated_with_cases] == []
    levels = set().union(*(row.levels for row in compared if row.levels))
    assert levels >= {"province", "commune", "district" if "three" in inbox.name else "department"}


def test_the_bad_dossiers_are_quarantined_and_nothing_else(inbox: Inbox, scored: Engine):
    with scored.connect() as connection:
        held = connection.execute(text("select record_key, rule_id from audit.quarantine order by 1")).all()
    bad = [
        ("H44.101-260821-00040", "dossier.procedure_code.known"),
        ("H44.101-260821-00041", "dossier.received_at.readable"),
    ]
    assert [tuple(row) for row in held] == (bad if inbox.name == "inbox-sample" else [])


def test_no_person_of_the_inbox_is_in_the_warehouse(scored: Engine):
    tables = text("""
        select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('raw', 'audit', 'marts', 'intermediate')
    """)
    with scored.connect() as connection:
        for table in connection.execute(tables).scalars().all():
            for person in PEOPLE:
                query = text(f"select count(*) from {table} as item where item::text like :person")
                assert connection.execute(query, {"person": f"%{person}%"}).scalar_one() == 0, table
