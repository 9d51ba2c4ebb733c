"""The procedure record of the exchange (`LayThuTuc`): UPPERCASE keys, lists within lists.

A time limit is stated per channel and case; the procedure's maximum is the longest of them. Fees
stand on a time limit or on its channel.
"""

from collections.abc import Iterator

from decision766.records.kinds import (
    AMOUNT,
    DECISION_NO,
    DURATION,
    EXCHANGE_DATETIME,
    FLAG,
    IGNORED,
    PROCEDURE_CODE,
    PROCEDURE_CODE_AS_SENT,
    PUBLIC_FLAG,
    TEXT,
    TOKEN,
    UNIT_CODE,
    choice,
    number_from,
)
from decision766.records.spec import (
    Column,
    CountedList,
    EntitySpec,
    Field,
    ListField,
    Record,
    column,
    text_array,
)

TIME_UNIT = choice({"Giờ": "hour", "Ngày": "day", "Ngày làm việc": "working_day", "Tháng": "month"})
LEVEL = number_from(0, 1, 2, 3)
# Hours that a unit stands for when time limits in different units are compared: a working day is a
# seventh of a week's 168 hours times 7/5.
_HOURS = {"hour": 1.0, "day": 24.0, "working_day": 33.6, "month": 720.0}


def _limits(record: Record) -> Iterator[Record]:
    for way in record.get("CACHTHUCTHUCHIEN") or ():
        yield from way.get("THOIGIAN") or ()


def _longest(record: Record) -> tuple[str, str] | None:
    """Longest time limit as (number, unit); a limit without a unit says nothing."""
    found = [
        (limit["THOIGIANGIAIQUYET"], TIME_UNIT.text(limit["DONVITINH"]))
        for limit in _limits(record)
        if "THOIGIANGIAIQUYET" in limit and "DONVITINH" in limit
    ]
    return max(found, key=lambda limit: float(limit[0]) * _HOURS[limit[1]], default=None)


def _amounts(record: Record) -> list[str]:
    places = [*(record.get("CACHTHUCTHUCHIEN") or ()), *_limits(record)]
    return [fee["SOTIEN"] for place in places for fee in place.get("PHILEPHI") or () if "SOTIEN" in fee]


def _max_time(record: Record) -> str | None:
    longest = _longest(record)
    return longest and longest[0]


def _max_time_unit(record: Record) -> str | None:
    longest = _longest(record)
    return longest and longest[1]


def _has_fee(record: Record) -> str:
    return "t" if any(float(amount) for amount in _amounts(record)) else "f"


def _fee_amounts(record: Record) -> str:
    return "{" + ",".join(_amounts(record)) + "}"


def _first_sector(landed: list[Record]) -> str | None:
    return next((item["MALINHVUC"] for item in landed if "MALINHVUC" in item), None)


def _paper_required(landed: list[Record]) -> str:
    return "t" if any(item.get("BATBUOCBANGIAY") == "1" for item in landed) else "f"


_FEES = ListField(
    "PHILEPHI", (Field("MAPHILEPHI", TOKEN), Field("SOTIEN", AMOUNT), Field("TENPHILEPHI", IGNORED))
)

PROCEDURE = EntitySpec(
    name="procedure",
    fields=(
        Field("MATTHC", PROCEDURE_CODE),
        Field("TENTTHC", TEXT),
        Field("TRANGTHAI", PUBLIC_FLAG),
        Field("MACOQUANCONGBO", UNIT_CODE),
        Field("IDQUYETDINHCONGBO", DECISION_NO),
        ListField("CAPTHUCHIEN", (Field("MACAPTHUCHIEN", LEVEL),), scalar_key="MACAPTHUCHIEN"),
        ListField("LINHVUCTHUCHIEN", (Field("MALINHVUC", TOKEN), Field("TENLINHVUC", IGNORED))),
        ListField("DOITUONGTHUCHIEN", (Field("MADOITUONG", TOKEN), Field("TENDOITUONG", IGNORED))),
        ListField(
            "CACHTHUCTHUCHIEN",
            (
                Field("KENH", TOKEN),
                ListField(
                    "THOIGIAN", (Field("THOIGIANGIAIQUYET", DURATION), Field("DONVITINH", TIME_UNIT), _FEES)
                ),
                _FEES,
            ),
        ),
        ListField("KETQUATHUCHIEN", (Field("BATBUOCBANGIAY", FLAG), Field("TENKETQUA", IGNORED))),
        Field("NGAYCONGKHAI", EXCHANGE_DATETIME),
        Field("NGAYBAIBO", EXCHANGE_DATETIME),
        CountedList("THANHPHANHOSO"),
        CountedList("TRINHTUTHUCHIEN"),
        CountedList("CANCUPHAPLY"),
        CountedList("COQUANTHUCHIEN"),
    ),
    columns=(
        column("procedure_code", "MATTHC", PROCEDURE_CODE),
        column("procedure_code_as_sent", "MATTHC", PROCEDURE_CODE_AS_SENT),
        column("name", "TENTTHC", TEXT),
        column("is_public", "TRANGTHAI", PUBLIC_FLAG),
        column("publishing_unit_code", "MACOQUANCONGBO", UNIT_CODE),
        column("decision_no", "IDQUYETDINHCONGBO", DECISION_NO),
        text_array("levels", "CAPTHUCHIEN", "MACAPTHUCHIEN", "smallint[]"),
        Column("sector_code", "text", "LINHVUCTHUCHIEN", _first_sector),
        text_array("subject_codes", "DOITUONGTHUCHIEN", "MADOITUONG"),
        Column("max_time", "numeric", None, _max_time),
        Column("max_time_unit", "text", None, _max_time_unit),
        Column("has_fee", "boolean", None, _has_fee),
        Column("fee_amounts", "numeric[]", None, _fee_amounts),
        Column("paper_result_required", "boolean", "KETQUATHUCHIEN", _paper_required),
        column("public_from", "NGAYCONGKHAI", EXCHANGE_DATETIME),
        column("public_to", "NGAYBAIBO", EXCHANGE_DATETIME),
    ),
    natural_key=("procedure_code",),
    file_stem="procedures",
    service="LayThuTuc",
)
