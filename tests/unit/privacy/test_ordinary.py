"""The quick way through the redactor says what the general way says, of any record."""

import collections
import copy
import datetime as dt

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.record_samples import DOSSIER, EVENT, KEYS, PETITION, RATING

from decision766.loading.rows import RowWriter
from decision766.privacy import Redactor
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
            place[name] = draw(VALUES)
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
