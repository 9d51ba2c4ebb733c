"""Publish, restate three times from changed records, reproduce each state to the digit; sign and contest."""

import dataclasses
import datetime as dt
import json
import shutil
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from decision766.ledger import marks, statements
from decision766.ledger.check import verify_ledger
from decision766.ledger.errors import NotInLedger, NotRecorded
from decision766.ledger.heads import open_heads
from decision766.ledger.history import PeriodOf, restatements
from decision766.pipeline.build import build_marts, open_evaluation, publish_evaluation
from decision766.pipeline.ingest import ingest_source
from decision766.reporting.as_of import load_scorecard_as_of
from decision766.reporting.lookup import UnknownPeriod, UnknownUnit
from decision766.reporting.scorecard import Scorecard, load_scorecard, to_csv, to_json
from decision766.settings import Settings
from decision766.sources import find_source
from decision766.sources.contract import Connection
from decision766.validation import validate_batches

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "inbox-sample"
NOW = dt.datetime.fromisoformat("2026-08-31T23:59:59+07:00")
AUGUST = PeriodOf("month", dt.date(2026, 8, 1), "2026-08")
CASE = "H44.07-260803-00001"  # on time in the sample


@dataclass
class History:
    """A warehouse published four times, and what its scorecards said after each."""

    engine: Engine
    settings: Settings
    folder: Path
    at: list[dt.datetime] = field(default_factory=list)
    cards: list[dict[tuple[str, str], Scorecard]] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)

    def publish(self, run_id: str) -> None:
        source = find_source(self.settings.sources_folder, "inbox")
        inbox = Connection(base_url=str(self.folder), extra={"path": str(self.folder)})
        read = ingest_source(
            self.engine, source, inbox, run_id=run_id, observed_at=NOW, settings=self.settings
        )
        read.raise_for_failures()
        validate_batches(self.engine, read.batch_ids, settings=self.settings)
        evaluation = open_evaluation(self.engine, evaluated_at=NOW, run_id=run_id, settings=self.settings)
        assert evaluation is not None
        build_marts(self.engine, evaluation, settings=self.settings)
        publish_evaluation(self.engine, evaluation, settings=self.settings)
        self.batches.append(read.batch_ids)
        self.cards.append(self.read())
        self.at.append(self.now())

    def now(self) -> dt.datetime:
        with self.engine.connect() as connection:
            return connection.execute(text("select clock_timestamp()")).scalar_one()

    def read(self) -> dict[tuple[str, str], Scorecard]:
        with self.engine.connect() as connection:
            keys = connection.execute(
                text("""
                    select unit_code, period_code from marts.mart_scorecard
                    inner join marts.dim_period using (period_grain, period_start)
                """)
            ).all()
        return {(unit, period): load_scorecard(self.engine, unit, period) for unit, period in keys}

    def add(self, name: str, *records: dict) -> None:
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (self.folder / name).write_text(lines, encoding="utf-8")


def _records(name: str, code: str) -> dict:
    lines = (SAMPLE / name).read_text(encoding="utf-8").splitlines()
    return next(record for record in map(json.loads, lines) if record["MaHoSo"] == code)


