"""A deletion request: everything that stands for the identifier goes, under every key, and stays away."""

import dataclasses
import json

import pytest
from sqlalchemy import text
from tests.unit.record_samples import KEYS
from tests.unit.retention.conftest import dossier, event

from decision766.landing import LandingStore
from decision766.privacy import Key, Keys, same_value
from decision766.retention import ErasureError, erase, erased_marks, erasure
from decision766.retention.usage import objects_under_key, values_by_key

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]
NEW = Key.parse("p2:" + "12" * 32, origin="test")
ROTATED = Keys(NEW, KEYS.event, (KEYS.pseudonym,))
PAPER = "CCCD-079185001234"  # systems are known to build a paper's code from an identity number


def of(code):
    return {"TaiLieuNop": [{"MaThanhPhanHoSo": code, "DuocSoHoa": "1"}, {"MaThanhPhanHoSo": "TP2"}]}


def everything(engine, root):
    """All that is in raw, audit and copies, and all landed lines, as one text."""
    with engine.connect() as connection:
        tables = (
            connection.execute(
                text(
                    "select format('%I.%I', table_schema, table_name) from information_schema.tables "
                    "where table_schema in ('raw', 'audit', 'public') and table_type = 'BASE TABLE'"
                )
            )
            .scalars()
            .all()
        )
        found = [
            connection.execute(
                text(f"select coalesce(string_agg(t::text, ' '), '') from {name} t")
            ).scalar_one()
            for name in tables
        ]
    return " ".join(found)


def landed(store):
    return "".join(
        line.decode()
        for entity in ("dossier", "dossier_event")
        for item in store.objects("s", entity)
        for _, line in store.read_lines(item)
    )


def tokens(value):
    return ROTATED.pseudonyms("dossier.TaiLieuNop[].MaThanhPhanHoSo", value)


@pytest.fixture
def filled(engine, store, load):
    """The same person's paper under the old key and, after a rotation, under the new one."""
    load(store, "dossier", [dossier(1, **of(PAPER)), dossier(2)])
    after = LandingStore(store.root, ROTATED)
    load(after, "dossier", [dossier(3, **of(PAPER)), dossier(4)])
    load(after, "dossier_event", [event(1), event(3)])
    with engine.begin() as connection:
        connection.execute(
            text("create table public.int_dossier as select dossier_code, components from raw.dossier")
        )
    return after


def test_equal_values_are_found_under_every_key_and_never_taken_for_different(engine, filled):
    old, new = reversed(tokens(PAPER))
    assert old in landed(filled)
    assert new in landed(filled)
    assert same_value(old, new) is None
    assert same_value(old, old) is True
    assert same_value(*tokens(PAPER)[:1], tokens("TP2")[0]) is False
    assert values_by_key(engine) == {"p1": 6, "p2": 6, "e1": 2}
    assert objects_under_key(engine, filled, "p1") == 1
    assert objects_under_key(engine, filled, "p9") == 0


def test_what_stands_for_an_identifier_goes_everywhere_and_nothing_else(engine, filled):
    done = erase(engine, filled, ROTATED, f"  {PAPER}\n", reference="12/PYC-2026")
    assert done.found == {
        "landing.dossier": 2,
        "raw.dossier.components.component_code": 2,
        "public.int_dossier.components.component_code": 2,
    }
    for token in tokens(PAPER):
        assert token not in everything(engine, filled.root) + landed(filled)
    assert tokens("TP2")[0] in landed(filled)
    assert tokens("TP2")[1] in everything(engine, filled.root)
    assert landed(filled).count('"DuocSoHoa":"1"') >= 2
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from raw.dossier")).scalar_one() == 4
        record = connection.execute(text("select * from audit.erasure")).mappings().one()
    assert record["reference"] == "12/PYC-2026"
    assert record["done_at"] is not None
    assert record["found"] == done.found
    assert "079185001234" not in everything(engine, filled.root)
    assert not [path for path in filled.root.rglob("*") if "079185001234" in path.name]


