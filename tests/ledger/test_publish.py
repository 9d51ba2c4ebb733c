"""Publications: changed rows only, one entry each, once each, whatever crashes or runs beside."""

import datetime as dt
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.ledger.marts import Ledger
from upath import UPath

from decision766.ledger import publish as publishing
from decision766.ledger.errors import LedgerBroken, LedgerError, NotRecorded
from decision766.ledger.heads import HeadsFile, HeadsFolder, open_heads
from decision766.ledger.history import PeriodOf
from decision766.ledger.publish import publish_evaluation, refuse_if_broken, write_missing_heads
from decision766.ledger.statements import sign_period

pytestmark = pytest.mark.warehouse


def test_a_publication_appends_changed_rows_only(empty: Ledger):
    first = empty.publish()
    assert (first.scores, first.scorecards) == (30, 6)  # five scorecards and the catalogue
    again = empty.publish()
    assert (again.scores, again.scorecards, again.entry.entry_no) == (0, 0, 2)
    changed = empty.publish("update marts.fct_indicator set score = 7.2 where unit_code = 'H12.02'")
    assert (changed.scores, changed.scorecards) == (6, 0)
    removed = empty.publish("delete from marts.fct_indicator where procedure_code = '2.000815'")
    assert removed.scores == 10
    assert empty.scalar("select count(*) from audit.score_ledger where change = 'removed'") == 10
    back = empty.publish("update marts.mart_scorecard set total_score = 71.5 where unit_code = 'H12.01'")
    assert (back.scores, back.scorecards) == (0, 1), "71.50 and 71.5 are not the same to the digit"
    assert empty.verify().rows == 30 + 6 + 6 + 10 + 1


ONE_SCORE = "update marts.fct_indicator set score = {} where unit_code = '{}' and procedure_code = '*'"


def test_a_build_that_followed_the_last_publication_is_compared_where_it_may_differ(empty: Ledger):
    empty.publish()
    narrow = empty.publish(ONE_SCORE.format(7.2, "H12.02"), affected=("H12.02", "H12.03"))
    assert narrow.scores == 2
    removed = "delete from marts.fct_indicator where unit_code = 'H12.03' and procedure_code = '1.004227'"
    assert empty.publish(removed, affected=("H12.03",)).scores == 0, "the build did not say so"
    empty.execute("""
        insert into intermediate.int_procedure_affected
        select scope_key, '1.004227' from intermediate.int_shown_scope where unit_code = 'H12.03'
    """)
    assert empty.publish(affected=("H12.03",)).scores == 2, "figures that are no longer computed"
    # What the build says it kept is not read: that it did keep it is dbt's to prove (test_following).
    unread = empty.publish(ONE_SCORE.format(7.3, "H12.04"), affected=("H12.02",))
    assert unread.scores == 0
    assert empty.publish().scores == 2, "a build of everything compares everything"
    assert empty.verify().rows == 30 + 6 + 2 + 2 + 2


@pytest.mark.parametrize(
    "because",
    [
        "insert into audit.evaluation (evaluation_id, evaluated_at, status, run_id, code_version) values "
        "(gen_random_uuid(), '2026-09-28 07:00+07', 'failed', 'test', 'test')",
        "insert into intermediate.int_shown_scope_before values ('H12.09', 'month', '2026-08-01', 'as_was')",
        "truncate audit.score_current",
    ],
    ids=["a build in between was not published", "a unit has gone", "no working copy"],
)
def test_everything_is_compared_where_the_last_publication_is_not_what_was_followed(
    empty: Ledger, because: str
):
    empty.publish()
    empty.execute(because)
    changed = empty.publish(ONE_SCORE.format(7.2, "H12.02"), affected=("H12.03",))
    assert changed.scores == 2


