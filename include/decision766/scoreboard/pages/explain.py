"""Why a number is what it is, and a dossier with every number it touches: reporting.explain as pages."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from decision766.reporting.arithmetic import score_steps
from decision766.reporting.cells import moment, span
from decision766.reporting.dossier_text import CLOCK
from decision766.reporting.explain import (
    DossierTrail,
    Explanation,
    Row,
    explain,
    follow_dossier,
)
from decision766.reporting.lookup import match_period
from decision766.reporting.wording import CASE_KINDS, COVERAGE, EFFECTS, STATUS_REASONS, Language
from decision766.scoreboard import queries as sql
from decision766.scoreboard.page import Page, View, find_periods, named
from decision766.scoreboard.pages.indicator import find_indicator
from decision766.scoreboard.pages.unit import find_unit
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import RECONCILIATION

SHOWN = 50
EXPORTED = 100_000  # cases of one file; above it the command line writes them all


def explain_page(view: View, unit: str, indicator: str, period: str, *, every: bool) -> Page:
    """Build the page. every: list each case (for an export), not only the first ones.

    Raises:
        UnknownUnit, UnknownIndicator, UnknownPeriod: with near matches. NoDataYet: nothing is built.
    """
    periods = find_periods(view, period)
    unit_code = find_unit(view, unit)["unit_code"]
    held = view.rows(sql.HELD, unit=unit_code, boundary=view.to.boundary)
    key = match_period(named(held), periods.chosen.code)
    found = explain(
        view.connection,
        unit_code,
        find_indicator(view, indicator),
        key,
        cases=EXPORTED if every else SHOWN,
        boundary=view.to.boundary,
    )
    heading, say = found.heading, view.say
    code = heading["indicator_code"]
    name = f"{code} {say.field(heading, 'name')}"
    tables = (_reasons(view, found), _cases(view, found), _inputs(view, found), _batches(view, found))
    value = found.value
    return Page(
        template="explain.html.j2",
        section="unit",
        title=f"{say('Vì sao', 'Why')}: {name} · {heading['unit_name']} · {say.period(found.period.code)}",
        address_of=lambda to: to.explain(unit_code, code, found.period.code),
        content={
            "found": found,
            "heading": heading,
            "name": name,
            "steps": _plain(score_steps(found, Language(english=say.english)), say.english),
            "coverage": say.of(COVERAGE, value["coverage"]) if value else "",
            "reason": say.of(STATUS_REASONS, value["status_reason"]) if value else "",
            "compared": say.of(RECONCILIATION, found.published["status"]) if found.published else "",
            "case_words": say.of(CASE_KINDS, heading["case_kind"]),
        },
        tables={table.name: table for table in tables},
        origins=(value["data_origin"] if value else "recorded",),
        period=found.period,
        periods=periods.all,
        boundaries=periods.boundaries,
        picker={"page": "explain", "unit": unit_code, "indicator": code},
    )


def dossier_page(view: View, dossier: str) -> Page:
    """Build the page.

    Raises:
        UnknownDossier: with near matches.
    """
    trail = follow_dossier(view.connection, dossier)
    tables = (_touched(view, trail), _records(view, trail))
    return Page(
        template="dossier.html.j2",
        section="unit",
        title=f"{view.say('Hồ sơ', 'Dossier')} {trail.dossier_code}",
        address_of=lambda to: to.dossier(trail.dossier_code),
        content={"trail": trail, "facts": _facts(view, trail)},
        tables={table.name: table for table in tables},
        origins=(trail.dossier["data_origin"],) if trail.dossier else (),
    )


def _plain(lines: Sequence[Text], english: bool) -> list[str]:
    """Lines of the terminal as text: a Vietnamese page leaves out the English beside it, which is dimmed."""
    return [_undimmed(line) if not english else line.plain for line in lines]


def _undimmed(line: Text) -> str:
    beside = [
        part for part in line.spans if part.style == "dim" and line.plain[part.start :].startswith(" · ")
    ]
    return line.plain[: beside[0].start] if beside else line.plain


def _sign(effect: str | None) -> str:
    return EFFECTS.get(effect or "", ("?", ""))[0]


def _reasons(view: View, found: Explanation) -> Table:
    say = view.say
    rows = []
    for row in found.reasons:
        least = span(row["least_late_seconds"], row["least_late_working_days"], english=say.english)
        most = span(row["most_late_seconds"], row["most_late_working_days"], english=say.english)
        late = most if least == most else f"{least} – {most}"
        words = say.field(row, "name") or row["reason_code"]
        rows.append({**row, "sign": _sign(row["effect"]), "words": words, "late": late})
    columns = [
        Column("sign", say("Tính", "Counts"), "code"),
        Column("words", say("Vì sao", "Why")),
        Column("cases", say("Số trường hợp", "Cases"), "number"),
        Column("numerator", say("Vào tử số", "In numerator"), "number"),
        Column("denominator", say("Vào mẫu số", "In denominator"), "number"),
        Column("late", say("Trễ", "Late by")),
    ]
    note = say(
        "✓ tính · ✗ chỉ vào mẫu số · – ngoài chỉ số · = mẫu số do nơi khác nêu",
        "✓ counted · ✗ in the denominator only · – outside · = a denominator stated by others",
    )
    caption = say("Tính và không tính", "What counts, and why")
    return Table("reasons", caption, columns, rows, "words", notes=(note,))


def _cases(view: View, found: Explanation) -> Table:
    say = view.say
    rows = [_case(view, row) for row in found.cases]
    columns = [
        Column("sign", say("Tính", "Counts"), "code"),
        Column("case_code", say("Mã", "Code"), "code", link=lambda row: row["link"]),
        Column("procedure", say("Thủ tục", "Procedure"), "name", is_vietnamese=True),
        Column("words", say("Vì sao", "Why")),
        Column("late", say("Trễ", "Late by")),
        Column("due", say("Hạn", "Due"), "code"),
        Column("place", say("Dòng dữ liệu nguồn", "Source line"), "code"),
    ]
    shown = min(len(rows), SHOWN)
    caption = say(
        f"{say.number(shown)} trên {say.number(found.case_count)} trường hợp, không tính trước",
        f"{say.number(shown)} of {say.number(found.case_count)} cases, those not counted first",
    )
    empty = say("Không có trường hợp nào.", "There are no cases.")
    return Table("cases", caption, columns, rows, "case_code", shown=SHOWN, empty=empty)


def _case(view: View, row: Row) -> dict[str, Any]:
    say = view.say
    return {
        **row,
        "sign": _sign(row["effect"]),
        "link": view.to.dossier(row["case_code"]) if row["case_kind"] == "dossier" else None,
        "procedure": row["procedure_name"] or row["procedure_code"],
        "words": (row["reason_en"] if say.english else row["reason_vi"]) or row["reason_code"],
        "late": span(row["late_by_seconds"], row["late_by_working_days"], english=say.english),
        "due": moment(row["due_at"]),
        "place": _place(view, row),
    }


def _place(view: View, row: Row) -> str:
    if not row["source_id"]:
        return ""
    return f"{row['source_id']}, {view.say('dòng', 'line')} {row['source_line']}"


def _inputs(view: View, found: Explanation) -> Table:
    say = view.say
    rows = [
        {
            **row,
            "name": row["name_en" if say.english else "name_vi"] or row["entity"],
            "from": ", ".join(row["sources"] or ()) or say("không có nguồn", "no source"),
        }
        for row in found.inputs
    ]
    columns = [
        Column("name", say("Loại bản ghi", "Kind of record")),
        Column("from", say("Nguồn", "Source")),
        Column("rows_new", say("Dòng", "Rows"), "number"),
        Column("batches", say("Lô", "Batches"), "number"),
    ]
    return Table("inputs", say("Dữ liệu đầu vào", "Inputs"), columns, rows, "name")


def _batches(view: View, found: Explanation) -> Table:
    say = view.say
    rows = [{**row, "checked": _verdict(view, row), "batch": row["batch_id"][:8]} for row in found.batches]
    columns = [
        Column("batch", say("Lô", "Batch"), "code"),
        Column("source_id", say("Nguồn", "Source"), "code"),
        Column("cases", say("Trường hợp", "Cases"), "number"),
        Column("loaded_at", say("Nạp lúc", "Loaded at"), "instant"),
        Column("checked", say("Kiểm tra", "Validation")),
    ]
    return Table("batches", say("Các lô dữ liệu", "Batches"), columns, rows, "batch")


def _verdict(view: View, row: Row) -> str:
    if row["validation_run_id"] is None:
        return view.say("chưa chạy", "not run")
    run = row["validation_run_id"][:8]
    if row["is_valid"]:
        return f"{view.say('đạt', 'passed')} ({run})"
    held = view.say.number(row["rows_quarantined"])
    return f"{view.say(f'cách ly {held}', f'{held} held')} ({run})"


def _facts(view: View, trail: DossierTrail) -> list[tuple[str, str, bool]]:
    """Name, value, and whether the value is Vietnamese text."""
    row, say = trail.dossier, view.say
    if row is None:
        return []
    named = [
        (say("Đơn vị", "Unit"), f"{row['unit_name'] or ''} ({row['unit_code']})", True),
        (say("Thủ tục", "Procedure"), f"{row['procedure_code']} {row['procedure_name'] or ''}", True),
        (say("Trạng thái", "Status"), say.field(row, "status") or str(row["status"]), False),
    ]
    clock = [
        (say(vietnamese, english), moment(row[name]), False)
        for name, vietnamese, english in CLOCK
        if row[name] is not None
    ]
    late = span(row["late_by_seconds"], None, english=say.english)
    clock += [(say("quá hạn", "late by"), late, False)] if late else []
    judged = (say("xét lúc", "judged at"), moment(row["evaluated_at"]), False)
    return [(name[0].upper() + name[1:], value, own) for name, value, own in (*named, *clock, judged)]


def _touched(view: View, trail: DossierTrail) -> Table:
    say = view.say
    rows = [
        {
            **row,
            "name": f"{row['indicator_code']} {say.field(row, 'name')}",
            "period": say.period(row["period_code"]),
            "sign": _sign(row["effect"]),
            "words": (row["reason_en"] if say.english else row["reason_vi"]) or row["reason_code"],
            "late": span(row["late_by_seconds"], row["late_by_working_days"], english=say.english),
        }
        for row in trail.touched
    ]

    def explain(row: Row) -> str:
        return view.to.explain(row["unit_code"], row["indicator_code"], row["period_code"])

    columns = [
        Column("name", say("Chỉ số", "Indicator"), link=explain),
        Column("unit_name", say("Đơn vị", "Unit"), is_vietnamese=True),
        Column("period", say("Kỳ", "Period")),
        Column("sign", say("Tính", "Counts"), "code"),
        Column("words", say("Vì sao", "Why")),
        Column("late", say("Trễ", "Late by")),
    ]
    empty = say("Hồ sơ không vào chỉ số nào.", "The dossier touches no indicator.")
    return Table(
        "touched", say("Các con số nó góp vào", "Numbers it touches"), columns, rows, "name", empty=empty
    )


def _records(view: View, trail: DossierTrail) -> Table:
    say = view.say
    rows = [
        {
            **row,
            "name": row["name_en" if say.english else "name_vi"] or row["entity"],
            "known": moment(row["known_at"]),
            "place": _place(view, row),
            "held": (row["held_en"] if say.english else row["held_vi"]) or "",
        }
        for row in trail.records
    ]
    columns = [
        Column("name", say("Bản ghi", "Record")),
        Column("known", say("Thời điểm", "At"), "code"),
        Column("place", say("Dòng dữ liệu nguồn", "Source line"), "code"),
        Column("held", say("Cách ly vì", "Held because")),
    ]
    return Table("records", say("Các bản ghi", "Its records"), columns, rows, "name")