@pytest.fixture(scope="module")
def history(
    module_settings: Settings, module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """Published, then restated by a late completion, by a worse rating, and by one more dossier."""
    folder = tmp_path_factory.mktemp("inbox") / "files"
    shutil.copytree(SAMPLE, folder)
    made = History(module_warehouse, module_settings, folder)
    made.publish("published")
    dossier = _records("dossiers.ndjson", CASE)
    late = dossier | {"NgayKetThucXuLy": "20260820100000", "NgayTra": "20260821080000"}
    made.add("dossiers-late.ndjson", late)
    made.publish("late")
    rating = json.loads((SAMPLE / "ratings.ndjson").read_text(encoding="utf-8").splitlines()[1])
    made.add(
        "ratings-again.ndjson", rating | {"ThoiGianDanhGia": "20260830110000", "DanhGia": "Không hài lòng"}
    )
    made.publish("rated")
    made.add("dossiers-new.ndjson", dossier | {"MaHoSo": "H44.07-260803-00999"})
    made.publish("one more")
    return made


def test_every_state_is_reproduced_to_the_digit(history: History):
    assert len({json.dumps([to_json(card) for card in cards.values()]) for cards in history.cards}) == 4
    for at, cards in zip(history.at, history.cards, strict=True):
        assert len(cards) > 10
        for (unit, period), card in cards.items():
            then = load_scorecard_as_of(history.engine, unit, period, at)
            for shown in dataclasses.fields(Scorecard):
                assert getattr(then, shown.name) == getattr(card, shown.name), (unit, period, shown.name)
            assert to_csv(then) == to_csv(card), "to the digit"
            assert to_json(then) == to_json(card)


def test_totals_follow_from_the_rows_of_then(history: History):
    """The total kept is the sum of the ledger's own rows, with the rules of that publication."""
    summed = 0
    for at, cards in zip(history.at, history.cards, strict=True):
        for unit, period in cards:
            then = load_scorecard_as_of(history.engine, unit, period, at)
            if then.total_score is not None:
                assert sum(line.score or Decimal(0) for line in then.indicators) == then.total_score
                assert sum(line.max_score or 0 for line in then.indicators) == 100
                summed += 1
    assert summed > 0


def test_before_the_first_publication_there_is_nothing(history: History):
    with pytest.raises(NotInLedger, match="the first publication is of"):
        load_scorecard_as_of(history.engine, "H44", "2026-08", history.at[0] - dt.timedelta(days=1))
    with pytest.raises(UnknownUnit):
        load_scorecard_as_of(history.engine, "H99", "2026-08", history.at[0])
    with pytest.raises(UnknownPeriod, match="2026"):
        load_scorecard_as_of(history.engine, "H44", "2019-07", history.at[0])


def test_a_restatement_shows_old_new_difference_and_the_batch(history: History):
    with history.engine.connect() as connection:
        found = restatements(connection, "H44.07", AUGUST, indicator_code="2.1")
    late = found[0]
    before = {line.code: line for line in history.cards[0][("H44.07", "2026-08")].indicators}["2.1"]
    after = {line.code: line for line in history.cards[1][("H44.07", "2026-08")].indicators}["2.1"]
    assert (late.old_entry_no, late.entry_no) == (1, 2)
    assert (late.old_numerator, late.numerator) == (before.numerator, after.numerator)
    assert late.numerator == late.old_numerator - 1
    assert (late.old_score, late.score) == (before.score, after.score)
    assert late.score_difference == after.score - before.score < 0
    assert [cause.batch_id for cause in late.batches] == history.batches[1]
    assert late.batches[0].entity == "dossier"
    assert late.batches[0].rows_of_unit == 1
    assert late.other_causes == []
    assert [line.entry_no for line in found] == [2, 4]


def test_only_what_changed_is_in_the_ledger(history: History):
    with history.engine.connect() as connection:
        counts = connection.execute(
            text("select entry_no, count(*) from audit.score_ledger group by entry_no order by entry_no")
        ).all()
        proof = verify_ledger(connection, open_heads(history.settings))
    assert [row[0] for row in counts] == [1, 2, 3, 4]
    assert all(row[1] < counts[0][1] / 2 for row in counts[1:])
    assert proof.publications == 4
    assert proof.rows > sum(row[1] for row in counts)


def test_a_signature_falls_with_a_restatement_and_a_contest_stays_until_resolved(history: History):
    """Signed and contested on the last state; a fifth publication restates it."""
    engine, settings = history.engine, history.settings
    signed = {"decision": "accepted", "by": "thanh-tra.h44", "comment": "Khớp hồ sơ", "settings": settings}
    assert load_scorecard(engine, "H44.07", "2026-08").publication.sign_state == "unsigned"
    statements.sign_period(engine, unit_code="H44.07", period=AUGUST, **signed)
    statements.sign_period(
        engine, unit_code="*", period=PeriodOf("year", dt.date(2026, 1, 1), "2026"), **signed
    )
    figure = statements.Figure("H44.07", "2.1", AUGUST)
    contest = statements.open_contest(
        engine, figure, by="so-vi-du", reason="Đã trả đúng hạn", evidence="CV 12/SVD", settings=settings
    )
    with pytest.raises(NotRecorded, match="not restated since"):
        statements.resolve_contest(engine, contest.entry_no, resolution="corrected", by="thanh-tra.h44",
                                   comment="Đã nạp", rule="portal-2026", settings=settings)  # fmt: skip
    before = history.now()
    card = load_scorecard(engine, "H44.07", "2026-08")
    assert card.publication.sign_state == "accepted"
    assert [item.contest_no for item in card.publication.contests_of("2.1")] == [contest.entry_no]
    assert load_scorecard(engine, "H44.100", "2026-08").publication.sign_state == "unsigned"
    assert load_scorecard(engine, "H44.100", "2026").publication.sign_state == "accepted", "signed for all"

    one_more = _records("dossiers.ndjson", CASE) | {"MaHoSo": "H44.07-260803-00998"}
    history.add("dossiers-one-more.ndjson", one_more)
    history.publish("another")
    card = load_scorecard(engine, "H44.07", "2026-08")
    assert card.publication.sign_state == "restated"
    assert card.publication.sign_off.restated_in == card.publication.entry_no
    assert [item.resolution for item in card.publication.contests] == [None], "marked until resolved"
    assert load_scorecard_as_of(engine, "H44.07", "2026-08", before).publication.sign_state == "accepted"

    batch = history.batches[-1][0]
    statements.resolve_contest(engine, contest.entry_no, resolution="corrected", by="thanh-tra.h44",
                               comment="Đã nạp bổ sung", batch_id=batch, settings=settings)  # fmt: skip
    assert load_scorecard(engine, "H44.07", "2026-08").publication.contests == []
    with engine.connect() as connection:
        resolved = marks.contests(connection)[0]
        verify_ledger(connection, open_heads(settings))
    assert (resolved.resolution, resolved.correcting_batch_id) == ("corrected", batch)
    again = load_scorecard_as_of(engine, "H44.07", "2026-08", before).publication
    assert [item.contest_no for item in again.contests] == [contest.entry_no], "as it stood then"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"by": "Nguyễn Văn Ví Dụ"}, "no account of an office"),
        ({"by": "ai@example.invalid"}, "no account of an office"),
        ({"comment": "gọi 0900000000"}, "looks like personal data"),
        ({"comment": " "}, "is empty"),
        ({"decision": "maybe"}, "no verdict"),
        ({"period": PeriodOf("month", dt.date(1999, 1, 1), "1999-01")}, "Nothing was published"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_words_that_do_not_belong_in_a_ledger_are_refused(history: History, change: dict, said: str):
    whole = {
        "unit_code": "H44",
        "period": AUGUST,
        "decision": "accepted",
        "by": "thanh-tra",
        "comment": "Đạt",
    }
    with pytest.raises(NotRecorded, match=said):
        statements.sign_period(history.engine, **(whole | change), settings=history.settings)


def test_a_validation_run_is_signed_with_its_results(history: History):
    with history.engine.connect() as connection:
        run = connection.execute(
            text("select validation_run_id::text from audit.validation_run limit 1")
        ).scalar_one()
        sha256 = statements.validation_run_sha256(connection, run)
    entry = statements.sign_validation_run(history.engine, run, decision="rejected", by="thanh-tra",
                                           comment="Thiếu tháng 8", settings=history.settings)  # fmt: skip
    assert entry.stated["subject"] == {
        "type": "validation_run",
        "validation_run_id": run,
        "results_sha256": sha256,
    }
    with pytest.raises(NotRecorded, match="no validation run"):
        statements.sign_validation_run(history.engine, "0", decision="accepted", by="thanh-tra",
                                       comment="x", settings=history.settings)  # fmt: skip
