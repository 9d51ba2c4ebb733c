"""What anybody may see: totals that the portal published, of the country and of a unit; nothing computed."""

from dataclasses import replace

from decision766.scoreboard import queries as sql
from decision766.scoreboard.page import Page, View, find_periods
from decision766.scoreboard.pages.country import TOTAL, country
from decision766.scoreboard.pages.unit import above, find_unit, no_card
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import UNIT_KINDS

HIDDEN = ("computed",)


def public_country(view: View, period: str) -> Page:
    """The map and ranking of published totals.

    Raises:
        UnknownPeriod: with near matches. NoDataYet: nothing is built.
    """
    page = country(view, period, TOTAL, "published")
    ranking = page.tables["ranking"]
    columns = [column for column in ranking.columns if column.key not in HIDDEN]
    rows = [row for row in ranking.rows if row["published"] is not None]
    return replace(
        page,
        address_of=lambda to: to.country(page.period.code if page.period else period),
        tables={"ranking": replace(ranking, columns=columns, rows=rows)},
        origins=sorted({row["data_origin"] for row in rows if row["data_origin"]}),
        content={**page.content, "measures": [], "is_public": True},
    )


def public_unit(view: View, unit: str, period: str) -> Page:
    """A unit's published totals: the period's, over the periods, and of the units below it.

    Raises:
        UnknownUnit, UnknownPeriod: with near matches. NoDataYet: nothing is built.
    """
    periods = find_periods(view, period)
    found = find_unit(view, unit)
    say, code = view.say, periods.chosen.code
    asked = {"unit": found["unit_code"], "boundary": view.to.boundary}
    card = view.first(sql.UNIT_CARD, **asked, **periods.values)
    if card is None:
        raise no_card(view, found, periods)
    trend = [
        {**row, "period": say.period(row["period_code"])}
        for row in view.rows(sql.UNIT_TREND, grain=periods.chosen.grain, **asked)
        if row["published_total_score"] is not None
    ]
    children = sorted(
        (row for row in view.rows(sql.CHILDREN, **asked, **periods.values)),
        key=lambda row: (row["published_total_score"] is None, -(row["published_total_score"] or 0)),
    )
    published = Column("published_total_score", say("Cổng công bố", "Published"), "score")
    name = Column(
        "unit_name",
        say("Đơn vị", "Unit"),
        "name",
        link=lambda row: view.to.unit(row["unit_code"], code),
        is_vietnamese=True,
    )
    tables = {
        "trend": Table(
            "trend",
            say("Qua các kỳ", "Over the periods"),
            [Column("period", say("Kỳ", "Period")), published],
            trend,
            "period",
        ),
        "children": Table(
            "children",
            say("Đơn vị trực thuộc", "Units below"),
            [Column("unit_code", say("Mã", "Code"), "code"), name, published],
            children,
            "unit_name",
        ),
    }
    return Page(
        template="public_unit.html.j2",
        section="unit",
        title=f"{found['unit_name']} · {say.period(code)}",
        address_of=lambda to: to.unit(found["unit_code"], code),
        content={
            "unit": found,
            "above": above(view, found),
            "total": card["published_total_score"],
            "captured": card["published_captured_at"],
            "kinds": UNIT_KINDS,
        },
        tables=tables,
        origins=(card["data_origin"],),
        period=periods.chosen,
    )
