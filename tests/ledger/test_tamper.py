"""What a superuser can do to a ledger, and that each is found and named."""

import datetime as dt
import hashlib
import json
import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.ledger.marts import Ledger

from decision766.ledger import rows as ledger_rows
from decision766.ledger.chain import NO_ENTRY, canonical
from decision766.ledger.errors import LedgerBroken
from decision766.ledger.heads import open_heads
from decision766.ledger.history import PeriodOf
from decision766.ledger.publish import refuse_if_broken
from decision766.ledger.rows import ROW_TABLES, SCORES, hashed
from decision766.ledger.statements import sign_period

pytestmark = pytest.mark.warehouse
AUGUST = PeriodOf("month", dt.date(2026, 8, 1), "2026-08")
TABLES = {
    "score_ledger": ["entry_no", "row_no", "change", *ledger_rows.KEY, *ledger_rows.FIGURES, "content_hash"],
    "scorecard_ledger": [
        "entry_no",
        "row_no",
        "change",
        *ledger_rows.DOCUMENT_KEY,
        "document",
        "content_hash",
    ],
    "ledger_entry": ["entry_no", "kind", "body", "entry_hash"],
}
CELLS = [(table, column) for table, columns in TABLES.items() for column in columns]


def changed(value: object, column: str, byte: int) -> object:
    """The value with one byte changed; of null or an empty list, the least that is something."""
    if column == "change":
        return "removed" if value == "stated" else "stated"
    if column == "kind":
        return "sign_off" if value == "publication" else "publication"
    if column == "relation":
        return "catalogue" if value == "scorecard" else "scorecard"
    if value is None:
        least = {"is_provisional": True, "missing_inputs": ["x"], "stale_inputs": ["x"]}
        return least.get(column, 0 if column in NUMERIC else "x")
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=1)
    if isinstance(value, list):
        return [*value, "x"]
    if isinstance(value, (bytes, memoryview)):
        whole = bytearray(value)
        whole[byte % len(whole)] ^= 1
        return bytes(whole)
    if isinstance(value, Decimal):
        digits = str(value)  # 7.15 → 8.15, and 7.0 → 7.00: another digit, or the same number in other digits
        return Decimal(
            digits + "0" if "." in digits and byte % 2 else str((int(digits[0]) + 1) % 10) + digits[1:]
        )
    place = byte % len(str(value))
    return str(value)[:place] + ("x" if str(value)[place] != "x" else "y") + str(value)[place + 1 :]


NUMERIC = {"numerator", "denominator", "ratio", "score", "max_score", *(f"observed_{part}" for part in
           ("numerator", "denominator", "ratio"))}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column"), CELLS, ids=[f"{table}.{column}" for table, column in CELLS])
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(where=st.integers(0, 10**6), byte=st.integers(0, 10**6))
def test_one_changed_byte_of_any_column_of_any_row_is_found(shared: Ledger, table, column, where, byte):
    with shared.engine.connect() as connection:
        connection.execute(text(f"alter table audit.{table} disable trigger all"))
        rows = (
            connection.execute(text(f"select ctid::text as ctid, * from audit.{table} order by ctid"))
            .mappings()
            .all()
        )
        row = rows[where % len(rows)]
        value = changed(row[column], column, byte)
        assert value != row[column] or str(value) != str(row[column])
        connection.execute(
            text(f"update audit.{table} set {column} = :value where ctid = cast(:ctid as tid)"),
            {"value": value, "ctid": row["ctid"]},
        )
        with pytest.raises(LedgerBroken) as found:
            ledger_verify(connection, shared)
        connection.rollback()
    number = row["entry_no"]
    assert re.search(rf"\b({number}|{number + 1}|{number + 1000})\b", found.value.message), (
        found.value.message
    )
    assert "backup" in found.value.next_step or "Restore" in found.value.next_step


def ledger_verify(connection, ledger: Ledger) -> None:
    from decision766.ledger.check import verify_ledger

    verify_ledger(connection, open_heads(ledger.settings))


def test_the_row_is_named(ledger: Ledger):
    ledger.as_superuser("update audit.score_ledger set numerator = 99 where entry_no = 2 and row_no = 3")
    with pytest.raises(LedgerBroken, match=r"Row 3 of publication 2 .*H12\.02, .*not what was published"):
        ledger.verify()


def rehash(entry_no: int, table: ledger_rows.RowTable = SCORES) -> str:
    return (
        f"update audit.{table.name} as ledger set content_hash = {hashed(table.content('ledger'))} "
        f"where entry_no = {entry_no}"
    )


