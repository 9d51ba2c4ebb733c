"""How the sources are: when each was last read, how far behind it is, how much came, what failed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from decision766.schedules import schedule_of
from decision766.scoreboard import queries as sql
from decision766.scoreboard.page import NoDataYet, Page, View
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import READINGS
from decision766.settings import Settings

RECENT_DAYS = 30


def pipeline(
    view: View, now: dt.datetime, *, settings: Settings | None = None, airflow: str | None = None
) -> Page:
    """Build the page as it is at `now` (aware).

    settings: how often sources are read. airflow: path below which Airflow shows its runs, for links; None:
    the pages stand alone.

    Raises:
        NoDataYet: no source was ever read.
    """
    days = view.rows(sql.SOURCES)
    if not days:
        raise NoDataYet
    kinds = [_state(view, rows, now) for rows in _grouped(days, "source_id", "entity")]
    runs = {row["source_id"]: row["run_id"] for row in view.rows(sql.LAST_RUNS)}
    sources = [_together(view, rows, now) for rows in _grouped(kinds, "source_id")]
    for source in sources:
        schedule = schedule_of(source["family"], settings)
        source["next_run"] = schedule.after(now)
        source["dag_id"], source["run_id"] = schedule.dag_id, runs.get(source["source_id"])
    return Page(
        template="pipeline.html.j2",
        section="pipeline",
        title=view.say("Dòng dữ liệu", "The pipeline"),
        address_of=lambda to: to.pipeline(),
        content={
            "now": now,
            "days": RECENT_DAYS,
            "failing": sum(row["is_failing"] for row in sources),
            "count": len(sources),
        },
        tables={"sources": _sources(view, sources, airflow), "records": _records(view, kinds)},
        origins=sorted({row["data_origin"] for row in sources}),
    )


def _grouped(rows: Sequence[sql.Row], *keys: str) -> list[list[sql.Row]]:
    groups: dict[tuple[Any, ...], list[sql.Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return list(groups.values())


def _state(view: View, days: Sequence[sql.Row], now: dt.datetime) -> dict[str, Any]:
    """One source and kind of record: the last day says how it is, recent days how much and how often."""
    last = days[-1]
    since = now.date() - dt.timedelta(days=RECENT_DAYS)
    recent = [row for row in days if row["outcome_date"] >= since]
    state = {**last}
    for name in ("attempts", "failures", "rows_received", "rows_new", "bytes"):
        known = [row[name] for row in recent if row[name] is not None]
        state[name] = sum(known) if known else None
    state["is_failing"] = last["last_status"] in ("failed", "blocked")
    state["state"] = view.say.of(READINGS, last["last_status"])
    state["complete"] = last["completeness"] if view.say.english else last["completeness_vi"]
    return state | _lag(view, last["last_success_at"], now)


def _together(view: View, kinds: Sequence[sql.Row], now: dt.datetime) -> dict[str, Any]:
    """One source. It is as late as the kind of record that is latest; never, if one was never read."""
    successes = [row["last_success_at"] for row in kinds]
    source = {name: kinds[0][name] for name in ("source_id", "source_name", "family", "data_origin")}
    for name in ("attempts", "failures", "rows_received", "rows_new", "bytes"):
        known = [row[name] for row in kinds if row[name] is not None]
        source[name] = sum(known) if known else None
    failing = [row["entity"] for row in kinds if row["is_failing"]]
    source["is_failing"] = bool(failing)
    ok, bad = view.say("✓ đọc được", "✓ read"), view.say("✗ lỗi", "✗ failing")
    source["state"] = f"{bad}: {', '.join(failing)}" if failing else ok
    source["covers"] = ", ".join(kinds[0]["covers"] or ())
    oldest = None if None in successes else min(successes)
    return source | {"last_success_at": oldest} | _lag(view, oldest, now)


def _lag(view: View, at: dt.datetime | None, now: dt.datetime) -> dict[str, Any]:
    if at is None:
        return {"lag": view.say("chưa bao giờ", "never")}
    return {"lag": view.say.ago((now - at).total_seconds())}


def _volumes(view: View) -> list[Column]:
    say = view.say
    return [
        Column("last_success_at", say("Đọc được lần cuối", "Last success"), "instant"),
        Column("lag", say("Cách đây", "Ago"), "code"),
        Column("attempts", say("Lượt đọc", "Readings"), "number"),
        Column("failures", say("Lượt lỗi", "Failures"), "number"),
        Column("rows_received", say("Dòng nhận", "Rows received"), "number"),
        Column("rows_new", say("Dòng mới", "New rows"), "number"),
        Column("bytes", say("Byte", "Bytes"), "number"),
    ]


def _sources(view: View, rows: Sequence[sql.Row], airflow: str | None) -> Table:
    say = view.say

    def run_of(row: sql.Row) -> str | None:
        if airflow is None or not row["run_id"]:
            return None
        return f"{airflow}/dags/{row['dag_id']}/runs/{quote(row['run_id'], safe='')}"

    columns = [
        Column("source_id", say("Mã nguồn", "Source"), "code"),
        Column("source_name", say("Tên", "Name"), "name", is_vietnamese=True),
        Column("state", say("Tình trạng", "State")),
        *_volumes(view),
        Column("next_run", say("Lần đọc tới", "Next run"), "instant"),
        Column("run_id", say("Lượt chạy cuối", "Last run"), "code", link=run_of),
        Column("covers", say("Đơn vị", "Covers"), "code"),
        Column("family", say("Giao tiếp", "Interface"), "code"),
    ]
    caption = say(f"Nguồn dữ liệu, {RECENT_DAYS} ngày qua", f"Sources, the last {RECENT_DAYS} days")
    return Table("sources", caption, columns, rows, "source_id")


def _records(view: View, rows: Sequence[sql.Row]) -> Table:
    say = view.say
    columns = [
        Column("source_id", say("Mã nguồn", "Source"), "code"),
        Column("entity", say("Loại bản ghi", "Kind of record"), "code"),
        Column("state", say("Lần đọc cuối", "Last reading")),
        *_volumes(view),
        Column("complete", say("So với số báo trước", "Against what was announced")),
        Column("last_error", say("Lỗi cuối", "Last error")),
    ]
    caption = say("Từng loại bản ghi", "Each kind of record")
    return Table("records", caption, columns, rows, "entity")
