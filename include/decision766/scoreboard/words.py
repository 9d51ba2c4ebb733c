"""What the pages say, in Vietnamese and English, and how they write numbers and instants."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from decision766.reporting.cells import fixed, number
from decision766.reporting.wording import Words

Lang = Literal["vi", "en"]

RECONCILIATION: dict[str, Words] = {
    "equal": ("khớp", "equal"),
    "within_tolerance": ("chênh trong mức cho phép", "within tolerance"),
    "different": ("khác", "different"),
    "published_only": ("chỉ có số công bố", "published only"),
    "computed_only": ("chưa công bố", "not published"),
}
STATUSES: dict[str, Words] = {
    "scored": ("đã tính", "scored"),
    "inherited": ("số của tỉnh, bộ; dùng chung", "figure of the province or ministry"),
    "constant": ("hằng số của Cổng", "the portal's constant"),
    "not_applicable": ("không áp dụng", "not applicable"),
    "null": ("không có số", "no figure"),
}
LATENESS: dict[str, Words] = {
    "late": ("quá hạn", "late"),
    "due_soon": ("sắp đến hạn", "due soon"),
    "waiting": ("chờ người nộp bổ sung", "waiting for the applicant"),
}
DECISIONS: dict[str, Words] = {
    "accepted": ("chấp nhận", "accepted"),
    "rejected": ("không chấp nhận", "rejected"),
}
ENTRY_KINDS: dict[str, Words] = {
    "publication": ("công bố", "publication"),
    "sign_off": ("ký xác nhận", "sign-off"),
    "contest": ("khiếu nại", "contest"),
    "resolution": ("giải quyết khiếu nại", "resolution"),
    "report": ("báo cáo", "report"),
}
SEVERITIES: dict[str, Words] = {
    "block": ("chặn", "blocks"),
    "quarantine": ("cách ly", "sets aside"),
    "warn": ("cảnh báo", "warns"),
}
REFUSALS: dict[str, Words] = {
    "origin": ("Yêu cầu không đến từ trang này.", "The request does not come from this page."),
    "nobody": ("Chưa biết ai đang ký.", "Nobody is known here by name."),
    "role": ("Tài khoản không có vai trò thanh tra, kiểm toán.", "The account is no auditor."),
    "token": ("Biểu mẫu không hợp lệ; hãy mở lại trang.", "The form is not ours; open the page again."),
    "stale": (
        "Sổ cái đã có mục mới từ khi mở trang, hoặc biểu mẫu đã quá một giờ: hãy xem lại rồi ký.",
        "The ledger went on since the page was opened, or an hour has passed: look again, then sign.",
    ),
}
READINGS: dict[str, Words] = {
    "loaded": ("đã đọc", "loaded"),
    "unchanged": ("không có thay đổi", "unchanged"),
    "failed": ("lỗi", "failed"),
    "blocked": ("bị chặn do quy tắc nghiêm trọng", "blocked by a critical rule"),
    "postponed": ("hoãn", "postponed"),
    "empty": ("không có bản ghi", "empty"),
}
ORIGINS: dict[str, Words] = {
    "synthetic": ("dữ liệu mô phỏng, không phải số liệu thật", "synthetic data, not real figures"),
    "recorded": ("số liệu công bố đã ghi lại", "recorded figures of the portal"),
    "live": ("dữ liệu thật", "live data"),
}
BOUNDARIES: dict[str, Words] = {
    "as_was": ("theo địa giới tại thời điểm đó", "units as they were then"),
    "as_is": ("theo địa giới hiện nay", "restated to today's units"),
}
GRAINS: dict[str, Words] = {
    "month": ("tháng", "month"),
    "quarter": ("quý", "quarter"),
    "year": ("năm", "year"),
}
UNIT_KINDS: dict[str, Words] = {
    "ministry": ("Bộ, ngành", "Ministries"),
    "province": ("Tỉnh, thành phố", "Provinces and cities"),
    "department": ("Sở, ngành", "Departments"),
    "district": ("Cấp huyện", "Districts"),
    "commune": ("Cấp xã", "Communes"),
    "other": ("Đơn vị khác", "Other units"),
}


@dataclass(frozen=True)
class Speech:
    """One language: its words, numbers and instants. Null is a dash, never 0."""

    lang: Lang

    @property
    def english(self) -> bool:
        """Whether it is English."""
        return self.lang == "en"

    def __call__(self, vietnamese: str, english: str) -> str:
        """Choose one of two expressions."""
        return english if self.english else vietnamese

    def of(self, table: dict[str, Words], code: str | None) -> str:
        """The words of a code; the code itself where it has none."""
        words = table.get(code or "")
        return (code or "") if words is None else words[self.english]

    def field(self, row: Mapping[str, Any], name: str) -> str:
        """The column of a row in this language: name_vi or name_en."""
        value = row[f"{name}_{self.lang}"]
        return str(value) if value is not None else ""

    def fixed(self, value: Any, decimals: int = 2) -> str:
        """A score or percentage: always so many decimals."""
        if value is None:
            return "–"
        if self.english:
            return f"{value:,.{decimals}f}"
        return fixed(Decimal(str(value)) if isinstance(value, float) else value, decimals)

    def number(self, value: Decimal | float | None, decimals: int = 2) -> str:
        """A count or quantity; trailing zeros dropped."""
        if value is None:
            return "–"
        vietnamese = number(value, decimals=decimals)
        return vietnamese.translate(str.maketrans(",.", ".,")) if self.english else vietnamese

    def change(self, value: Decimal | float | None) -> str:
        """A difference with its sign and a word-free arrow, so that colour is not needed."""
        if value is None:
            return "–"
        if value == 0:
            return "= 0"
        return f"{'▲ +' if value > 0 else '▼ −'}{self.fixed(abs(value))}"

    def instant(self, value: dt.datetime | None) -> str:
        """A local instant to the minute; the day alone where it is a day's beginning."""
        if value is None:
            return "–"
        day = f"{value:%Y-%m-%d}" if self.english else f"{value:%d/%m/%Y}"
        return day if (value.hour, value.minute) == (0, 0) else f"{day} {value:%H:%M}"

    def day(self, value: dt.date | None) -> str:
        """A local date; no end is dots."""
        if value is None:
            return "…"
        return f"{value:%Y-%m-%d}" if self.english else f"{value:%d/%m/%Y}"

    def ago(self, seconds: float | None) -> str:
        """A span of time in its largest two units."""
        if seconds is None:
            return "–"
        minutes = int(seconds) // 60
        days, hours = minutes // 1440, minutes % 1440 // 60
        names = ("d", "h", "min") if self.english else (" ngày", " giờ", " phút")
        if days:
            return f"{days}{names[0]} {hours}{names[1]}"
        return f"{hours}{names[1]} {minutes % 60}{names[2]}" if hours else f"{minutes}{names[2]}"

    def period(self, code: str) -> str:
        """A period's code in words: Tháng 8/2026, Quý III/2026, Năm 2026."""
        year, _, part = code.partition("-")
        if not part:
            return self(f"Năm {year}", year)
        if part.startswith("Q"):
            roman = ("I", "II", "III", "IV")[int(part[1:]) - 1]
            return self(f"Quý {roman}/{year}", f"{part} {year}")
        if part.startswith("W"):
            return self(f"Tuần {part[1:]}/{year}", f"week {part[1:]}, {year}")
        months = "January February March April May June July August September October November December"
        return self(f"Tháng {int(part)}/{year}", f"{months.split()[int(part) - 1]} {year}")
