"""One way to issue a report, for the command and the DAGs: read, render, archive, chain, mail."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from decision766.reporting.lookup import find_unit
from decision766.reporting.periodic.archive import Issued, issue
from decision766.reporting.periodic.due import EVERY_PROVINCE, Duty, duties
from decision766.reporting.periodic.mail import mail_report
from decision766.reporting.periodic.quarterly import NotReportable, quarterly_report
from decision766.reporting.periodic.weekly import running_campaigns, weekly_report
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import TIME_ZONE

# A report is mailed when it is issued; again only when asked for; all of it only where mail is set.
MAIL_NEW, MAIL_ALWAYS, MAIL_NEVER = "new", "always", "never"


@dataclass(frozen=True)
class Outcome:
    """What issuing one report came to. mailed_to: receivers, none by default."""

    issued: Issued
    mailed_to: tuple[str, ...]


def issue_quarterly(
    engine: Engine,
    unit: str,
    period: str,
    *,
    issued_on: dt.date | None = None,
    mail: str = MAIL_NEW,
    settings: Settings | None = None,
) -> Outcome:
    """Issue the quarterly report of a unit and quarter (2026-Q3).

    issued_on: left out, the day after the instant at which the marts judge.

    Raises:
        UnknownUnit, UnknownPeriod, NotReportable: nothing to report.
        LedgerBroken, NotMailed: not issued; issued and not mailed.
    """
    settings = settings or get_settings()
    report = quarterly_report(engine, unit, period, issued_on=issued_on)
    on = issued_on or _local(report.evaluated_at) + dt.timedelta(days=1)
    duty = _duty_of(settings, "quarterly", report.unit_code)
    due = duty.due_of(report.covers_from) if duty else None
    return _finish(issue(engine, report, issued_on=on, due_at=due, settings=settings), mail, settings)


def issue_weekly(
    engine: Engine,
    unit: str,
    *,
    campaign: str = "",
    issued_on: dt.date | None = None,
    week_of: dt.date | None = None,
    mail: str = MAIL_NEW,
    settings: Settings | None = None,
) -> Outcome:
    """Issue the weekly report of a campaign of a unit, as on a day of issue.

    campaign: first day of its window (2023-03-01); left out, the one that runs, or the last that ran.
    week_of: any day of a week: issued on the day on which the unit's report of that week is due.

    Raises:
        UnknownUnit, NotReportable: nothing to report.
        LedgerBroken, NotMailed: not issued; issued and not mailed.
    """
    settings = settings or get_settings()
    if week_of is not None:
        issued_on = _due_day(engine, settings, unit, week_of)
    report, on = weekly_report(engine, unit, campaign=campaign, issued_on=issued_on)
    duty = _duty_of(settings, "weekly", report.unit_code)
    due = duty.due_of(on) if duty else None
    return _finish(issue(engine, report, issued_on=on, due_at=due, settings=settings), mail, settings)


def units_due(
    engine: Engine, kind: str, at: dt.datetime, *, settings: Settings | None = None
) -> Sequence[str]:
    """Who owes a report of a kind at an instant, by the rows; a weekly one only while a campaign runs."""
    settings = settings or get_settings()
    found: list[str] = []
    with engine.connect() as connection:
        if connection.execute(text("select to_regclass('marts.mart_scorecard')")).scalar_one() is None:
            return []
        provinces = list(
            connection.execute(
                text(
                    "select distinct province_code from marts.mart_scorecard "
                    "where coverage <> 'published_only'"
                )
            ).scalars()
        )
        for duty in duties(settings.project_root, kind):
            named = provinces if duty.unit_code == EVERY_PROVINCE else [duty.unit_code]
            day = at.astimezone(duty.zone).date()
            found += [unit for unit in named if kind != "weekly" or running_campaigns(connection, unit, day)]
    return sorted(set(found))


def _due_day(engine: Engine, settings: Settings, unit: str, day: dt.date) -> dt.date:
    with engine.connect() as connection:
        code = find_unit(connection, unit)
    duty = _duty_of(settings, "weekly", code)
    if duty is None:
        raise NotReportable(f"{code} owes no weekly report by report_deadlines.csv; name the day of issue.")
    return duty.due_of(day).date()


def _finish(issued: Issued, mail: str, settings: Settings) -> Outcome:
    is_wanted = mail == MAIL_ALWAYS or (mail == MAIL_NEW and issued.is_new)
    return Outcome(issued, mail_report(issued, settings) if is_wanted else ())


def _duty_of(settings: Settings, kind: str, unit_code: str) -> Duty | None:
    """The duty of a unit: one of its own before one of every province."""
    found = [
        duty for duty in duties(settings.project_root, kind) if duty.unit_code in (unit_code, EVERY_PROVINCE)
    ]
    return min(found, key=lambda duty: duty.unit_code == EVERY_PROVINCE, default=None)


def _local(instant: dt.datetime) -> dt.date:
    return instant.astimezone(ZoneInfo(TIME_ZONE)).date()
