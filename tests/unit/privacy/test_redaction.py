"""Nobody lands: whatever a record holds, wherever it stands, what is written names no person."""

import copy

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.record_samples import DOSSIER, EVENT, KEYS, PERSONAL, PETITION, PROCEDURE

from decision766.privacy import Redactor
from decision766.privacy.scalars import UNREADABLE_NAME
from decision766.records import ENTITIES, ERRORS, EXTRA

REDACTORS = {
    name: Redactor(ENTITIES[name], KEYS)
    for name in [*PERSONAL, "sync_receipt", "certified_copy", "procedure"]
}
digits = st.text("0123456789", min_size=8, max_size=8)
identities = st.one_of(
    st.sampled_from(["Nguyễn Văn An", "NGUYỄN THỊ HỒNG NHUNG", "Nguyen Van An", "Trần-Bình", "Đỗ Ðạt"]),
    digits.map("09{}".format),
    digits.map("+849{}".format),
    digits.map("079{}".format).map(lambda text: text + "1"),  # citizen number, 12 digits
    digits.map(lambda text: f"0{text}"),
    st.integers(100_000_001, 999_999_999).filter(lambda number: number % 1000),
    st.sampled_from(
        ["000000000", "an.nguyen@example.invalid", "Số 5, ngõ 12, phường Ví Dụ", "0912 345 678", "1.2.1985"]
    ),
    st.sampled_from(["19850312", "12031985", "1985-03-12", "19850312000000"]),
)


def places(record, path=()):
    """Every place of a record where a value stands."""
    for key, value in record.items() if isinstance(record, dict) else enumerate(record):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def put(record, path, value):
    for key in path[:-1]:
        record = record[key]
    record[path[-1]] = value


def holders(record):
    """Every object of a record, to which a field can be added."""
    yield record
    for value in record.values() if isinstance(record, dict) else record:
        if isinstance(value, dict | list):
            yield from (holder for holder in holders(value) if isinstance(holder, dict))


shapes = st.sampled_from(
    [lambda x: x, lambda x: [x], lambda x: {"a": x}, lambda x: [{"a": [x]}], lambda x: f" {x} "]
)
# A date of birth is a date: where a record dates itself, or a code is free, it can stand.
dates_of_birth = ("19850312", "12031985", "1985-03-12", "19850312000000")


@given(st.sampled_from(sorted(PERSONAL)), identities, shapes, st.data())
def test_an_identity_in_any_declared_field_does_not_land(entity, identity, shape, data):
    if identity in dates_of_birth:
        return
    record = copy.deepcopy(PERSONAL[entity])
    put(record, data.draw(st.sampled_from(list(places(record)))), shape(identity))
    line, redactor = REDACTORS[entity].redact_to_line(record), REDACTORS[entity]
    assert str(identity) not in line.decode()
    assert not any(str(identity) in name for name, _ in redactor.undeclared)


@given(st.sampled_from(sorted(PERSONAL)), identities, shapes, st.booleans(), st.data())
def test_an_identity_in_an_undeclared_field_or_key_does_not_land(entity, identity, shape, as_key, data):
    record = copy.deepcopy(PERSONAL[entity])
    holder = data.draw(st.sampled_from(list(holders(record))))
    name = (
        str(identity)
        if as_key
        else data.draw(st.sampled_from(["GhiChu", "hoTen", "_errors", "_extra", "maHoSo2"]))
    )
    holder[name] = shape("x") if as_key else shape(identity)
    redactor = REDACTORS[entity]
    redactor.reset()
    line = redactor.redact_to_line(record)
    assert str(identity) not in line.decode()
    assert str(identity) not in repr(redactor.undeclared)
    assert sum(redactor.undeclared.values()) >= 1 or holder is not record


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text() | identities,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ),
    st.data(),
)
def test_any_json_in_any_place_is_survived(value, data):
    entity = data.draw(st.sampled_from(["dossier", "petition", "procedure"]))
    record = copy.deepcopy({"dossier": DOSSIER, "petition": PETITION, "procedure": PROCEDURE}[entity])
    put(record, data.draw(st.sampled_from(list(places(record)))), value)
    redactor = REDACTORS[entity]
    assert redactor.redact_to_line(record) == redactor.redact_to_line(record)


@given(st.permutations(list(DOSSIER)))
def test_equal_records_land_equal_whatever_the_order_of_their_fields(names):
    redactor = REDACTORS["dossier"]
    assert redactor.redact_to_line({name: DOSSIER[name] for name in names}) == redactor.redact_to_line(
        DOSSIER
    )


