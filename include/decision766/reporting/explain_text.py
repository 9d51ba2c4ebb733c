"""Draws an explanation in the terminal, to be read at 80 columns: Vietnamese first, English beside it."""

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from decision766.reporting.arithmetic import score_steps
from decision766.reporting.cells import fixed, moment, number, span
from decision766.reporting.explain import ALL_PROCEDURES, Explanation, Row
from decision766.reporting.wording import (
    BOUNDARIES,
    CASE_KINDS,
    COVERAGE,
    EFFECTS,
    ORIGINS,
    STATUS_REASONS,
    TIME_UNITS,
    TOTALS,
    UNIT_TYPES,
    Language,
)

BATCHES_SHOWN = 6


def render_explanation(explanation: Explanation, language: Language) -> Group:
    """Return the explanation as a Rich renderable."""
    parts: list[RenderableType] = [
        _heading(explanation, language),
        _titled(language.say("Quy tắc", "the rule"), _rule(explanation, language)),
        _titled(language.say("Con số", "the number"), _number(explanation, language)),
    ]
    if explanation.by_procedure:
        parts.append(
            _titled(language.say("Theo thủ tục", "by procedure"), _procedures(explanation, language))
        )
    if explanation.reasons:
        parts.append(
            _titled(
                language.say("Tính và không tính", "what counts, and why"), _reasons(explanation, language)
            )
        )
    if explanation.cases:
        parts.append(_titled(_cases_title(explanation, language), _cases(explanation, language)))
    parts.append(_titled(language.say("Dựa trên", "what it rests on"), _sources(explanation, language)))
    if explanation.published:
        parts.append(
            _titled(
                language.say("Cổng công bố", "published by the portal"),
                _published(explanation.published, language),
            )
        )
    return Group(*parts)


def _titled(title: Text, content: RenderableType) -> Group:
    title.stylize("bold cyan", 0, len(title))
    return Group(Text(), title, Padding(content, (0, 0, 0, 2)))


def _heading(explanation: Explanation, language: Language) -> Panel:
    heading = explanation.heading
    name = language.lines(heading["name_vi"], heading["name_en"])
    title = Text.assemble((f"{heading['indicator_code']}  ", "bold cyan"))
    title.append_text(name)
    unit = Text.assemble((heading["unit_name"], "bold"), f" ({heading['unit_code']}) · ")
    unit.append(language.word(UNIT_TYPES.get(heading["unit_type"]), heading["unit_type"]))
    period = Text.assemble("period " if language.english else "kỳ ", (explanation.period.code, "bold cyan"))
    if explanation.procedure_code != ALL_PROCEDURES:
        period.append(f" · {'procedure' if language.english else 'thủ tục'} {explanation.procedure_code}")
    lines = [title, unit, period]
    value = explanation.value
    if value:
        judged_on = min(heading["period_end"], value["evaluated_at"].date())
        period.append(f" · as at {judged_on}" if language.english else f" · số liệu đến (as at) {judged_on}")
        if value["is_provisional"]:
            lines.append(Text("provisional" if language.english else "tạm thời · provisional", "yellow"))
        if value["boundary"] != "as_was":
            lines.append(language.lines(*BOUNDARIES[value["boundary"]]))
    origin = value["data_origin"] if value else "recorded"
    if origin in ORIGINS:
        lines.append(Text(" · ".join(ORIGINS[origin][language.english :]), "reverse yellow"))
    return Panel(Group(*lines), box=box.ROUNDED, border_style="blue")


