"""What goes wrong while a replica is read: equal to a clean run, or a clear failure that heals."""

from typing import Any

import pytest
from sqlalchemy import Engine

from decision766.pipeline.ingest import IngestSummary
from decision766.simulator.replica import fill_replica
from decision766.simulator.world import World
from decision766.sources import Connection
from every_adapter import DATABASE
from faulty_sources import Reader, counted, database

pytestmark = pytest.mark.warehouse

# A view in place of a nested table: reading the papers of the 46th dossier does what `broken()` does.
_VIEW = """
    create or replace function broken() returns boolean language plpgsql volatile as $$
        begin {does}; return true; end $$;
    alter table giay_to rename to giay_to_that;
    create view giay_to as
        select * from giay_to_that
        where case when ho_so_id in (select id from ho_so order by cap_nhat_luc, id offset 45 limit 9)
            then broken() else true end;
"""
_MEND = "drop view giay_to; alter table giay_to_that rename to giay_to;"
# A row behind the cursor: in the overlap of 48 hours, and beyond it.
_LATE = """
    insert into ho_so (id, ma_ho_so, ma_tthc, ngay_tiep_nhan, trang_thai, cap_nhat_luc)
    select 100000, 'H29.01-260901-90001', '1.004227', '2026-09-01 08:00', '4',
        timestamp '2026-09-28 08:00' - interval '{before}'
"""
# What was changed while nobody looked, as a system does that forgets its time of change.
_UNDATED = "update ho_so set trang_thai = '10', ma_linh_vuc = 'KHAC' where id in (select min(id) from ho_so)"

Fault = tuple[str, str, str, str]
# Name → before the first run, after it, how the first run ends, how the second does.
FAULTS: dict[str, Fault] = {
    "connection dropped mid-read": (
        _VIEW.format(does="perform pg_terminate_backend(pg_backend_pid())"),
        _MEND,
        "failed",
        "equal",
    ),
    "error mid-read": (_VIEW.format(does="raise 'secret-value'"), _MEND, "failed", "equal"),
    "query too slow": (_VIEW.format(does="perform pg_sleep(30)"), _MEND, "failed", "equal"),
    "column gone": (
        "alter table ho_so rename column trang_thai to trang_thai_moi",
        "alter table ho_so rename column trang_thai_moi to trang_thai",
        "failed",
        "equal",
    ),
    "table gone": (
        "alter table ho_so rename to ho_so_cu",
        "alter table ho_so_cu rename to ho_so",
        "failed",
        "equal",
    ),
    "stuck cursor": ("update ho_so set cap_nhat_luc = timestamp '2026-09-01 08:00'", "", "equal", "equal"),
    "rows without a cursor": (
        "update ho_so set cap_nhat_luc = null where id in (3, 6, 9)",
        "",
        "equal",
        "equal",
    ),
    "row twice": ("insert into ho_so select * from ho_so_twice", "", "equal", "equal"),
    "last part of one row": ("delete from ho_so where id > 61", "", "equal", "equal"),
    "empty table": ("delete from ho_so", "", "nothing", "equal"),
    "late row within the overlap": ("", _LATE.format(before="47 hours"), "equal", "equal"),
    "late row beyond the overlap": ("", _LATE.format(before="5 days"), "equal", "unseen"),
    "changed without a new time": ("", _UNDATED, "equal", "unseen"),
}
# The table loses its key, so that a row can come twice.
_PREPARE = """
    alter table ho_so drop constraint ho_so_pkey;
    create table ho_so_twice as select * from ho_so where id <= 5;
"""


def _do(engine: Engine, statements: str) -> None:
    if statements:
        with engine.begin() as connection:
            connection.exec_driver_sql(statements)


def _connection(reader: Reader) -> Connection:
    return Connection(reader.engine.url.render_as_string(hide_password=False))


def _read(reader: Reader, **how: Any) -> IngestSummary:
    config = database().model_copy(update={"statement_seconds": 1})
    return reader.take(config, _connection(reader), **how)


def _fill(engine: Engine, world: World, *statements: str) -> None:
    """Make the replica anew, and do what happens to it."""
    _do(engine, "drop table if exists ho_so_twice")
    fill_replica(engine, world)
    for each in (_PREPARE, *statements):
        _do(engine, each)


FAST = {"connection dropped mid-read", "stuck cursor", "late row within the overlap"}
WHOLE = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.parametrize(
    "name", [pytest.param(name, id=name, marks=[] if name in FAST else WHOLE) for name in FAULTS]
)
def test_database_fault(name: str, reader: Reader, small_world: World, record_property: Any) -> None:
    before, after, first, second = FAULTS[name]
    record_property("fault_cell", (name, DATABASE, "once", first if second == "equal" else second))
    _fill(reader.engine, small_world, before, after)
    _read(reader).raise_for_failures()  # who comes for the first time when all is over
    wanted = reader.tables()["dossier"]
    reader.empty()

    _fill(reader.engine, small_world, before)
    summary = _read(reader)
    held = reader.tables()["dossier"]
    assert len(set(held)) == len(held)
    assert reader.batches_are_whole()
    if first == "failed":
        assert [failure.entity for failure in summary.failed] == ["dossier"]
        assert "table ho_so: " in summary.failures[0]
        assert "secret-value" not in " ".join([*summary.failures, *reader.failures()])
        assert set(held) < set(wanted)
        assert len(held) == (0 if "gone" in name else 40)  # whole parts before the fault are kept
    else:
        summary.raise_for_failures()
        assert (held == []) == (first == "nothing")

    _do(reader.engine, after)
    _read(reader).raise_for_failures()
    assert (set(wanted) <= set(reader.tables()["dossier"])) == (second == "equal")
    if second == "unseen":
        _read(reader, full=True).raise_for_failures()
    held = reader.tables()["dossier"]
    current = [row for row in held if after != _UNDATED or row in wanted]
    record_property("fault_counts", counted({"dossier": current}, {"dossier": wanted}))
    assert set(wanted) <= set(held)
    assert len(held) - len(wanted) == (after == _UNDATED)  # the version before stays, each row once


def test_a_database_that_does_not_answer_is_named_without_its_address(reader: Reader) -> None:
    config = database()
    nowhere = Connection("postgresql+psycopg://reader:secret@127.0.0.1:9/replica")
    summary = reader.take(config, nowhere)
    assert [failure.kind for failure in summary.failed] == ["unreachable"]
    assert "secret" not in summary.failures[0]
    assert reader.tables()["dossier"] == []