def rebuild(ledger: Ledger, *, new_identity: bool = False) -> None:
    """Make the whole chain consistent again from scratch, as whoever has the code can."""
    from decision766.ledger.rows import stored_root

    with ledger.engine.begin() as connection:
        connection.execute(text("alter table audit.ledger_entry disable trigger all"))
        entries = connection.execute(text("select * from audit.ledger_entry order by entry_no")).all()
        previous = NO_ENTRY
        for number, entry in enumerate(entries, 1):
            body = json.loads(entry.body) | {"previous": previous, "entry_no": number}
            if new_identity:
                body["ledger_id"] = "00000000-0000-4000-8000-000000000000"
            if entry.kind == "publication":
                for table in ROW_TABLES:
                    body[table.stated_as] = {
                        "count": connection.execute(
                            text(f"select count(*) from audit.{table.name} where entry_no = :no"),
                            {"no": entry.entry_no},
                        ).scalar_one(),
                        "merkle_root": stored_root(connection, table, entry.entry_no),
                    }
            written = canonical(body)
            previous = hashlib.sha256(written.encode()).hexdigest()
            connection.execute(
                text(
                    "update audit.ledger_entry set body = :body, entry_hash = decode(:hash, 'hex') "
                    "where entry_no = :no"
                ),
                {"body": written, "hash": previous, "no": entry.entry_no},
            )
        connection.execute(text("truncate audit.score_current"))
        connection.execute(text("alter table audit.ledger_entry enable always trigger append_only"))


def test_a_row_changed_together_with_its_hash_fails_the_root(ledger: Ledger):
    ledger.as_superuser(
        "update audit.score_ledger set score = 10 where entry_no = 1 and row_no = 4", rehash(1)
    )
    with pytest.raises(LedgerBroken, match=r"publication 1 .* do not give its Merkle root"):
        ledger.verify()


@pytest.mark.parametrize("new_identity", [False, True])
def test_a_chain_rebuilt_from_scratch_is_found_by_the_heads_outside(ledger: Ledger, new_identity: bool):
    ledger.as_superuser(
        "update audit.score_ledger set score = 10 where entry_no = 2 and row_no = 1", rehash(2)
    )
    rebuild(ledger, new_identity=new_identity)
    first = 1 if new_identity else 2
    with pytest.raises(LedgerBroken, match=f"Entry {first} .* was written outside .* rewritten from here on"):
        ledger.verify()
    with pytest.raises(LedgerBroken, match=f"Entry {first}"):
        refuse_if_broken(ledger.engine, ledger.settings)


def test_even_with_the_heads_outside_rewritten_a_printed_head_finds_it(ledger: Ledger):
    heads = open_heads(ledger.settings)
    printed = {3: heads.read()[3].entry_hash[:16]}
    ledger.as_superuser(
        "update audit.score_ledger set score = 10 where entry_no = 2 and row_no = 1", rehash(2)
    )
    rebuild(ledger)
    heads.path.unlink()
    with ledger.engine.connect() as connection:
        from decision766.ledger.chain import read_entries
        from decision766.ledger.heads import Head

        heads.append([Head.of(entry) for entry in read_entries(connection)])
    ledger.verify()  # nothing inside or outside shows it any more …
    with pytest.raises(LedgerBroken, match=r"Entry 3 .* was printed"):  # … but what was printed does
        ledger.verify(printed=printed)
    with pytest.raises(LedgerBroken, match=r"Entry 7 .* was printed, but the ledger ends at entry 3"):
        ledger.verify(printed={7: "0123456789abcdef"})


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_cut_tail_is_found(ledger: Ledger, count: int):
    ledger.as_superuser(
        *(f"delete from audit.{table} where entry_no > {3 - count}" for table in TABLES),
        "truncate audit.score_current",
    )
    with pytest.raises(
        LedgerBroken, match=f"ends at entry {3 - count}, but entry {4 - count} was written outside"
    ):
        ledger.verify()


def test_an_entry_cut_without_its_rows_is_found(ledger: Ledger):
    ledger.as_superuser("delete from audit.ledger_entry where entry_no = 3")
    with pytest.raises(LedgerBroken, match="ends at entry 2, but entry 3 was written outside"):
        ledger.verify()


