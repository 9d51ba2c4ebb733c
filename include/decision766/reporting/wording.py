"""Codes of the marts in words: Vietnamese, with English beside or alone."""

from dataclasses import dataclass

from rich.text import Text

Words = tuple[str, str]  # Vietnamese, English

STATUS_REASONS: dict[str, Words] = {
    "no_source": ("không có nguồn dữ liệu", "no source"),
    "zero_denominator": ("mẫu số bằng 0", "the denominator is 0"),
    "no_denominator": ("không có mẫu số", "no denominator"),
    "by_procedure_only": ("chỉ tính theo từng thủ tục", "by procedure only"),
    "portal_constant": ("hằng số của Cổng", "the portal's constant"),
    "not_scored": ("không chấm điểm", "not scored"),
}
COVERAGE: dict[str, Words] = {
    "complete": ("đủ nguồn", "every source is there"),
    "partial": ("thiếu một phần nguồn", "some sources are missing"),
    "stale": ("có nguồn chậm", "a source is stale: its last reading failed"),
    "missing": ("thiếu nguồn", "sources are missing"),
    "published_only": ("chỉ có số Cổng công bố", "as published only"),
}
CASE_KINDS: dict[str, Words] = {
    "dossier": ("hồ sơ", "dossiers"),
    "procedure": ("thủ tục", "procedures"),
    "service": ("dịch vụ", "services"),
    "petition": ("phản ánh, kiến nghị", "petitions"),
    "commune": ("xã", "communes"),
    "total": ("tổng số", "totals"),
}
UNIT_TYPES: dict[str, Words] = {
    "ministry": ("bộ, ngành", "ministry"),
    "province": ("cấp tỉnh", "province"),
    "department": ("sở, ngành", "department"),
    "district": ("cấp huyện", "district"),
    "commune": ("cấp xã", "commune"),
    "other": ("đơn vị khác", "other unit"),
}
BOUNDARIES: dict[str, Words] = {
    "as_was": ("đơn vị như tại ngày đầu kỳ", "the unit as it stood"),
    "as_is": (
        "đơn vị hiện nay, tính cả hồ sơ của các đơn vị trước khi sắp xếp",
        "today's unit, its predecessors' records included",
    ),
}
TIME_UNITS: dict[str, Words] = {
    "working_day": ("ngày làm việc", "working days"),
    "day": ("ngày", "days"),
    "hour": ("giờ", "hours"),
    "month": ("tháng", "months"),
}
TOTALS: dict[str, Words] = {
    "national_report": ("Báo cáo quốc gia", "the national report"),
    "portal": ("Cổng Dịch vụ công quốc gia", "the national portal"),
    "last_year": ("Báo cáo quốc gia, cả năm trước", "the national report, all of last year"),
}
ORIGINS: dict[str, Words] = {
    "synthetic": ("DỮ LIỆU MÔ PHỎNG", "SYNTHETIC DATA, not a real agency's figures"),
    "recorded": ("SỐ LIỆU ĐÃ GHI LẠI", "RECORDED DATA, as the national portal published it"),
}
EFFECTS: dict[str, tuple[str, str]] = {  # sign, colour
    "counted": ("✓", "green"),
    "base": ("=", "cyan"),
    "not_counted": ("✗", "red"),
    "outside": ("–", "dim"),
}


@dataclass(frozen=True)
class Language:
    """How to say things: Vietnamese with English beside it, or English alone."""

    english: bool = False

    def say(self, vietnamese: str, english: str) -> Text:
        """Both languages on one line, English dimmed; or English alone."""
        if self.english:
            return Text(english)
        return Text.assemble(vietnamese, (f" · {english}", "dim"))

    def lines(self, vietnamese: str, english: str) -> Text:
        """As `say`, English on a line of its own."""
        if self.english:
            return Text(english)
        return Text.assemble(vietnamese, (f"\n{english}", "dim"))

    def word(self, words: Words | None, code: str = "") -> str:
        """One short expression; the code itself where no words are known."""
        if words is None:
            return code
        return words[1] if self.english else words[0]

    def of(self, table: dict[str, Words], code: str | None) -> Text:
        """The words of a code in both languages, or the code."""
        words = table.get(code or "", (code or "", code or ""))
        return self.say(*words)