def test_absent_null_and_empty_are_the_same():
    redactor = REDACTORS["dossier"]
    without = {name: value for name, value in DOSSIER.items() if name != "NgayTuChoi"}
    lines = {
        redactor.redact_to_line({**without, **more})
        for more in ({}, {"NgayTuChoi": None}, {"NgayTuChoi": " "})
    }
    assert len(lines) == 1
    assert ERRORS.encode() not in lines.pop()


def test_the_source_record_stays_as_it_is():
    record = copy.deepcopy(DOSSIER)
    REDACTORS["dossier"].redact(record)
    assert record == DOSSIER


def test_unreadable_fields_leave_field_rule_and_length():
    redactor = REDACTORS["dossier"]
    redactor.reset()
    fee = {"Gia": "Nguyễn Văn An"}
    redacted = redactor.redact(
        {"MaHoSo": "không có", "NgayTiepNhan": "20261345", "DanhSachLePhi": [fee], "TaiLieuNop": "x"}
    )
    assert redacted.parse_errors == redacted.landed[ERRORS]
    assert redacted.parse_errors == [
        {"field": "DanhSachLePhi[].Gia", "rule": "amount", "length": 13},
        {"field": "MaHoSo", "rule": "dossier_code", "length": 8},
        {"field": "NgayTiepNhan", "rule": "exchange_datetime", "length": 8},
        {"field": "TaiLieuNop", "rule": "list", "length": 1},
    ]
    assert set(redacted.landed) == {ERRORS, "DanhSachLePhi"}
    assert redactor.rejected == 4


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        (True, True),
        (12, True),
        ("12345678", True),
        (99_999_999, True),
        (1.5, True),
        ("20260815093000", True),
        ("2026-08-15", True),
        ("2026-08-15T09:30:00+07:00", True),
        (None, False),
        ("Nguyễn Văn An", False),
        (123_456_789, False),
        ("123456789", False),
        ("20261345000000", False),
        ("1985-03-12", False),
        (19850312, False),
        (float("nan"), False),
        (1e300, False),
        ([1], False),
        ({"a": 1}, False),
    ],
)
def test_undeclared_values_are_kept_only_if_harmless(value, is_kept):
    redactor = Redactor(ENTITIES["dossier"], KEYS)
    landed = redactor.redact({"GhiChu": value}).landed
    assert landed == ({EXTRA: {"GhiChu": value}} if is_kept else {})
    assert list(redactor.undeclared.values()) == [1]
    nested = redactor.redact({"TaiLieuNop": [{"GhiChu": value}]}).landed
    assert nested.get(EXTRA) == ({"TaiLieuNop[].GhiChu": [value]} if is_kept else None)


def test_undeclared_fields_are_named_typed_and_counted():
    redactor = Redactor(ENTITIES["rating"], KEYS)
    for value in ("x", "y", 5):
        redactor.redact({"GhiChu": value, "0912345678": True})
    assert redactor.undeclared == {
        ("GhiChu", "string"): 2,
        ("GhiChu", "number"): 1,
        (UNREADABLE_NAME, "boolean"): 3,
    }


def test_pseudonyms_join_and_event_identity_is_of_the_other_key():
    components = REDACTORS["dossier"].redact(DOSSIER).landed["TaiLieuNop"]
    again = REDACTORS["dossier"].redact({"TaiLieuNop": [{"MaThanhPhanHoSo": " TP1"}]}).landed["TaiLieuNop"]
    assert components[0]["MaThanhPhanHoSo"] == again[0]["MaThanhPhanHoSo"] != components[1]["MaThanhPhanHoSo"]
    assert components[0]["MaThanhPhanHoSo"].startswith("p1:")
    content = REDACTORS["dossier_event"].redact(EVENT).landed["NoiDungXuLy"]
    assert content == KEYS.event.keyed("dossier_event.NoiDungXuLy", "Đã gọi ông An")
    assert "NoiDungXuLy" not in REDACTORS["dossier_event"].redact({**EVENT, "NoiDungXuLy": " "}).landed


def test_presence_says_only_that_something_was_there():
    landed = REDACTORS["dossier"].redact(DOSSIER).landed
    assert landed["TaiLieuNop"][0]["TepDinhKemId"] is True
    assert "TepDinhKemId" not in landed["TaiLieuNop"][1]
    assert landed["DanhSachGiayToKetQua"] == [{"DuongDanTepTinKetQua": True}]


def test_counted_lists_leave_their_length():
    assert REDACTORS["procedure"].redact(PROCEDURE).landed[EXTRA] == {
        "THANHPHANHOSO": 2,
        "TRINHTUTHUCHIEN": 0,
    }


def test_a_landed_line_is_canonical_json():
    line = REDACTORS["dossier"].redact_to_line(DOSSIER)
    assert line == orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
