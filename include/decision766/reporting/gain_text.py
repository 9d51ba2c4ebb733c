"""Draws a gain in the terminal: what the total needs, which cases, and what cannot be put right any more."""

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from decision766.reporting.cells import fixed, moment, number
from decision766.reporting.gain import Gain, Line, Row
from decision766.reporting.wording import ORIGINS, UNIT_TYPES, Language, Words

OBSTACLES: dict[str, Words] = {
    "too_late": ("đã muộn", "too late"),
    "dossier_ended": ("hồ sơ đã kết thúc", "the dossier has ended"),
    "period_over": ("kỳ đã qua", "the period is over"),
    "inherited": ("số liệu của tỉnh", "the province's figure"),
}
LOST_SHOWN = 12


def render_gain(gain: Gain, language: Language, cases: int) -> Group:
    """Return the answer as a Rich renderable; `cases`: how many cases are listed per indicator."""
    parts: list[RenderableType] = [_heading(gain, language), Text(), _verdict(gain, language)]
    taken = [line for line in gain.lines if line.taken]
    if taken:
        parts += [Text(), _table(taken, gain, language)]
        if cases:
            parts.append(Text(*_bold(language, "Việc cần làm", "what to do")))
            parts += [_cases(line, language, cases) for line in taken]
    lost = sorted((row for line in gain.lines for row in line.lost), key=lambda row: -row["cases"])
    if lost:
        parts += [Text(*_bold(language, "Không khắc phục được nữa", "cannot be put right any more"))]
        parts.append(Padding(_lost(lost[:LOST_SHOWN], language), (0, 0, 0, 2)))
    if gain.due_soon and gain.heading["is_provisional"]:
        parts += [Text(), _due_soon(gain.due_soon, language)]
    parts += [Text(), _caveat(language)]
    return Group(*parts)


def _bold(language: Language, vietnamese: str, english: str) -> tuple[str, str]:
    return (f"\n{english}" if language.english else f"\n{vietnamese} · {english}", "bold cyan")


def _heading(gain: Gain, language: Language) -> Panel:
    heading = gain.heading
    unit = Text.assemble((heading["unit_name"], "bold"), f" ({heading['unit_code']}) · ")
    unit.append(language.word(UNIT_TYPES.get(heading["unit_type"]), heading["unit_type"]))
    period = Text.assemble("period " if language.english else "kỳ ", (gain.period.code, "bold cyan"))
    lines = [unit, period]
    if heading["is_provisional"]:
        until = moment(heading["evaluated_at"])
        said = "the period runs, as at" if language.english else "kỳ đang chạy, số liệu đến"
        period.append(f" · {said} {until}", "yellow")
    else:
        over = language.say(
            "kỳ đã qua: chỉ còn bổ sung được bản ghi", "the period is over: only records can be completed"
        )
        over.stylize("yellow")
        lines.append(over)
    if heading["data_origin"] in ORIGINS:
        lines.append(Text(" · ".join(ORIGINS[heading["data_origin"]][language.english :]), "reverse yellow"))
    return Panel(Group(*lines), box=box.ROUNDED, border_style="blue")


def _verdict(gain: Gain, language: Language) -> Text:
    now, wanted = fixed(gain.total), fixed(gain.wanted)
    if gain.is_reached_now:
        return language.say(f"Đã đạt: {now} ≥ {wanted} điểm", f"reached already: {now} of {wanted} points")
    text = Text.assemble((now, "bold"), " → ", (fixed(gain.total_after), "bold green"), "  ")
    cases, things = number(gain.cases), number(gain.things)
    text.append_text(
        language.lines(
            f"điểm: {cases} ca, trên {things} hồ sơ, thủ tục, dịch vụ khác nhau",
            f"points by {cases} cases, of {things} different dossiers, procedures and services",
        )
    )
    if not gain.is_reachable:
        best = fixed(gain.reachable)
        text.append("\n")
        missed = language.say(
            f"Không đạt được {wanted}: khắc phục hết cũng chỉ được {best} điểm",
            f"{wanted} cannot be reached: everything put right gives {best} points",
        )
        missed.stylize("red")
        text.append_text(missed)
    return text


def _table(taken: list[Line], gain: Gain, language: Language) -> Table:
    english = language.english
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column("indicator" if english else "chỉ số", ratio=1)
    titles = ("now", "cases", "of", "then") if english else ("hiện nay", "số ca", "trong số", "sẽ là")
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    for line in taken:
        need = line.need
        table.add_row(
            Text(need["indicator_code"], "cyan"),
            need["name_en"] if english else need["name_vi"],
            fixed(need["score"]),
            Text(f"+{number(line.taken)}", "bold"),
            number(len(line.fixable)),
            Text(fixed(line.score_after), "green"),
        )
    table.add_section()
    table.add_row(
        "", "total" if english else "tổng điểm", fixed(gain.total), f"+{number(gain.cases)}", "",
        Text(fixed(gain.total_after), "bold green"),
    )  # fmt: skip
    return table


def _cases(line: Line, language: Language, shown: int) -> Padding:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for case in line.suggested[:shown]:
        grid.add_row(Text(f"  {case['case_code']}", "bold"), _what(case, language))
    left = line.taken - shown
    if left > 0:
        grid.add_row("  …", f"+{number(left)}")
    title = Text.assemble((f"{line.need['indicator_code']}  ", "cyan"), f"+{number(line.taken)}")
    return Padding(Group(title, grid), (0, 0, 0, 2))


def _what(case: Row, language: Language) -> Text:
    what = Text(case["action_en"] if language.english else case["action_vi"])
    if case["procedure_code"] and case["procedure_code"] != case["case_code"]:
        what.append(f"  {case['procedure_code']}", "dim")
    elif case["procedure_name"]:
        what.append(f"  {case['procedure_name']}", "dim")
    if case["due_at"]:
        what.append(f"  ({'by' if language.english else 'hạn'} {moment(case['due_at'])})", "yellow")
    return what


def _lost(rows: list[Row], language: Language) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        why = language.word(OBSTACLES.get(row["obstacle"]), row["obstacle"])
        reason = row["reason_en"] if language.english else row["reason_vi"]
        grid.add_row(
            Text(row["indicator_code"], "cyan"),
            Text(number(row["cases"]), "red"),
            Text.assemble(reason or row["reason_code"], (f"  {why}", "dim")),
        )
    return grid


def _due_soon(dossiers: int, language: Language) -> Text:
    text = language.lines(
        f"Và giữ điểm 2.1, 5.3: {number(dossiers)} hồ sơ sắp đến hạn (marts.mart_late_dossier)",
        f"And keep 2.1 and 5.3: {number(dossiers)} open dossiers are due soon (marts.mart_late_dossier)",
    )
    text.stylize("yellow")
    return text


def _caveat(language: Language) -> Text:
    text = language.lines(
        "Một ca là thêm một vào tử số, mẫu số giữ nguyên; một hồ sơ thuộc nhiều chỉ số là nhiều ca nên công "
        "sức thật có thể ít hơn. Hồ sơ mới làm đổi mẫu số và không tính ở đây.",
        "A case is one more in the numerator, the denominator as it stands; a dossier under several "
        "indicators is several cases, so the true effort may be less. New dossiers change denominators and "
        "are not counted in.",
    )
    text.stylize("dim")
    return text
