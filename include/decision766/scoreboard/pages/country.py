"""The country: provinces as tiles, coloured by one measure, and their ranking."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from decision766.reporting.explain import UnknownIndicator
from decision766.scoreboard import queries as sql
from decision766.scoreboard.page import Page, Periods, View, find_periods
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.tiles import tiles
from decision766.scoreboard.words import UNIT_KINDS

TOTAL = "total"
Figures = str  # computed or published


@dataclass(frozen=True)
class Measure:
    """What the map shows. code: total, group-N or an indicator; maximum: its full marks."""

    code: str
    name: str
    maximum: Decimal


@dataclass(frozen=True)
class Step:
    """One colour: shares of the maximum from `least` (percent) on. place 1 is the lowest."""

    place: int
    name: str
    least: Decimal
    below: Decimal | None
    is_confirmed: bool


def country(view: View, period: str | None, show: str, figures: Figures | None) -> Page:
    """Build the page.

    Raises:
        UnknownPeriod, UnknownIndicator: with near matches. NoDataYet: nothing is built.
    """
    periods = find_periods(view, period, with_history=True)
    choices = measures(view)
    if show not in choices:
        near = [f"{code} ({name})" for code, name in ((m.code, m.name) for m in choices.values())][:8]
        raise UnknownIndicator(
            "measure", show, near, "A measure is total, group-1 to group-5, or 1.1 to 5.3."
        )
    measure = choices[show]
    places = _ranked(view, periods, measure)
    shown = figures or _better_known(places)
    steps = _steps(view)
    for place in places:
        place["value"] = place[shown]
        place["step"] = _step(place["value"], measure.maximum, steps)
    by_code = {place["unit_code"]: place for place in places}
    table = _table(view, periods, measure, places, shown)
    query = {"show": show} if show != TOTAL else {}
    if figures:
        query["figures"] = figures
    return Page(
        template="country.html.j2",
        section="country",
        title=f"{view.say('Cả nước', 'The country')} · {view.say.period(periods.chosen.code)}",
        address_of=lambda to: to.country(periods.chosen.code, **query),
        content={
            "measure": measure,
            "is_public": False,
            "measures": list(choices.values()),
            "figures": shown,
            "steps": steps,
            "tiles": [(tile, by_code.get(tile.unit_code)) for tile in tiles()],
            "known": sum(place["value"] is not None for place in places),
            "rule_page": None if show == TOTAL or show.startswith("group-") else show,
            "kinds": UNIT_KINDS,
        },
        tables={"ranking": table},
        origins=sorted({place["data_origin"] for place in places if place["data_origin"]}),
        period=periods.chosen,
        periods=periods.all,
        boundaries=periods.boundaries,
        picker={"page": "country", "show": show, "figures": figures or ""},
    )


def measures(view: View) -> dict[str, Measure]:
    """Everything the map can show, by code."""
    groups = view.rows(sql.GROUPS)
    full = sum((row["max_points"] for row in groups), Decimal(0))
    found = [Measure(TOTAL, view.say("Tổng điểm", "Total score"), full)]
    for row in groups:
        words = view.say(f"Nhóm {row['group_no']}", f"Group {row['group_no']}")
        name = f"{words}: {view.say.field(row, 'name')}"
        found.append(Measure(f"group-{row['group_no']}", name, row["max_points"]))
    maxima = {row["indicator_code"]: row["max_points"] for row in view.rows(sql.MAXIMA)}
    for row in view.rows(sql.INDICATORS):
        if maxima.get(row["indicator_code"]):
            name = f"{row['indicator_code']} {view.say.field(row, 'name')}"
            found.append(Measure(row["indicator_code"], name, maxima[row["indicator_code"]]))
    return {measure.code: measure for measure in found}


def _ranked(view: View, periods: Periods, measure: Measure) -> list[dict[str, Any]]:
    now = _places(view, periods.values, measure)
    previous = view.first(sql.PREVIOUS, boundary=view.to.boundary, **periods.values)
    if previous and previous["period_start"]:
        before = {
            row["unit_code"]: row
            for row in _places(view, {**periods.values, "start": previous["period_start"]}, measure)
        }
    else:
        before = {}
    for kind in ("computed", "published"):
        _rank(now, kind)
        for place in now:
            earlier = before.get(place["unit_code"], {})
            known = place[kind] is not None and earlier.get(kind) is not None
            known = known and earlier.get("data_origin") == place["data_origin"]
            place[f"{kind}_change"] = place[kind] - earlier[kind] if known else None
    return now


def _places(view: View, values: dict[str, Any], measure: Measure) -> list[dict[str, Any]]:
    asked = {**values, "boundary": view.to.boundary}
    places = [dict(row) for row in view.rows(sql.PROVINCES, **asked)]
    if measure.code == TOTAL or measure.code.startswith("group-"):
        group = measure.code.removeprefix("group-")
        ours = "total_score" if measure.code == TOTAL else f"group_{group}_score"
        theirs = "published_total" if measure.code == TOTAL else f"published_{group}"
        for place in places:
            place |= {"computed": place[ours], "published": place[theirs]}
        return places
    scores = view.rows(sql.INDICATOR_OF_PROVINCES, indicator=measure.code, **asked)
    found = {row["unit_code"]: row for row in scores}
    for place in places:
        row = found.get(place["unit_code"], {})
        place |= {"computed": row.get("computed_score"), "published": row.get("published_score")}
    return places


def _rank(places: Sequence[dict[str, Any]], kind: str) -> None:
    """Rank among provinces whose figures have the same origin: invented ones never compete."""
    for place in places:
        peers = [
            other[kind]
            for other in places
            if other[kind] is not None and other["data_origin"] == place["data_origin"]
        ]
        known = place[kind] is not None
        place[f"{kind}_rank"] = 1 + sum(value > place[kind] for value in peers) if known else None
        place[f"{kind}_peers"] = len(peers)


def _better_known(places: Sequence[dict[str, Any]]) -> Figures:
    """The figures that more provinces have; our own where both are as many."""
    counts = {kind: sum(place[kind] is not None for place in places) for kind in ("computed", "published")}
    return "published" if counts["published"] > counts["computed"] else "computed"


def _steps(view: View) -> list[Step]:
    bands = view.rows(sql.BANDS)
    above = [row["lower_bound"] for row in bands[1:]] + [None]
    return [
        Step(place, view.say.field(row, "name"), row["lower_bound"], below, row["confirmed"])
        for place, (row, below) in enumerate(zip(bands, above, strict=True), start=1)
    ]


def _step(value: Decimal | None, maximum: Decimal, steps: Sequence[Step]) -> Step | None:
    if value is None or not maximum:
        return None
    reached = [step for step in steps if value * 100 / maximum >= step.least]
    return reached[-1] if reached else None


def _table(
    view: View, periods: Periods, measure: Measure, places: Sequence[dict[str, Any]], shown: Figures
) -> Table:
    say, code = view.say, periods.chosen.code

    def unit(row: sql.Row) -> str | None:
        return view.to.unit(row["unit_code"], code) if row["has_scorecard"] else None

    rows = sorted(places, key=_order)
    for row in rows:
        row["rank"], row["change"] = row[f"{shown}_rank"], row[f"{shown}_change"]
        row["as_at"] = row["evaluated_at"] if shown == "computed" else row["published_captured_at"]
    columns = [
        Column("rank", say("Hạng", "Rank"), "number"),
        Column("unit_name", say("Tỉnh, thành phố", "Province"), "name", link=unit, is_vietnamese=True),
        Column("computed", say("Tính từ hồ sơ", "Computed"), "score"),
        Column("published", say("Cổng công bố", "Published"), "score"),
        Column("change", say("So với kỳ trước", "Change"), "change"),
        Column("as_at", say("Số liệu lúc", "As at"), "instant"),
        Column("data_origin", say("Nguồn gốc", "Origin"), "word", show=_origin(view)),
    ]
    caption = f"{measure.name}, {say.period(code)} ({say('tối đa', 'at most')} {say.number(measure.maximum)})"
    note = say(
        "Hạng tính riêng theo nguồn gốc số liệu: số mô phỏng không xếp cùng số thật.",
        "Ranks count within one origin: synthetic figures do not compete with real ones.",
    )
    empty = say("Không có số liệu cho kỳ này.", "There are no figures for this period.")
    return Table("ranking", caption, columns, rows, "unit_name", empty=empty, notes=(note,))


ORDER = {"live": 0, "recorded": 1, "synthetic": 2}


def _order(row: sql.Row) -> tuple[bool, int, Decimal, str]:
    """Those with a figure first, real ones before invented ones, the highest foremost."""
    value = row["value"]
    return value is None, ORDER.get(row["data_origin"] or "", 3), -(value or Decimal(0)), row["unit_name"]


def _origin(view: View) -> Any:
    names = {
        "synthetic": view.say("mô phỏng", "synthetic"),
        "recorded": view.say("đã ghi lại", "recorded"),
        "live": view.say("thật", "live"),
    }
    return lambda code: names.get(code, code)
