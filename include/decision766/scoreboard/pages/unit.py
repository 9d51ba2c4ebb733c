"""One unit and period: total and band, groups, the 22 indicators, its course, the units below it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from decision766.reporting.lookup import UnknownPeriod, match_unit
from decision766.reporting.wording import COVERAGE, STATUS_REASONS
from decision766.scoreboard import charts
from decision766.scoreboard import queries as sql
from decision766.scoreboard.page import Page, Periods, View, find_periods, named
from decision766.scoreboard.pages.gain import gains, peers_by_period, progress
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import RECONCILIATION, STATUSES, UNIT_KINDS
from decision766.scoreboard.work_queries import GAINS, PROGRESS


def find_unit(view: View, asked: str) -> sql.Row:
    """Return the unit that a code or name means.

    Raises:
        UnknownUnit: with near matches.
    """
    units = view.units
    if asked in units:
        return units[asked]
    code = match_unit(named(sorted(units.values(), key=lambda row: row["sort_key"])), asked)
    return units[code]


def unit_page(view: View, unit: str, period: str | None) -> Page:
    """Build the page.

    Raises:
        UnknownUnit, UnknownPeriod: with near matches. NoDataYet: nothing is built.
    """
    periods = find_periods(view, period)
    found = find_unit(view, unit)
    asked = {"unit": found["unit_code"], "boundary": view.to.boundary, **periods.values}
    card = view.first(sql.UNIT_CARD, **asked)
    if card is None:
        raise no_card(view, found, periods)
    peers = view.first(
        sql.UNIT_PEERS,
        unit_type=card["unit_type"],
        boundary=view.to.boundary,
        origin=card["data_origin"],
        rule_set=card["rule_set"],
        **periods.values,
    )
    of_grain = {"grain": periods.chosen.grain, "boundary": view.to.boundary}
    trend = [dict(row) for row in view.rows(sql.UNIT_TREND, unit=found["unit_code"], **of_grain)]
    medians = peers_by_period(view, card, periods.chosen.grain)
    for row in trend:
        row["median"] = medians.get(row["period_start"])
    code = periods.chosen.code
    tables = (
        _groups(view, card, peers or {}),
        _indicators(view, view.rows(sql.UNIT_INDICATORS, rule_set=card["rule_set"], **asked), card, code),
        _trend_table(view, found["unit_code"], trend),
        _children(view, view.rows(sql.CHILDREN, **asked), code),
        gains(view, found["unit_code"], code, view.rows(GAINS, rule_set=card["rule_set"], **asked)),
        progress(view, view.rows(PROGRESS, unit=found["unit_code"], **periods.values)),
    )
    return Page(
        template="unit.html.j2",
        section="unit",
        title=f"{found['unit_name']} · {view.say.period(code)}",
        address_of=lambda to: to.unit(found["unit_code"], code),
        content={
            "card": card,
            "unit": found,
            "above": above(view, found),
            "kinds": UNIT_KINDS,
            "coverage": COVERAGE,
            "peers": peers,
            "has_children": bool(tables[3].rows),
        },
        tables={table.name: table for table in tables},
        charts={"trend": lambda: _trend_chart(view, trend)},
        origins=(card["data_origin"],),
        period=periods.chosen,
        periods=periods.all,
        boundaries=periods.boundaries,
        picker={"page": "unit", "unit": found["unit_code"]},
    )


def no_card(view: View, unit: sql.Row, periods: Periods) -> UnknownPeriod:
    """The unit has no scorecard of the period: those it has."""
    rows = view.rows(sql.HELD, unit=unit["unit_code"], boundary=view.to.boundary)
    held = [row["period_code"] for row in rows]
    asked = f"{periods.chosen.code}, {unit['unit_code']} ({unit['unit_name']})"
    return UnknownPeriod("scorecard", asked, held[-8:], "")


def above(view: View, unit: sql.Row) -> list[sql.Row]:
    """Units above it, the highest first."""
    by_code = view.units
    chain: list[sql.Row] = []
    parent = by_code.get(unit["parent_code"])
    while parent is not None and parent not in chain:
        chain.insert(0, parent)
        parent = by_code.get(parent["parent_code"])
    return chain


def _groups(view: View, card: sql.Row, peers: sql.Row) -> Table:
    say = view.say
    online = [card["published_clgq_score"], card["published_tttt_score"]]
    published = {
        1: card["published_ckmb_score"],
        2: card["published_tdgq_score"],
        3: None if None in online else sum(online, Decimal(0)),
        4: card["published_mdsh_score"],
        5: card["published_mdhl_score"],
    }
    rows: list[dict[str, Any]] = []
    for group in view.rows(sql.GROUPS):
        score = card[f"group_{group['group_no']}_score"]
        rows.append(
            {
                "name": f"{group['group_no']}. {say.field(group, 'name')}",
                "score": score,
                "max": group["max_points"],
                "share": None if score is None else score * 100 / group["max_points"],
                "median": peers.get(f"group_{group['group_no']}"),
                "published": published[group["group_no"]],
            }
        )
    columns = [
        Column("name", say("Nhóm chỉ số", "Group")),
        Column("score", say("Điểm tính", "Computed"), "score"),
        Column("max", say("Tối đa", "Maximum"), "number"),
        Column("share", say("% tối đa", "% of maximum"), "meter"),
        Column("median", say("Trung vị cùng loại", "Peers' median"), "score"),
        Column("published", say("Cổng công bố", "Published"), "score"),
    ]
    return Table("groups", say("Năm nhóm chỉ số", "The five groups"), columns, rows, "name")


def _indicators(view: View, rows: Sequence[sql.Row], card: sql.Row, period: str) -> Table:
    say = view.say
    lines = [
        {
            **row,
            "name": say.field(row, "name"),
            "share": row["ratio"],
            "status_words": _status(view, row),
            "compared": say.of(RECONCILIATION, row["reconciliation"]),
            "their_parts": _parts(view, row["published_numerator"], row["published_denominator"]),
            "cause": say.field(row, "likely_cause"),
        }
        for row in rows
    ]

    def explain(row: sql.Row) -> str | None:
        return view.to.explain(card["unit_code"], row["indicator_code"], period)

    def about(row: sql.Row) -> str | None:
        return view.to.indicator(row["indicator_code"], period, card["unit_type"])

    columns = [
        Column("indicator_code", say("Mã", "Code"), "code"),
        Column("name", say("Chỉ số", "Indicator"), "text", link=about),
        Column("numerator", say("Tử số", "Numerator"), "number"),
        Column("denominator", say("Mẫu số", "Denominator"), "number"),
        Column("share", say("Tỷ lệ", "Ratio"), "score"),
        Column("score", say("Điểm tính", "Computed"), "score", link=explain),
        Column("max_score", say("Tối đa", "Maximum"), "number"),
        Column("their_parts", say("Cổng: tử/mẫu", "Portal: parts"), "code"),
        Column("published_score", say("Cổng: điểm", "Portal: score"), "score"),
        Column("compared", say("Đối chiếu", "Compared")),
        Column("cause", say("Nguyên nhân có thể", "Likely cause")),
        Column("status_words", say("Tình trạng", "Status")),
    ]
    note = say(
        "Bấm vào điểm tính để xem vì sao: quy tắc, phép tính và từng hồ sơ. "
        "Chỉ số 2.2 là thời gian trung bình trên thời gian tối đa, chỉ tính theo thủ tục.",
        "Follow a computed score to see why: rule, arithmetic and every dossier. "
        "Indicator 2.2 is mean over maximum time and is counted by procedure only.",
    )
    return Table("indicators", say("22 chỉ số", "The 22 indicators"), columns, lines, "name", notes=(note,))


def _parts(view: View, numerator: Decimal | None, denominator: Decimal | None) -> str | None:
    if numerator is None and denominator is None:
        return None
    return f"{view.say.number(numerator)} / {view.say.number(denominator)}"


def _status(view: View, row: sql.Row) -> str:
    if row["status"] is None:
        return view.say("chỉ có số công bố", "published only")
    words = view.say.of(STATUSES, row["status"])
    if row["status_reason"] and row["status"] != "constant":
        words += f": {view.say.of(STATUS_REASONS, row['status_reason'])}"
    if row["coverage"] and row["coverage"] != "complete":
        words += f" ({view.say.of(COVERAGE, row['coverage'])})"
    return words


def _trend_table(view: View, unit: str, trend: Sequence[sql.Row]) -> Table:
    say = view.say
    rows = [
        {
            **row,
            "period": say.period(row["period_code"]),
            "state": say("tạm thời", "provisional") if row["is_provisional"] else say("đã khóa kỳ", "closed"),
            "place": f"{row['rank_among_peers']}/{row['peers']}" if row["rank_among_peers"] else None,
        }
        for row in trend
    ]

    columns = [
        Column("period", say("Kỳ", "Period"), link=lambda row: view.to.unit(unit, row["period_code"])),
        Column("total_score", say("Điểm tính", "Computed"), "score"),
        Column("published_total_score", say("Cổng công bố", "Published"), "score"),
        Column("median", say("Trung vị cùng loại", "Peers' median"), "score"),
        Column("place", say("Hạng", "Rank"), "code"),
        Column("state", say("Trạng thái kỳ", "State")),
    ]
    return Table("trend", say("Qua các kỳ", "Over the periods"), columns, rows, "period")


def _trend_chart(view: View, trend: Sequence[sql.Row]) -> bytes:
    series = (
        (view.say("Tính từ hồ sơ", "Computed"), charts.as_floats([row["total_score"] for row in trend])),
        (
            view.say("Cổng công bố", "Published"),
            charts.as_floats([row["published_total_score"] for row in trend]),
        ),
        (view.say("Trung vị cùng loại", "Peers' median"), charts.as_floats([row["median"] for row in trend])),
    )
    return charts.trend(
        tuple(row["period_code"] for row in trend), series, decimal_comma=not view.say.english
    )


def _children(view: View, rows: Sequence[sql.Row], period: str) -> Table:
    say = view.say
    ranked = sorted(
        rows,
        key=lambda row: (row["unit_type"], row["total_score"] is None, -(row["total_score"] or 0)),
    )
    lines = [
        {
            **row,
            "kind": say.of(UNIT_KINDS, row["unit_type"]),
            "band": say.field(row, "band_name"),
            "place": f"{row['rank_among_peers']}/{row['peers']}" if row["rank_among_peers"] else None,
        }
        for row in ranked
    ]
    columns = [
        Column("unit_code", say("Mã", "Code"), "code"),
        Column(
            "unit_name",
            say("Đơn vị", "Unit"),
            "name",
            link=lambda row: view.to.unit(row["unit_code"], period),
            is_vietnamese=True,
        ),
        Column("kind", say("Loại", "Kind")),
        Column("total_score", say("Tổng điểm", "Total"), "score"),
        Column("place", say("Hạng cùng loại", "Rank of its kind"), "code"),
        Column("band", say("Xếp loại", "Band")),
        *(Column(f"group_{n}_score", say(f"Nhóm {n}", f"Group {n}"), "score") for n in range(1, 6)),
        Column("published_total_score", say("Cổng công bố", "Published"), "score"),
    ]
    return Table("children", say("Đơn vị trực thuộc", "Units below"), columns, lines, "unit_name")
