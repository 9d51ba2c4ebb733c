"""Each kind of field keeps what is of its kind, and nothing else."""

import datetime as dt
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision766.records import kinds
from decision766.records.exchange import RATING, STATUS
from decision766.records.procedure import TIME_UNIT


@pytest.mark.parametrize(
    ("sent", "landed"),
    [
        ("Không", "0"),
        ("KHÔNG", "0"),
        ("Miễn phí", "0"),
        ("0", "0"),
        ("10.000", "10000"),
        ("10,000", "10000"),
        ("1.234.567", "1234567"),
        ("10000", "10000"),
        ("10000.00", "10000"),
        ("12,5", "12.5"),
        ("10.000 đồng", "10000"),
        ("50000đ", "50000"),
        (10000, "10000"),
        (10.5, "10.5"),
        (Decimal("10000.0"), "10000"),
        ("150000000", "150000000"),
    ],
)
def test_amounts(sent, landed):
    assert kinds.AMOUNT.read(sent) == landed


@pytest.mark.parametrize(
    "sent",
    ["theo quy định", "0912345678", "079185001234", "123456789", "000000000", "-5", "1.2.3", True, [], "1e5"],
)
def test_what_is_no_amount(sent):
    assert kinds.AMOUNT.read(sent) is None


@given(st.integers(0, 99_999_999))
def test_amounts_are_read_the_same_in_every_spelling(amount):
    grouped = f"{amount:,}"
    spellings = [str(amount), grouped, grouped.replace(",", "."), amount, f"{amount}.00"]
    assert {kinds.AMOUNT.read(spelling) for spelling in spellings} == {str(amount)}


def test_exchange_datetimes_are_local_time():
    assert kinds.EXCHANGE_DATETIME.read(" 20260815093000 ") == "20260815093000"
    assert kinds.EXCHANGE_DATETIME.text("20260815093000") == "2026-08-15T09:30:00+07:00"


@pytest.mark.parametrize(
    "sent", ["20261345", "20260231000000", "20260815", "2026-08-15", "٢٠٢٦٠٨١٥٠٩٣٠٠٠", "20260815250000", 5]
)
def test_what_is_no_exchange_datetime(sent):
    assert kinds.EXCHANGE_DATETIME.read(sent) is None


@given(st.integers(946_684_800, 10_000_000_000))
def test_every_instant_lands_and_reads_back(seconds):
    moment = (dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(seconds=seconds)).replace(tzinfo=None)
    landed = kinds.EXCHANGE_DATETIME.read(f"{moment:%Y%m%d%H%M%S}")
    assert kinds.EXCHANGE_DATETIME.text(landed) == f"{moment.isoformat()}+07:00"


@pytest.mark.parametrize(
    ("sent", "landed"),
    [
        ("2026-08-15T09:30:00", "2026-08-15T09:30:00+07:00"),
        ("2026-08-15T09:30:00Z", "2026-08-15T09:30:00+00:00"),
        ("2026-08-15 09:30", "2026-08-15T09:30:00+07:00"),
        ("2026-08-15", None),
        ("2026-02-30T00:00:00", None),
    ],
)
def test_iso_datetimes_are_local_unless_they_say_otherwise(sent, landed):
    assert kinds.ISO_DATETIME.read(sent) == landed


@pytest.mark.parametrize(
    ("sent", "flag"), [("1", "1"), ("0", "0"), (1, "1"), (True, "1"), (False, "0"), ("true", "1")]
)
def test_flags(sent, flag):
    assert kinds.FLAG.read(sent) == flag
    assert kinds.FLAG.json(flag) is (flag == "1")


@pytest.mark.parametrize("sent", ["2", "có", "", [], 2, None])
def test_what_is_no_flag(sent):
    assert kinds.FLAG.read(sent) is None


def test_codes_from_a_list():
    assert STATUS.read("10") == STATUS.read(10) == "10"
    assert STATUS.read("09") == "9"
    assert STATUS.read("11") is None
    assert RATING.text(RATING.read("KHÔNG  HÀI LÒNG")) == "dissatisfied"
    assert RATING.text(RATING.read(unicodedata.normalize("NFD", "Rất hài lòng"))) == "very_satisfied"
    assert RATING.read("Tuyệt vời") is None
    assert TIME_UNIT.text(TIME_UNIT.read("ngày làm việc")) == "working_day"


@pytest.mark.parametrize(
    "sent",
    [
        "G15-TP02",
        "LV01",
        "PA-01",
        "PAKN.H1207.260815.0012",
        "PAKN-26081500012",
        "'LP01'",
        "PH",
        "66bd0f1e2a3b4c5d6e7f8091",
    ],
)
def test_codes_of_systems(sent):
    assert kinds.TOKEN.read(sent) == sent.strip("'")


@pytest.mark.parametrize(
    "sent",
    [
        "Nguyễn Văn An",
        "NguyenVanAn",
        "0912345678",
        "0912-345-678",
        "a@b.vn",
        "SDT0912345678",
        "x" * 99 + "1",
        "",
    ],
)
def test_what_is_no_code_of_a_system(sent):
    assert kinds.TOKEN.read(sent) is None


def test_text_is_one_line_of_composed_letters():
    assert kinds.TEXT.read("  Cấp\n\tgiấy\u200b phép ") == "Cấp giấy phép"
    assert kinds.TEXT.read("x" * 1001) is None
