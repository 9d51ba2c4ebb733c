"""What an office has to do: late and soon-late dossiers, idle services, its rows in quarantine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from decision766.quarantine.succession import successors_by_entity
from decision766.scoreboard import work_queries as sql
from decision766.scoreboard.page import NoDataYet, Page, View
from decision766.scoreboard.pages.unit import above, find_unit
from decision766.scoreboard.queries import LATEST_EVALUATION, Row
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import LATENESS

LISTS = ("late", "idle", "held")
PER_PAGE = 50
EXPORTED = 100_000  # rows of one file
PROCEDURES = 200  # of the picker, those with most rows
WINDOWS = "due-"  # kind «due-3»: due within three working days
IDLE = "months-"  # kind «months-6»: no online dossier in six months or more


@dataclass(frozen=True)
class Choice:
    """One value of a picker: its code, words, and how many rows it has (None: not counted)."""

    code: str
    words: str
    rows: int | None


@dataclass(frozen=True)
class Listing:
    """One of the three lists as it was asked for. rows: those of the page, or all of them for a file."""

    total: int
    found: int
    rows: Sequence[Row]
    kinds: Sequence[Choice]
    procedures: Sequence[Choice]
    columns: Sequence[Column]
    caption: str
    head: str


@dataclass(frozen=True)
class Asked:
    """What of which list: kind and procedure may be left out; page counts from 1."""

    unit: Row
    units: Sequence[str]
    kind: str
    procedure: str
    page: int
    every: bool

    @property
    def values(self) -> dict[str, Any]:
        """Bound values that every list needs."""
        return {
            "unit": self.unit["unit_code"],
            "units": self.units,
            "procedure": self.procedure or None,
            "limit": EXPORTED if self.every else PER_PAGE,
            "offset": 0 if self.every else (self.page - 1) * PER_PAGE,
        }


def work_page(
    view: View,
    unit: str,
    shown: str,
    *,
    kind: str = "",
    procedure: str = "",
    page: int = 1,
    every: bool = False,
) -> Page:
    """Build the page. shown: which list. every: all rows, for a file.

    Raises:
        UnknownUnit: with near matches. NoDataYet: nothing is built.
    """
    latest = view.first(LATEST_EVALUATION)
    if latest is None or latest["evaluated"] is None:
        raise NoDataYet
    found = find_unit(view, unit)
    asked = Asked(found, below(view, found["unit_code"]), kind, procedure, page, every)
    listing = _LISTINGS[shown](view, asked)
    say, code = view.say, found["unit_code"]
    pages = max(1, -(-listing.found // PER_PAGE))
    chosen = {"list": shown if shown != LISTS[0] else "", "kind": kind, "procedure": procedure}
    query = {name: value for name, value in chosen.items() if value}
    numbered = {**query, "page": str(page)} if page > 1 else query
    table = Table(
        shown,
        listing.caption,
        listing.columns,
        listing.rows,
        listing.head,
        shown=PER_PAGE,
        empty=_empty(view, page),
    )
    return Page(
        template="work.html.j2",
        section="work",
        title=f"{say('Việc cần làm', 'Work list')} · {found['unit_name']}",
        address_of=lambda to: to.work(code, **numbered),
        content={
            "unit": found,
            "above": above(view, found),
            "below": [row for row in view.units.values() if row["parent_code"] == code],
            "shown": shown,
            "lists": _tabs(view, code),
            "listing": listing,
            "kind": kind,
            "procedure": procedure,
            "number": page,
            "pages": pages,
            "page_address": lambda number: view.to.work(
                code, **({**query, "page": str(number)} if number > 1 else query)
            ),
            "evaluated": _judged(listing.rows) or latest["evaluated"],
        },
        tables={shown: table},
        origins=sorted({row["data_origin"] for row in listing.rows if row["data_origin"]}),
    )


def below(view: View, unit: str) -> list[str]:
    """Codes of the unit and of every unit below it, as the tree is now."""
    children: dict[str, list[str]] = {}
    for row in view.units.values():
        if row["parent_code"]:
            children.setdefault(row["parent_code"], []).append(row["unit_code"])
    found, pending = [], [unit]
    while pending:
        code = pending.pop()
        if code not in found:
            found.append(code)
            pending += children.get(code, [])
    return found


def _judged(rows: Sequence[Row]) -> Any:
    return next((row["evaluated_at"] for row in rows if row.get("evaluated_at")), None)


def _empty(view: View, page: int) -> str:
    if page > 1:
        return view.say("Trang này không có dòng nào.", "There are no rows on this page.")
    return view.say("Không có việc nào trong danh sách này.", "Nothing stands in this list.")


def _tabs(view: View, unit: str) -> list[tuple[str, str, str]]:
    names = {
        "late": view.say("Hồ sơ quá hạn, sắp đến hạn", "Late and soon late"),
        "idle": view.say("Dịch vụ không có hồ sơ", "Idle services"),
        "held": view.say("Dòng đang cách ly", "In quarantine"),
    }
    return [
        (name, words, view.to.work(unit, **({} if name == LISTS[0] else {"list": name})))
        for name, words in names.items()
    ]


def _procedures(rows: Sequence[Row]) -> list[Choice]:
    return [
        Choice(row["procedure_code"], row["procedure_name"] or "", row["rows"])
        for row in rows
        if row["procedure_code"]
    ]


def _unit_column(view: View) -> Column:
    def link(row: Row) -> str | None:
        return view.to.work(row["unit_code"]) if row["unit_code"] in view.units else None

    return Column("unit_name", view.say("Đơn vị", "Unit"), "name", link=link, is_vietnamese=True)


def _named(view: View, row: Row) -> dict[str, Any]:
    known = view.units.get(row["unit_code"] or "")
    return {**row, "unit_name": known["unit_name"] if known else row["unit_code"]}


def _late(view: View, asked: Asked) -> Listing:
    say = view.say
    within = asked.kind.removeprefix(WINDOWS) if asked.kind.startswith(WINDOWS) else ""
    values = asked.values | {
        "lateness": "due_soon" if within else asked.kind or None,
        "within": int(within) if within.isdecimal() else (-1 if within else None),
    }
    counted = view.rows(sql.LATE_KINDS, **values)
    kinds = _late_kinds(view, counted)
    rows = [
        {
            **_named(view, row),
            "state": say.of(LATENESS, row["lateness"]),
            "procedure": row["procedure_name"] or row["procedure_code"],
            "step": say.field(row, "step_name"),
        }
        for row in view.rows(sql.LATE, **values)
    ]
    columns = [
        Column("state", say("Tình trạng", "State"), "word"),
        Column(
            "dossier_code",
            say("Mã hồ sơ", "Dossier"),
            "code",
            link=lambda row: view.to.dossier(row["dossier_code"]),
        ),
        _unit_column(view),
        Column("procedure", say("Thủ tục", "Procedure"), "name", is_vietnamese=True),
        Column("received_at", say("Tiếp nhận", "Received"), "instant"),
        Column("due_at", say("Hạn", "Due"), "instant"),
        Column("working_days_left", say("Ngày làm việc còn lại", "Working days left"), "number"),
        Column("step", say("Đang ở bước", "Stands at"), "name"),
        Column("step_since", say("Ở bước này từ", "There since"), "instant"),
    ]
    return Listing(
        total=sum(row["rows"] for row in counted),
        found=next((kind.rows or 0 for kind in kinds if kind.code == asked.kind), 0)
        if asked.kind
        else sum(row["rows"] for row in counted),
        rows=rows,
        kinds=kinds,
        procedures=_procedures(
            view.rows(sql.LATE_PROCEDURES, **{**values, "procedure": None, "limit": PROCEDURES})
        ),
        columns=columns,
        caption=say("Hồ sơ quá hạn và sắp đến hạn", "Late and soon-late dossiers"),
        head="dossier_code",
    )


def _late_kinds(view: View, counted: Sequence[Row]) -> list[Choice]:
    """Late, due within each window of working days (a wider one holds the narrower), waiting."""
    total: dict[str, int] = {"late": 0, "waiting": 0}
    windows: dict[int, int] = {}
    for row in counted:
        if row["lateness"] == "due_soon":
            windows[row["within_working_days"]] = windows.get(row["within_working_days"], 0) + row["rows"]
        else:
            total[row["lateness"]] += row["rows"]
    due = [
        Choice(
            f"{WINDOWS}{days}",
            view.say(f"đến hạn trong {days} ngày làm việc", f"due within {days} working days"),
            sum(rows for window, rows in windows.items() if window <= days),
        )
        for days in sorted(windows)
    ]
    say = view.say
    return [
        Choice("late", say.of(LATENESS, "late"), total["late"]),
        *due,
        Choice("waiting", say.of(LATENESS, "waiting"), total["waiting"]),
    ]


def _idle(view: View, asked: Asked) -> Listing:
    say = view.say
    values = asked.values | {
        "months": _months(asked.kind),
        "untold": asked.kind == "untold",
    }
    counted = view.rows(sql.IDLE_KINDS, **values)
    steps = sorted({row["idle_months"] for row in counted if row["idle_months"] is not None})
    kinds = [
        Choice(
            f"{IDLE}{step}",
            say(f"từ {step} tháng", f"{step} months or more"),
            sum(row["rows"] for row in counted if (row["idle_months"] or 0) >= step),
        )
        for step in steps
    ]
    untold = sum(row["rows"] for row in counted if row["idle_months"] is None)
    if untold:
        kinds.append(Choice("untold", say("chưa đủ dữ liệu", "records do not reach that far"), untold))
    total = sum(row["rows"] for row in counted)
    rows = [
        {
            **row,
            "procedure": row["procedure_name"] or row["procedure_code"],
            "otherwise": say("có", "yes") if row["has_dossiers_otherwise"] else say("không", "no"),
        }
        for row in view.rows(sql.IDLE, **values)
    ]
    columns = [
        Column("service_code", say("Mã dịch vụ", "Service"), "code"),
        Column("procedure_code", say("Mã thủ tục", "Procedure"), "code"),
        Column("procedure", say("Tên thủ tục", "Its name"), "name", is_vietnamese=True),
        Column("idle_months", say("Không có hồ sơ (tháng)", "Idle (months)"), "number"),
        Column("untold_months", say("Chưa đủ dữ liệu cho (tháng)", "Not told for (months)"), "number"),
        Column("last_online_month", say("Hồ sơ trực tuyến cuối", "Last online dossier"), "code"),
        Column("otherwise", say("Có hồ sơ nộp cách khác", "Filed otherwise")),
    ]
    return Listing(
        total=total,
        found=next((kind.rows or 0 for kind in kinds if kind.code == asked.kind), 0) if asked.kind else total,
        rows=rows,
        kinds=kinds,
        procedures=_procedures(
            view.rows(sql.IDLE_PROCEDURES, **{**values, "procedure": None, "limit": PROCEDURES})
        ),
        columns=columns,
        caption=say("Dịch vụ trực tuyến không phát sinh hồ sơ", "Online services without a dossier"),
        head="service_code",
    )


def _months(kind: str) -> int | None:
    """Least months of a kind; more than any service has been idle where the kind is none."""
    months = kind.removeprefix(IDLE)
    if kind in ("", "untold"):
        return None
    return int(months) if kind != months and months.isdecimal() and len(months) < 4 else 10_000


def _held(view: View, asked: Asked) -> Listing:
    say = view.say
    values = asked.values | {"rule": asked.kind or None}
    counted = view.rows(sql.HELD_KINDS, **values)
    kinds = [
        Choice(row["rule_id"], f"{say.field(row, 'reason')} ({row['rule_id']})", row["rows"])
        for row in counted
    ]
    found = view.rows(sql.HELD, **values)
    newer = successors_by_entity(view.connection, ((row["entity"], row["raw_id"]) for row in found))
    rows = [
        {
            **_named(view, row),
            "record": row["record_key"] or f"{row['entity']} #{row['raw_id']}",
            "why": say.field(row, "reason"),
            "place": f"{row['source_id']}, {say('dòng', 'line')} {row['source_line']}",
            "corrected": say("đã có bản sửa", "its correction has come")
            if (row["entity"], row["raw_id"]) in newer
            else "",
        }
        for row in found
    ]

    def dossier(row: Row) -> str | None:
        return (
            view.to.dossier(row["record_key"]) if row["entity"] == "dossier" and row["record_key"] else None
        )

    columns = [
        Column("quarantine_id", say("Mục", "Entry"), "code"),
        Column("record", say("Bản ghi", "Record"), "code", link=dossier),
        _unit_column(view),
        Column("why", say("Vì sao", "Why"), "name"),
        Column("field", say("Trường", "Field"), "code"),
        Column("place", say("Dòng dữ liệu nguồn", "Source line"), "code"),
        Column("first_seen_at", say("Thấy lần đầu", "First seen"), "instant"),
        Column("corrected", say("Đã sửa", "Corrected")),
    ]
    total = sum(row["rows"] for row in counted)
    return Listing(
        total=total,
        found=next((kind.rows or 0 for kind in kinds if kind.code == asked.kind), 0) if asked.kind else total,
        rows=rows,
        kinds=kinds,
        procedures=[],
        columns=columns,
        caption=say("Dòng dữ liệu đang cách ly", "Rows in quarantine"),
        head="record",
    )


_LISTINGS: dict[str, Callable[[View, Asked], Listing]] = {"late": _late, "idle": _idle, "held": _held}