PUT_IN = """
    insert into audit.score_ledger (entry_no, row_no, change, unit_code, indicator_code, period_grain,
        period_start, procedure_code, rule_set, boundary, content_hash)
    values (1, 31, 'stated', 'H12.99', '2.1', 'month', '2026-08-01', '*', 'r1', 'as_was', '')
"""
PUT_BEFORE = """
    insert into audit.scorecard_ledger
    select 0, row_no, change, relation, unit_code, period_grain, period_start, rule_set, boundary, document,
        content_hash
    from audit.scorecard_ledger where entry_no = 1
"""
SET_NUMBER = "update audit.score_ledger set row_no = {} where entry_no = 1 and row_no = {}"
MOVE = "update audit.score_ledger set entry_no = 9 where entry_no = 3 and row_no = 2"
DELETE = "delete from audit.score_ledger where entry_no = 1 and row_no = {}"
TAMPERED = {
    "row deleted": ([DELETE.format(7)], "Row 7 of publication 1 is missing"),
    "last row deleted": ([DELETE.format(30)], "are 29, but 30 were published"),
    "entry deleted": (["delete from audit.ledger_entry where entry_no = 2"], "Entry 2 is missing"),
    "row inserted": (
        [PUT_IN, rehash(1)],
        "are 31, but 30 were published: rows were inserted, the first is row 31",
    ),
    "rows swapped": (
        [SET_NUMBER.format(-1, 4), SET_NUMBER.format(4, 5), SET_NUMBER.format(5, -1)],
        r"Row [45] of publication 1 .* stands out of order",
    ),
    "row moved": ([MOVE], r"publication 3 .* are 1, but 2 were published: rows were deleted"),
    "rows of no entry": ([PUT_BEFORE], "6 rows of entry 0, which is no publication"),
}


@pytest.mark.parametrize(("statements", "said"), TAMPERED.values(), ids=TAMPERED)
def test_rows_and_entries_deleted_inserted_or_swapped_are_found(
    ledger: Ledger, statements: list[str], said: str
):
    ledger.as_superuser(*statements)
    with pytest.raises(LedgerBroken, match=said):
        ledger.verify()


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (
            lambda lines: [*lines[:-1], lines[-1].replace(b'"entry_hash": "', b'"entry_hash": "0')],
            "Entry 3",
        ),
        (lambda lines: [lines[0], lines[2]], "1 of 3 entries are not known outside .* the first is entry 2"),
        (lambda lines: [], "3 of 3 entries are not known outside"),
        (lambda lines: [b"garbage\n", *lines], "Line 1 of .* is no head"),
        (lambda lines: [*lines, lines[0].replace(b'"entry_hash": "', b'"entry_hash": "f')], "two hashes"),
    ],
    ids=["changed", "one removed", "all removed", "garbage", "two hashes"],
)
def test_heads_outside_that_were_changed_are_found(ledger: Ledger, tamper, said: str):
    path = open_heads(ledger.settings).path
    path.write_bytes(b"".join(tamper(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(LedgerBroken, match=said):
        ledger.verify()
    with pytest.raises(LedgerBroken, match=said):
        ledger.publish()


def test_a_verdict_is_chained_like_a_publication(ledger: Ledger):
    sign_period(ledger.engine, unit_code="H12.01", period=AUGUST, decision="rejected", by="thanh-tra",
                comment="Chưa khớp", settings=ledger.settings)  # fmt: skip
    assert ledger.verify().entries == 4
    ledger.as_superuser(
        "update audit.ledger_entry set body = replace(body, 'rejected', 'accepted') where entry_no = 4"
    )
    with pytest.raises(LedgerBroken, match=r"Entry 4 \(sign_off\) is not what was written"):
        ledger.verify()


def test_evidence_that_was_exchanged_is_found(empty: Ledger):
    batch = "11111111-1111-4111-8111-111111111111"
    empty.execute("""
        insert into audit.source (source_id, family, name, covers, data_origin, settings_hash)
        values ('s', 'f', 'S', '{}', 'live', 'x')
    """)
    empty.execute("""
        insert into audit.landed_object (object_sha256, source_id, entity, path, call, bytes, original_sha256,
            original_bytes, redactor_version, fetched_at)
        values (repeat('a', 64), 's', 'dossier', 'p', '{}', 1, repeat('b', 64), 1, '1', now())
    """)
    empty.execute(f"""
        insert into audit.batch (batch_id, source_id, entity, covers, data_origin, object_ids, rows_received,
            rows_new, status, observed_at, run_id)
        select '{batch}', 's', 'dossier', '{{}}', 'live', array[object_id], 1, 1, 'accepted', now(), 'r'
        from audit.landed_object
    """)
    evaluation = empty.build()
    work = "insert into audit.work_ledger (batch_id, entity, evaluation_id) values (:b, 'dossier', :e)"
    empty.execute(work, b=batch, e=evaluation)
    from decision766.ledger.publish import publish_evaluation

    stated = publish_evaluation(empty.engine, evaluation, settings=empty.settings).entry.stated
    assert [item["batch_id"] for item in stated["inputs"]["batches"]] == [batch]
    empty.verify()
    empty.execute("update audit.landed_object set object_sha256 = repeat('c', 64)")
    with pytest.raises(LedgerBroken, match=f"batch {batch}, which rests on other landed objects now"):
        empty.verify()
