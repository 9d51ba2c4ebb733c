"""Words of the periodic reports: Vietnamese first, English beside."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from decision766.reporting.cells import fixed, number
from decision766.reporting.periodic.model import COUNT, DAY, PERCENT, SCORE, Value, Words
from decision766.warehouse.connect import TIME_ZONE

ORIGINS: dict[str, Words] = {
    "synthetic": (
        "DỮ LIỆU MÔ PHỎNG – không phải số liệu của cơ quan nào",
        "SYNTHETIC DATA, no real agency's figures",
    ),
    "recorded": ("SỐ LIỆU ĐÃ GHI LẠI – như Cổng đã công bố", "RECORDED DATA, as the portal published it"),
}
PROVISIONAL: Words = ("SỐ LIỆU TẠM TÍNH – kỳ báo cáo chưa kết thúc", "PROVISIONAL: the period is not over")
KINDS: dict[str, Words] = {
    "quarterly": ("BÁO CÁO QUÝ", "Quarterly report"),
    "weekly": ("BÁO CÁO TUẦN CHIẾN DỊCH", "Weekly campaign report"),
}
NOTHING = "–"


def shown(value: Value, kind: str) -> str:
    """A value as Vietnamese officials write it: 1.234,56, 28/09/2026; a dash for null, never 0."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, dt.date):
        return moment(value) if isinstance(value, dt.datetime) else day(value)
    if isinstance(value, str):
        return value
    return fixed(Decimal(value)) if kind in (SCORE, PERCENT) else number(value)


def day(value: dt.date) -> str:
    """28/09/2026."""
    return f"{value:%d/%m/%Y}"


def moment(value: dt.datetime) -> str:
    """08:00 28/09/2026, local time."""
    return f"{value.astimezone(ZoneInfo(TIME_ZONE)):%H:%M %d/%m/%Y}"


def is_number(kind: str) -> bool:
    """Whether values of a column stand at its right."""
    return kind in (COUNT, SCORE, PERCENT, DAY)