def test_an_entry_names_what_it_rests_on(ledger: Ledger):
    stated = ledger.publish().entry.stated
    assert stated["previous"] == ledger.scalar(
        "select encode(entry_hash, 'hex') from audit.ledger_entry where entry_no = 3"
    )
    assert set(stated["inputs"]) == {
        *("batches", "accepted_batches", "rule_sets", "calendar", "units", "quarantine")
    }
    assert set(stated["inputs"]["rule_sets"]) == {"r1"}
    assert stated["inputs"]["calendar"]["count"] > 5000
    for part in ("package_sha256", "dbt_project_sha256"):
        assert len(stated["code"][part]) == 64
    other = ledger.publish("update reference.scoring_rules set max_points = 9").entry.stated
    assert other["inputs"]["rule_sets"] != stated["inputs"]["rule_sets"]
    assert other["inputs"]["calendar"] == stated["inputs"]["calendar"]


def test_publishing_the_same_evaluation_again_appends_nothing(empty: Ledger):
    evaluation = empty.build()
    first = publish_evaluation(empty.engine, evaluation, settings=empty.settings)
    again = publish_evaluation(empty.engine, evaluation, settings=empty.settings)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.entry == first.entry
    assert empty.verify().entries == 1


def test_an_evaluation_that_another_build_took_over_is_not_published(empty: Ledger):
    old = empty.build()
    new = empty.build("update audit.evaluation set status = 'failed'")
    with pytest.raises(NotRecorded, match="another build took it over"):
        publish_evaluation(empty.engine, old, settings=empty.settings)
    empty.execute("update audit.evaluation set status = 'building'")
    with pytest.raises(NotRecorded, match=f"The marts are those of evaluation {new}"):
        publish_evaluation(empty.engine, old, settings=empty.settings)
    assert empty.verify().entries == 0


@pytest.mark.parametrize("table", ["ledger_entry", "score_ledger", "scorecard_ledger"])
@pytest.mark.parametrize(
    "statement",
    ["update audit.{} set entry_no = entry_no", "delete from audit.{}", "truncate audit.{}",
     "delete from audit.{} where false"],
)  # fmt: skip
def test_the_database_refuses_to_change_the_ledger(shared: Ledger, table: str, statement: str):
    for role in ("origin", "replica"):
        with shared.engine.connect() as connection:
            connection.execute(text(f"set local session_replication_role = {role}"))
            with pytest.raises(DBAPIError, match=f"audit.{table} is append-only"):
                connection.execute(text(statement.format(table)))


def test_an_ordinary_owner_has_no_right_to_change_it(shared: Ledger):
    rights = shared.scalar(
        """
        select array_agg(distinct privilege_type::text)
        from information_schema.role_table_grants
        where table_schema = 'audit' and table_name in ('ledger_entry', 'score_ledger', 'scorecard_ledger')
        """
    )
    assert not {"UPDATE", "DELETE", "TRUNCATE"} & set(rights)
    assert {"INSERT", "SELECT"} <= set(rights)


class Crash(Exception):
    """The process ends here."""


@pytest.mark.parametrize("where", ["append_scores", "append_scorecards", "inputs_of", "append_entry"])
def test_a_crash_before_the_commit_leaves_nothing(ledger: Ledger, monkeypatch, where: str):
    evaluation = ledger.build("update marts.fct_indicator set numerator = 1 where unit_code = 'H12.04'")
    real = getattr(publishing, where)

    def crash(*arguments, **options):
        real(*arguments, **options)
        raise Crash

    monkeypatch.setattr(publishing, where, crash)
    with pytest.raises(Crash):
        publish_evaluation(ledger.engine, evaluation, settings=ledger.settings)
    assert ledger.verify().entries == 3
    monkeypatch.undo()
    assert publish_evaluation(ledger.engine, evaluation, settings=ledger.settings).scores == 6
    assert ledger.verify().entries == 4


