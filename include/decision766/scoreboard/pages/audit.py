"""What an auditor looks at: validation runs, quarantine, the ledger, restatements; and signs."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from decision766.ledger.chain import last_entry
from decision766.ledger.check import check_chain
from decision766.ledger.errors import LedgerBroken
from decision766.ledger.heads import open_heads
from decision766.ledger.proofs import noted
from decision766.ledger.statements import validation_run_sha256
from decision766.reporting.lookup import NotFoundInMarts
from decision766.scoreboard import audit_queries as sql
from decision766.scoreboard.identity import Identity
from decision766.scoreboard.page import NoDataYet, Page, View
from decision766.scoreboard.pages.unit import find_unit
from decision766.scoreboard.queries import Row
from decision766.scoreboard.signing import page_key, token_of
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import DECISIONS, ENTRY_KINDS, SEVERITIES
from decision766.settings import Settings

PER_PAGE = 50
EXPORTED = 100_000
ENTRIES = 30
RESTATED = 100


class UnknownRun(NotFoundInMarts):
    """No such validation run."""


def reports_folder(settings: Settings) -> Path:
    """Where the validation reports of this warehouse stand."""
    return settings.reports_root / "validation"


def audit_page(view: View, settings: Settings, *, unit: str = "", page: int = 1, every: bool = False) -> Page:
    """Build the page. unit: whose restatements; all where it is left out. every: all rows, for a file.

    Raises:
        UnknownUnit: with near matches. NoDataYet: nothing was ever validated.
    """
    counted = view.first(sql.RUN_COUNT)
    if counted is None or not counted["runs"]:
        raise NoDataYet
    code = find_unit(view, unit)["unit_code"] if unit else ""
    limit, offset = (EXPORTED, 0) if every else (PER_PAGE, (page - 1) * PER_PAGE)
    runs = view.rows(sql.RUNS, run=None, limit=limit, offset=offset)
    tables = (
        _runs(view, settings, runs),
        _held(view, view.rows(sql.HELD_BY_RULE)),
        _entries(view, view.rows(sql.ENTRIES, limit=EXPORTED if every else ENTRIES)),
        _restated(view, view.rows(sql.RESTATED, unit=code or None, limit=EXPORTED if every else RESTATED)),
    )
    query = {"unit": code} if code else {}
    numbered = {**query, "page": str(page)} if page > 1 else query
    held, broke = noted(settings)
    return Page(
        template="audit.html.j2",
        section="audit",
        title=view.say("Kiểm toán", "Audit"),
        address_of=lambda to: to.audit(**numbered),
        content={
            "counted": counted,
            "chain": _chain(view, settings),
            "held": held,
            "broke": broke,
            "instant": lambda at: view.say.instant(dt.datetime.fromisoformat(at)),
            "unit": code,
            "number": page,
            "pages": max(1, -(-counted["runs"] // PER_PAGE)),
            "page_address": lambda number: view.to.audit(
                **({**query, "page": str(number)} if number > 1 else query)
            ),
        },
        tables={table.name: table for table in tables},
        origins=sorted({row["data_origin"] for row in runs}),
    )


def run_page(view: View, settings: Settings, who: Identity | None, run: str, *, refusal: str = "") -> Page:
    """One validation run: its rules, the verdicts on it, and the form of who may sign.

    Raises:
        UnknownRun: no run has this id.
    """
    found = view.rows(sql.RUNS, run=run.lower(), limit=1, offset=0)
    if not found:
        raise UnknownRun("validation run", run, [], "")
    row, say = dict(found[0]), view.say
    newest = last_entry(view.connection)
    head = newest.entry_no if newest else 0
    results = validation_run_sha256(view.connection, row["run_id"]) or ""
    may_sign = who is not None and who.may_sign
    token = token_of(page_key(settings), who, row["run_id"], results, head) if who and may_sign else ""
    signed = view.rows(sql.SIGNED, runs=[row["run_id"]])
    tables = (_rules(view, view.rows(sql.RUN_RULES, run=row["run_id"])), _verdicts(view, signed))
    return Page(
        template="run.html.j2",
        section="audit",
        title=f"{say('Lần kiểm tra', 'Validation run')} {row['suite']}, {say.instant(row['finished_at'])}",
        address_of=lambda to: to.validation_run(row["run_id"]),
        content={
            "run": row,
            "report": _report(view, settings, row),
            "results": results,
            "who": who,
            "may_sign": may_sign,
            "token": token,
            "decisions": DECISIONS,
            "refusal": refusal,
            "newest": signed[0] if signed else None,
        },
        tables={table.name: table for table in tables},
        origins=(row["data_origin"],),
    )


def _chain(view: View, settings: Settings) -> tuple[bool, str]:
    """Whether entries and heads hold now, and the first broken link in words; rows are for `verify`."""
    try:
        last, _ = check_chain(view.connection, open_heads(settings))
    except LedgerBroken as broken:
        return False, broken.message
    except OSError as error:
        why = view.say("không đọc được đầu chuỗi lưu bên ngoài", "the heads outside cannot be read")
        return False, f"{why}: {type(error).__name__}"
    if last is None:
        return True, view.say("chưa công bố lần nào", "nothing was published yet")
    return True, f"{last.entry_no}:{last.hash_hex}"


def _report(view: View, settings: Settings, run: Row) -> str | None:
    path = f"runs/{run['month']}/{run['run_id']}.html"
    return view.to.report_file(path) if (reports_folder(settings) / path).is_file() else None


def _runs(view: View, settings: Settings, rows: Sequence[Row]) -> Table:
    say = view.say
    newest: dict[str, Row] = {}
    for verdict in view.rows(sql.SIGNED, runs=[row["run_id"] for row in rows]):
        newest.setdefault(verdict["run_id"], verdict)
    lines: list[dict[str, Any]] = []
    for row in rows:
        signed = newest.get(row["run_id"])
        lines.append(
            {
                **row,
                "run": row["run_id"][:8],
                "outcome": say("đạt", "passed") if row["success"] else say("không đạt", "failed"),
                "signed": f"{say.of(DECISIONS, signed['decision'])}, {signed['signed_by']}" if signed else "",
                "report": say("báo cáo", "report") if _report(view, settings, row) else None,
            }
        )
    columns = [
        Column("run", say("Lần chạy", "Run"), "code", link=lambda row: view.to.validation_run(row["run_id"])),
        Column("suite", say("Loại bản ghi", "Kind of record"), "code"),
        Column("source_id", say("Nguồn", "Source"), "code"),
        Column("finished_at", say("Lúc", "At"), "instant"),
        Column("outcome", say("Kết quả", "Outcome")),
        Column("rows_evaluated", say("Số dòng", "Rows"), "number"),
        Column("rows_quarantined", say("Cách ly", "Set aside"), "number"),
        Column("signed", say("Ký xác nhận", "Signed")),
        Column("report", say("Báo cáo", "Report"), link=lambda row: _report(view, settings, row)),
    ]
    return Table("runs", say("Các lần kiểm tra dữ liệu", "Validation runs"), columns, lines, "run")


def _rules(view: View, rows: Sequence[Row]) -> Table:
    say = view.say
    lines = [
        {
            **row,
            "outcome": say("✓ đạt", "✓ passed") if row["success"] else say("✗ không đạt", "✗ failed"),
            "weight": say.of(SEVERITIES, row["severity"]),
            "rule": f"{row['rule_id']} v{row['rule_version']}",
        }
        for row in rows
    ]
    columns = [
        Column("outcome", say("Kết quả", "Outcome"), "word"),
        Column("rule", say("Quy tắc", "Rule"), "code"),
        Column("weight", say("Mức", "Severity")),
        Column("evaluated_count", say("Đã xét", "Looked at"), "number"),
        Column("unexpected_count", say("Vi phạm", "Failing"), "number"),
        Column("quarantined_count", say("Cách ly", "Set aside"), "number"),
    ]
    return Table("rules", say("Từng quy tắc", "Each rule"), columns, lines, "rule")


def _verdicts(view: View, rows: Sequence[Row]) -> Table:
    say = view.say
    lines = [{**row, "verdict": say.of(DECISIONS, row["decision"])} for row in rows]
    columns = [
        Column("entry_no", say("Mục sổ cái", "Ledger entry"), "number"),
        Column("verdict", say("Ý kiến", "Verdict")),
        Column("signed_by", say("Tài khoản", "Account"), "code"),
        Column("signed_at", say("Lúc", "At"), "instant"),
        Column("comment", say("Ghi chú", "Comment")),
    ]
    empty = say("Chưa ai ký lần kiểm tra này.", "Nobody has signed this run.")
    return Table("verdicts", say("Ký xác nhận", "Sign-off"), columns, lines, "entry_no", empty=empty)


def _held(view: View, rows: Sequence[Row]) -> Table:
    say = view.say
    lines = [{**row, "why": say.field(row, "reason")} for row in rows]
    columns = [
        Column("rule_id", say("Quy tắc", "Rule"), "code"),
        Column("entity", say("Loại bản ghi", "Kind of record"), "code"),
        Column("why", say("Vì sao", "Why")),
        Column("open", say("Đang cách ly", "Open"), "number"),
        Column("replayed", say("Đã cho vào lại", "Let in again"), "number"),
        Column("waived", say("Được miễn", "Waived"), "number"),
        Column("last_seen_at", say("Thấy lần cuối", "Last seen"), "instant"),
    ]
    empty = say("Không có dòng nào bị cách ly.", "Nothing was ever set aside.")
    return Table(
        "quarantine",
        say("Cách ly theo quy tắc", "Quarantine by rule"),
        columns,
        lines,
        "rule_id",
        empty=empty,
    )


def _entries(view: View, rows: Sequence[Row]) -> Table:
    say = view.say
    lines = [
        {
            **row,
            "kind": say.of(ENTRY_KINDS, row["kind"]),
            "hash": row["entry_hash"][:16],
            "what": _what(view, row),
        }
        for row in rows
    ]
    columns = [
        Column("entry_no", say("Mục", "Entry"), "number"),
        Column("recorded_at", say("Ghi lúc", "Recorded"), "instant"),
        Column("kind", say("Loại", "Kind")),
        Column("what", say("Nội dung", "What")),
        Column("hash", say("Mã băm", "Hash"), "code"),
    ]
    return Table("entries", say("Các mục mới nhất", "The newest entries"), columns, lines, "entry_no")


def _what(view: View, row: Row) -> str:
    said, say = row["stated"], view.say
    if row["kind"] == "publication":
        figures, cards = say.number(said["scores"]["count"]), say.number(said["scorecards"]["count"])
        return say(
            f"{figures} số liệu, {cards} bảng điểm thay đổi", f"{figures} figures, {cards} scorecards changed"
        )
    if row["kind"] == "sign_off":
        subject = said["subject"]
        what = subject.get("validation_run_id") or f"{subject['unit_code']} {subject['period_start']}"
        return f"{say.of(DECISIONS, said['decision'])}: {what} ({said['by']})"
    if row["kind"] == "contest":
        figure = said["figure"]
        return f"{figure['unit_code']} {figure['indicator_code']} {figure['period_start']} ({said['by']})"
    if row["kind"] == "report":
        return f"{said['report']} {said['report_key']}, {say('bản', 'version')} {said['version']}"
    return f"{said.get('contest', '')} {said.get('resolution', '')} ({said.get('by', '')})"


def _restated(view: View, rows: Sequence[Row]) -> Table:
    say = view.say
    lines = [
        {
            **row,
            "unit_name": view.units[row["unit_code"]]["unit_name"]
            if row["unit_code"] in view.units
            else row["unit_code"],
            "period": say.period(row["period_code"]) if row["period_code"] else "",
            "from": f"{say.number(row['old_numerator'])} / {say.number(row['old_denominator'])}",
            "to": say("không còn", "removed")
            if row["change"] == "removed"
            else f"{say.number(row['numerator'])} / {say.number(row['denominator'])}",
            "entries": f"{row['old_entry_no']} → {row['entry_no']}",
        }
        for row in rows
    ]

    def explain(row: Row) -> str | None:
        known = row["period_code"] and row["boundary"] == "as_was" and row["change"] != "removed"
        return view.to.explain(row["unit_code"], row["indicator_code"], row["period_code"]) if known else None

    columns = [
        Column("unit_name", say("Đơn vị", "Unit"), "name", is_vietnamese=True),
        Column("indicator_code", say("Chỉ số", "Indicator"), "code", link=explain),
        Column("period", say("Kỳ", "Period")),
        Column("old_score", say("Điểm cũ", "Old score"), "score"),
        Column("score", say("Điểm mới", "New score"), "score"),
        Column("score_difference", say("Chênh", "Difference"), "change"),
        Column("from", say("Tử/mẫu cũ", "Old parts"), "code"),
        Column("to", say("Tử/mẫu mới", "New parts"), "code"),
        Column("entries", say("Mục sổ cái", "Ledger entries"), "code"),
    ]
    empty = say("Chưa có số liệu nào được công bố lại.", "No published figure was restated.")
    return Table("restatements", say("Công bố lại", "Restatements"), columns, lines, "unit_name", empty=empty)