def _grid(rows: Iterable[tuple[RenderableType, RenderableType]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for left, right in rows:
        grid.add_row(left, right)
    return grid


def _rule(explanation: Explanation, language: Language) -> Table:
    heading = explanation.heading
    names = ("out of", "counted", "source") if language.english else ("mẫu số", "tử số", "căn cứ")
    parts = ("denominator", "numerator", "source")
    rows = [
        (name, language.lines(heading[f"{part}_vi"], heading[f"{part}_en"]))
        for name, part in zip(names, parts, strict=True)
    ]
    return _grid(rows)


def _number(explanation: Explanation, language: Language) -> Group:
    value = explanation.value
    if value is None:
        return Group(
            language.say(
                "Không có bản ghi để tính: chỉ có số Cổng công bố", "no records here, published only"
            )
        )
    lines: list[RenderableType] = []
    parts = f"{number(explanation.numerator, decimals=4)} / {number(explanation.denominator, decimals=4)}"
    ratio = value["ratio"] if value["status"] != "constant" else value["observed_ratio"]
    percent = "" if explanation.heading["indicator_code"] == "2.2" else " %"
    if explanation.denominator is not None:
        line = Text.assemble((parts, "bold"), f"  = {fixed(ratio)}{percent}" if ratio is not None else "")
        line.append("    ")
        line.append_text(_rederived(explanation, language))
        lines.append(line)
    lines.extend(score_steps(explanation, language))
    if value["status_reason"]:
        lines.append(language.of(STATUS_REASONS, value["status_reason"]))
    if explanation.is_inherited:
        province = explanation.heading["province_code"]
        lines.append(
            language.lines(
                f"Kế thừa: số liệu của {province}, mọi đơn vị trực thuộc dùng chung, không cộng dồn",
                f"inherited: the figure of {province}, shown by each of its units, never added up",
            )
        )
    lines.append(_coverage(value, explanation.inputs, language))
    return Group(*lines)


def _rederived(explanation: Explanation, language: Language) -> Text:
    if explanation.is_rederived is None:
        return Text()
    if explanation.is_rederived:
        text = language.say("✓ khớp danh sách", "the list gives the same")
        text.stylize("green", 0, 16 if not language.english else len(text))
        return text
    derived = f"{number(explanation.derived_numerator)} / {number(explanation.derived_denominator)}"
    return Text(f"✗ danh sách · the list: {derived}", "bold red")


def _coverage(value: Row, inputs: Iterable[Row], language: Language) -> Text:
    text = Text("coverage: " if language.english else "nguồn dữ liệu: ")
    text.append_text(language.of(COVERAGE, value["coverage"]))
    named = {row["entity"]: (row["name_vi"], row["name_en"]) for row in inputs}
    for codes in (value["missing_inputs"], value["stale_inputs"]):
        words = ", ".join(language.word(named.get(code), code) for code in codes or ())
        if words:
            text.append(f" ({words})", "yellow")
    return text


def _procedures(explanation: Explanation, language: Language) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    english = language.english
    table.add_column("procedure" if english else "thủ tục", no_wrap=True)
    for title in ("dossiers", "mean", "maximum") if english else ("hồ sơ", "trung bình", "tối đa"):
        table.add_column(title, justify="right")
    table.add_column("")
    for row in explanation.by_procedure[:10]:
        table.add_row(
            row["procedure_code"],
            number(row["dossiers"]),
            number(row["mean_time"]),
            number(row["maximum_time"]),
            language.word(TIME_UNITS.get(row["time_unit"]), row["time_unit"] or ""),
        )
    return table


def _reasons(explanation: Explanation, language: Language) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for row in explanation.reasons:
        sign, colour = EFFECTS.get(row["effect"] or "", ("?", "yellow"))
        name = language.lines(row["name_vi"] or row["reason_code"], row["name_en"] or "")
        table.add_row(
            Text(sign, colour), Text(number(row["cases"]), colour), name, _late_range(row, language)
        )
    return table


def _late_range(row: Row, language: Language) -> Text:
    english = language.english
    least = span(row["least_late_seconds"], row["least_late_working_days"], english=english)
    most = span(row["most_late_seconds"], row["most_late_working_days"], english=english)
    if not most:
        return Text()
    return Text(most if least == most else f"{least}\n– {most}", "red")


def _cases_title(explanation: Explanation, language: Language) -> Text:
    shown, every = len(explanation.cases), explanation.case_count
    kind = CASE_KINDS.get(explanation.cases[0]["case_kind"], ("", ""))
    return language.say(
        f"{number(shown)} / {number(every)} {kind[0]}, không tính trước",
        f"{shown} of {every} {kind[1]}, not counted first",
    )


def _cases(explanation: Explanation, language: Language) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in explanation.cases:
        sign, colour = EFFECTS.get(row["effect"] or "", ("?", "yellow"))
        first = _case_name(row, language)
        late = span(row["late_by_seconds"], row["late_by_working_days"], english=language.english)
        reason = row["reason_en"] if language.english else row["reason_vi"]
        second = Text(reason or row["reason_code"], colour)
        if late:
            second.append(f": {late}", "bold red")
        if "time_unit" in (row["detail"] or {}):
            unit = language.word(TIME_UNITS.get(row["detail"]["time_unit"]), row["detail"]["time_unit"])
            second.append(f": {number(row['numerator_part'])} {unit}")
        if row["due_at"]:
            due = "due" if language.english else "hạn"
            second.append(f" ({due} {moment(row['due_at'])})", "dim")
        lines = [first, second]
        if row["object_path"]:
            lines.append(_place(row, language))
        table.add_row(Text(sign, colour), Group(*lines))
    return table


def _case_name(row: Row, language: Language) -> Text:
    """The case's code with what tells it apart: its procedure, or the figure of an outside total."""
    if row["case_kind"] == "total":
        name = language.word(TOTALS.get(row["case_code"]), row["case_code"])
        return Text.assemble((name, "bold"), f"  {number(row['detail']['received_total'])}")
    first = Text.assemble((row["case_code"], "bold"))
    if row["procedure_code"] and row["procedure_code"] != row["case_code"]:
        first.append(f"  {row['procedure_code']}", "dim")
    elif row["procedure_name"]:
        first.append(f"  {row['procedure_name']}", "dim")
    return first


def _place(row: Row, language: Language) -> Text:
    """Where a record lies: object and line; an object's name is its hash, of which the start is enough."""
    folder, _, name = str(row["object_path"]).rpartition("/")
    source_entity = "/".join(folder.split("/")[:2])
    line = "line" if language.english else "dòng"
    return Text(f"{source_entity}/…/{name[:12]}…  {line} {row['source_line']}", "dim")


def _sources(explanation: Explanation, language: Language) -> Group:
    lines: list[RenderableType] = []
    if explanation.batches:
        lines.append(_batches(explanation, language))
    rows: list[tuple[RenderableType, RenderableType]] = []
    for row in explanation.inputs:
        name = language.word((row["name_vi"] or row["entity"], row["name_en"] or row["entity"]))
        if row["batches"]:
            amount = f"{number(row['rows_new'])} {'rows' if language.english else 'dòng'}, {row['batches']} "
            amount += "batches, " if language.english else "lô, "
            rows.append((name, Text(amount + ", ".join(row["sources"]))))
        else:
            rows.append((name, Text("no source" if language.english else "không có nguồn", "yellow")))
    lines.append(_grid(rows))
    for row in explanation.held:
        note = Text.assemble((f"⚠ {number(row['records'])} ", "yellow"))
        note.append("held in quarantine: " if language.english else "bản ghi cách ly: ", "yellow")
        note.append(row["reason_en"] if language.english else row["reason_vi"])
        note.append(f" ({row['rule_id']})", "dim")
        lines.append(note)
    return Group(*lines)


def _batches(explanation: Explanation, language: Language) -> Table:
    english = language.english
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    titles = ("batch", "source", "cases", "checked")
    for title in titles if english else ("lô", "nguồn", "ca", "kiểm tra"):
        table.add_column(title, no_wrap=True, justify="right" if title in ("cases", "ca") else "left")
    for row in explanation.batches[:BATCHES_SHOWN]:
        verdict, colour = _verdict(row, english=english)
        table.add_row(
            row["batch_id"][:8],
            row["source_id"],
            number(row["cases"]),
            Text(f"{verdict} {(row['validation_run_id'] or '')[:8]}", colour),
        )
    left = len(explanation.batches) - BATCHES_SHOWN
    if left > 0:
        table.add_row("…", f"+{left}")
    return table


def _verdict(row: Row, *, english: bool) -> tuple[str, str]:
    if row["validation_run_id"] is None:
        return ("not run" if english else "chưa chạy", "yellow")
    if row["is_valid"]:
        return ("passed" if english else "đạt", "green")
    held = number(row["rows_quarantined"])
    return (f"{held} held" if english else f"cách ly {held}", "yellow")


def _published(row: Row, language: Language) -> Group:
    parts = f"{number(row['published_numerator'])} / {number(row['published_denominator'])}"
    line = Text.assemble((parts, "magenta"), "    ")
    line.append(f"{fixed(row['published_score'])} {'points' if language.english else 'điểm'}", "bold magenta")
    if row["published_captured_at"]:
        line.append(f"   {row['published_captured_at']:%Y-%m-%d %H:%M}", "dim")
    lines: list[RenderableType] = [line]
    if row["status"] == "equal":
        lines.append(Text("agrees" if language.english else "khớp · agrees", "green"))
    elif row["status"] in ("different", "within_tolerance"):
        lines.append(_difference(row, language))
    return Group(*lines)


def _difference(row: Row, language: Language) -> Text:
    def signed(name: str) -> str:
        value = row[name]
        return "–" if value is None else f"{'+' if value > 0 else ''}{number(value)}"

    text = Text("difference " if language.english else "chênh ", "red")
    text.append(f"{signed('numerator_difference')} / {signed('denominator_difference')}", "red")
    text.append(f", {signed('score_difference')} {'points' if language.english else 'điểm'}", "red")
    if row["likely_cause"]:
        text.append(". ")
        text.append_text(language.say(row["likely_cause_vi"], row["likely_cause_en"]))
    return text