@pytest.mark.parametrize("written", [0, 1, 40, 100])
def test_a_crash_while_the_head_is_written_is_healed(ledger: Ledger, monkeypatch, written: int):
    """After the commit the head outside may be missing, or cut in the middle of its line."""
    path = open_heads(ledger.settings).path

    def crash(self, heads):
        with path.open("ab") as file:
            file.write(heads[0].line()[:written])
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(HeadsFile, "append", crash)
        with pytest.raises(Crash):
            ledger.publish()
    assert ledger.verify().heads_outside == 3
    assert write_missing_heads(ledger.engine, open_heads(ledger.settings)) == 1
    ledger.publish()
    proof = ledger.verify()
    assert (proof.entries, proof.heads_outside) == (5, 5)


def test_the_next_append_heals_too_and_stops_when_it_cannot(ledger: Ledger, monkeypatch):
    path = open_heads(ledger.settings).path
    with monkeypatch.context() as patch:
        patch.setattr(HeadsFile, "append", lambda self, heads: (_ for _ in ()).throw(Crash))
        with pytest.raises(Crash):
            ledger.publish()
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()  # cannot be written, not even by root
    with pytest.raises(LedgerError, match="cannot be read or written"):
        ledger.publish()
    path.rmdir()
    path.write_bytes(kept)
    assert ledger.publish().entry.entry_no == 5
    assert ledger.verify().heads_outside == 5


def test_publications_at_once_are_one_after_another(ledger: Ledger):
    """The same evaluation twice and verdicts between: one chain, one publication."""
    august = PeriodOf("month", dt.date(2026, 8, 1), "2026-08")
    evaluation = ledger.build("update marts.fct_indicator set numerator = 2 where unit_code = 'H12.05'")
    errors, results = [], []

    def work(number: int) -> None:
        try:
            if number % 2:
                results.append(publish_evaluation(ledger.engine, evaluation, settings=ledger.settings))
            else:
                sign_period(ledger.engine, unit_code="H12.01", period=august, decision="accepted",
                            by="thanh-tra", comment=f"lần {number}", settings=ledger.settings)  # fmt: skip
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(result.is_new for result in results) == [False, False, False, True]
    proof = ledger.verify()
    assert (proof.entries, proof.publications, proof.heads_outside) == (8, 4, 8)


def test_a_broken_ledger_blocks_build_and_publication(ledger: Ledger):
    ledger.as_superuser("update audit.score_ledger set score = 10 where entry_no = 3 and row_no = 1")
    with pytest.raises(LedgerBroken, match="Row 1 of publication 3"):
        refuse_if_broken(ledger.engine, ledger.settings)
    evaluation = ledger.build()
    ledger.as_superuser(
        "update audit.ledger_entry set body = replace(body, 'live', 'Live') || ' ' where entry_no = 2"
    )
    with pytest.raises(LedgerBroken, match=r"Entry 2 .* not what was written"):
        publish_evaluation(ledger.engine, evaluation, settings=ledger.settings)
    assert ledger.scalar("select count(*) from audit.ledger_entry") == 3
    assert (
        ledger.scalar("select status from audit.evaluation where evaluation_id = :id", id=evaluation)
        == "building"
    )


def test_an_emptied_working_copy_is_refilled(ledger: Ledger):
    ledger.execute("truncate audit.score_current")
    ledger.verify()
    assert ledger.publish().scores == 0
    ledger.execute("delete from audit.score_current where key like '%H12.01%'")
    with pytest.raises(LedgerBroken, match="working copy"):
        ledger.verify()


def test_heads_on_object_storage_are_objects_never_overwritten(empty: Ledger):
    place = f"memory://heads-{empty.settings.warehouse_database}"
    empty.settings = empty.settings.model_copy(update={"ledger_heads": place})
    for _ in range(3):
        empty.publish()
    heads = open_heads(empty.settings)
    assert isinstance(heads, HeadsFolder)
    assert sorted(heads.read()) == [1, 2, 3]
    assert empty.verify().heads_outside == 3
    names = [path.name for path in UPath(place).iterdir()]
    assert len(names) == 3
    empty.as_superuser("delete from audit.ledger_entry where entry_no = 3")
    with pytest.raises(LedgerBroken, match="its tail was cut"):
        empty.verify()
