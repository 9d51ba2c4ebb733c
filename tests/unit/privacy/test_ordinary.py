"""The quick way through the redactor says what the general way says, of any record."""

import collections
import copy
import datetime as dt
from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.record_samples import DOSSIER, EVENT, KEYS, PETITION, RATING

from decision766.loading.rows import RowWriter
from decision766.privacy import Redactor, ordinary
from decision766.privacy.ordinary import NotOrdinaryError
from decision766.records import ENTITIES

SAMPLES = {"dossier": DOSSIER, "dossier_event": EVENT, "petition": PETITION, "rating": RATING}
VALUES = st.one_of(
    st.sampled_from(
        ["", " ", None, 0, 1, True, False, 1.0, "0", "1", "01", "9", [], {}, [None], ["1"], [{}], "\t", "\\"]
    ),
    st.sampled_from(["20240229080000", "20230229080000", "20261331000000", "20260815093000 ", "20260815"]),
    st.text(max_size=6),
)


def _refuse(record):
    raise NotOrdinaryError


def _quick_and_general(entity):
    quick, general = (Redactor(ENTITIES[entity], KEYS) for _ in range(2))
    general._ordinary = collections.defaultdict(lambda: _refuse)
    return quick, general


def _changed(draw, sample):
    record = copy.deepcopy(sample)
    for _ in range(draw(st.integers(0, 3))):
        place = record
        while True:
            name = draw(st.sampled_from([*sorted(place), "GhiChu", "MaHoSo"]))
            value = place.get(name)
            if isinstance(value, list) and value and isinstance(value[0], dict) and draw(st.booleans()):
                place = draw(st.sampled_from(value))
                continue
            break
        if draw(st.booleans()):
            place[name] = copy.deepcopy(draw(VALUES))
        else:
            place.pop(name, None)
    return record


@pytest.mark.parametrize("entity", SAMPLES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_both_ways_say_the_same(entity, data):
    quick, general = READERS[entity]
    records = [_changed(data.draw, SAMPLES[entity]) for _ in range(3)]
    for redactor in (quick, general):
        redactor.reset()
    for record in [*records, *records]:  # the second time from memory
        before = copy.deepcopy(record)
        assert quick.write([record]) == general.write([record])  # line and cells
        assert record == before
    assert quick.undeclared == general.undeclared
    assert quick.rejected == general.rejected


READERS = {entity: _quick_and_general(entity) for entity in SAMPLES}


def test_an_ordinary_record_goes_the_quick_way():
    quick, _ = _quick_and_general("dossier")
    quick._read = lambda record: pytest.fail("the general reader was asked")
    plain = {**DOSSIER, "DanhSachHoSoBoSung": []}
    assert orjson.loads(quick.redact_to_line(plain))["MaHoSo"] == DOSSIER["MaHoSo"]


@pytest.mark.parametrize("entity", SAMPLES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_row_is_the_same_from_the_redactor_and_from_the_landed_line(entity, data):
    redactor, parse = READERS[entity][0], ENTITIES[entity].parse_line
    fresh, reread = (RowWriter(entity, NOW) for _ in range(2))
    records = [_changed(data.draw, SAMPLES[entity]) for _ in range(3)]
    lines, cells = redactor.write(records)
    fresh.add_written(1, lines, cells)
    for number, line in enumerate(lines, start=1):
        reread.add(number, line, parse(line))
    assert fresh.take() == reread.take()


NOW = dt.datetime(2026, 9, 28, tzinfo=dt.UTC)


ERASED = "GP-0042"


def test_what_was_erased_leaves_nothing_the_quick_way_either():
    scope = "dossier.TaiLieuNop[].MaThanhPhanHoSo"
    mark = KEYS.erasure_mark(scope, ERASED)
    quick, general = (
        Redactor(ENTITIES["dossier"], replace(KEYS, erased=frozenset({mark}))) for _ in range(2)
    )
    general._ordinary = collections.defaultdict(lambda: _refuse)
    record = {**DOSSIER, "TaiLieuNop": [{"MaThanhPhanHoSo": ERASED, "DuocSoHoa": "1"}]}
    assert quick.write([record]) == general.write([record])
    assert orjson.loads(quick.redact_to_line(record))["TaiLieuNop"] == [{"DuocSoHoa": "1"}]


def test_names_that_a_source_sends_become_no_code():
    quick, general = _quick_and_general("dossier")
    names = ["'", "{NULL}", "\\", "x\n    raise SystemExit", "__import__('os')", '"', "\t", ""]
    record = {**DOSSIER, **dict.fromkeys(names, "1")}
    assert quick.write([record]) == general.write([record])
    nested = {**DOSSIER, "TaiLieuNop": [{**dict.fromkeys(names, "1"), "DuocSoHoa": "1"}]}
    assert quick.write([nested]) == general.write([nested])
    assert quick.undeclared == general.undeclared


def test_a_memory_forgets_and_stays_right(monkeypatch):
    monkeypatch.setattr(ordinary._Memory.__init__, "__defaults__", (7,))
    quick, general = _quick_and_general("dossier")
    records = [
        {**DOSSIER, "MaTTHC": f"1.{number:06d}", "DanhSachLePhi": [{"MaPhiLePhi": f"PLP.{number}"}]}
        for number in range(60)
    ]
    assert quick.write([*records, *records]) == general.write([*records, *records])


@pytest.mark.parametrize("serial", ["12345678", "123456789", "", "١٢", "1 ", " 1", "-1", "²", "0x1"])
def test_the_serial_of_a_dossier_number_is_read_the_same_way(serial):
    quick, general = _quick_and_general("dossier")
    for head in ("H12.01-260402", "000.00.14.H44-240815", "H12.01", "260402"):
        record = {**DOSSIER, "MaHoSo": f"{head}-{serial}"}
        assert quick.write([record]) == general.write([record])
