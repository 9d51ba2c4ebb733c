"""`decision766 report`: issue the weekly campaign report or the quarterly report, as their DAGs do."""

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated

import typer

from decision766.cli.console import CommandError, out, step
from decision766.cli.ledger import ledger_engine

if TYPE_CHECKING:
    from decision766.reporting.periodic import Outcome

app = typer.Typer(
    no_args_is_help=True,
    help="Báo cáo tuần, quý · Issue the weekly campaign report or the quarterly report (docs/reports.md).",
)

Unit = Annotated[str, typer.Option(help="Unit code or exact name: H12, Cà Mau.")]
Issued = Annotated[
    str, typer.Option(help="Day of issue, 2026-09-14; the report holds data up to the day before it.")
]
MailAgain = Annotated[
    bool, typer.Option("--mail-again", help="Mail it although it was issued before (where mail is set).")
]


@app.command()
def quarterly(
    unit: Unit,
    period: Annotated[str, typer.Option(help="2026-Q3")],
    issued_on: Issued = "",
    mail_again: MailAgain = False,
) -> None:
    """Issue the quarterly report of a unit; the same data give the report that was issued before.

    Example: decision766 report quarterly --unit H12 --period 2026-Q3 --issued-on 2026-09-14
    """
    from decision766.reporting.periodic import NotMailed, NotReportable, issue_quarterly
    from decision766.reporting.periodic.issuing import MAIL_ALWAYS, MAIL_NEW

    try:
        with ledger_engine() as engine:
            outcome = issue_quarterly(
                engine, unit, period, issued_on=_day(issued_on), mail=MAIL_ALWAYS if mail_again else MAIL_NEW
            )
    except (NotReportable, NotMailed) as error:
        raise CommandError(str(error), "docs/reports.md says what a report needs.") from error
    _tell(outcome)


@app.command()
def weekly(
    unit: Unit,
    campaign: Annotated[
        str, typer.Option(help="First day of its window; the one that runs if left out.")
    ] = "",
    period: Annotated[str, typer.Option(help="2023-W14: issued on the due day of that week.")] = "",
    issued_on: Issued = "",
    mail_again: MailAgain = False,
) -> None:
    """Issue the weekly report of a campaign of a unit, up to the day before the day of issue.

    Example: decision766 report weekly --unit H12 --campaign 2023-03-01 --period 2023-W14
    """
    from decision766.reporting.periodic import NotMailed, NotReportable, issue_weekly
    from decision766.reporting.periodic.issuing import MAIL_ALWAYS, MAIL_NEW

    try:
        with ledger_engine() as engine:
            outcome = issue_weekly(
                engine,
                unit,
                campaign=campaign,
                issued_on=_day(issued_on),
                week_of=_week(period),
                mail=MAIL_ALWAYS if mail_again else MAIL_NEW,
            )
    except (NotReportable, NotMailed) as error:
        raise CommandError(str(error), "docs/reports.md says what a report needs.") from error
    _tell(outcome)


def _tell(outcome: "Outcome") -> None:
    issued = outcome.issued
    said = issued.edition.report
    what = f"{said.unit_code} {said.period_code}, version {issued.edition.version}"
    before = "" if issued.is_new else " was issued before with the same data:"
    step(f"Report {what}{before} entry {issued.entry_no} of the ledger")
    for file in issued.files:
        out.print(f"{issued.folder / file.name}  {file.sha256[:16]}", soft_wrap=True)
    if outcome.mailed_to:
        step(f"Mailed to {', '.join(outcome.mailed_to)}")


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"«{text}» is no day.", "Write it like 2026-09-14.") from None


def _week(text: str) -> dt.date | None:
    """The Monday of a week as written."""
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})-W(\d{2})", text.strip().upper())
    try:
        if match is None:
            raise ValueError
        return dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        raise CommandError(f"«{text}» is no week.", "Write it like 2023-W14.") from None