def test_it_never_lands_again_whatever_key_is_current(engine, filled, load):
    erase(engine, filled, ROTATED, PAPER, reference="12/PYC-2026")
    third = Keys(Key.parse("p3:" + "34" * 32, origin="test"), KEYS.event, (NEW, KEYS.pseudonym))
    for keys in (ROTATED, third):
        again = LandingStore(filled.root, dataclasses.replace(keys, erased=erased_marks(engine)))
        load(again, "dossier", [dossier(3, HinhThuc="1", **of(PAPER))])
        for token in keys.pseudonyms("dossier.TaiLieuNop[].MaThanhPhanHoSo", PAPER):
            assert token not in everything(engine, filled.root) + landed(again)
    assert third.pseudonyms("dossier.TaiLieuNop[].MaThanhPhanHoSo", "TP2")[0] in landed(again)


def test_a_dossier_number_takes_its_keyed_details(engine, filled):
    before = everything(engine, filled.root)
    done = erase(engine, filled, ROTATED, "H44.07-260815-00003", reference="13")
    assert done.found["raw.dossier_event.content_hash"] == 1
    with engine.connect() as connection:
        codes = dict(connection.execute(text("select dossier_code, components::text from raw.dossier")).all())
        hashes = dict(
            connection.execute(text("select dossier_code, content_hash from raw.dossier_event")).all()
        )
    assert "p2:" not in codes["H44.07-260815-00003"]
    assert "p2:" in codes["H44.07-260815-00004"]
    assert hashes["H44.07-260815-00003"].startswith("erased:")
    assert hashes["H44.07-260815-00001"].startswith("e1:")
    lines = [
        json.loads(line) for item in filled.objects("s", "dossier") for _, line in filled.read_lines(item)
    ]
    (mine,) = [line for line in lines if line["MaHoSo"].endswith("3")]
    assert mine["TaiLieuNop"] == [{"DuocSoHoa": "1"}, {}]
    assert everything(engine, filled.root) != before
    assert erase(engine, filled, ROTATED, "H44.07-260815-00003", reference="13").found == {}


def test_who_is_not_there_is_told_so_and_recorded(engine, filled):
    before = landed(filled)
    done = erase(engine, filled, ROTATED, "Nguyễn Văn An", reference="14/PYC-2026")
    assert done.found == {}
    assert landed(filled) == before
    assert "Nguyễn" not in everything(engine, filled.root)


def test_a_request_that_broke_off_is_finished_by_serving_it_again(engine, filled, monkeypatch):
    real, calls = erasure.replace_lines, []

    def broken(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise OSError("killed")
        return real(*arguments)

    monkeypatch.setattr("decision766.retention.erasure.replace_lines", broken)
    with pytest.raises(OSError, match="killed"):
        erase(engine, filled, ROTATED, PAPER, reference="15")
    monkeypatch.undo()
    erase(engine, filled, ROTATED, PAPER, reference="15")
    for token in tokens(PAPER):
        assert token not in everything(engine, filled.root) + landed(filled)
    with engine.connect() as connection:
        open_ones = (
            "select (select count(*) from audit.erasure where done_at is null), "
            "(select count(*) from audit.tombstone where done_at is null)"
        )
        assert tuple(connection.execute(text(open_ones)).one()) == (0, 0)


@pytest.mark.parametrize(
    "reference", ["", "Nguyễn Văn An", "079185001234", "0912.345.678", "NguyenVanAn", "a b"]
)
def test_a_reference_that_may_be_a_person_is_refused(engine, filled, reference):
    with pytest.raises(ErasureError, match="register") as problem:
        erase(engine, filled, ROTATED, PAPER, reference=reference)
    assert not reference or reference not in str(problem.value)


def test_nothing_given_is_refused(engine, filled):
    with pytest.raises(ErasureError, match="standard input"):
        erase(engine, filled, ROTATED, " \n", reference="16")
