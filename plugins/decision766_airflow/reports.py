"""The task bodies of the report DAGs, and what happens when a report is not done by its due instant."""

import asyncio
import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context
from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert

from decision766_airflow.conventions import PARAMS, START_DATE, evaluated_at
from decision766_airflow.schedules import ReportDue

if TYPE_CHECKING:
    from decision766.reporting.periodic import Outcome

log = logging.getLogger("decision766.airflow")

WEEKLY, QUARTERLY = "weekly", "quarterly"
REPORT_PARAMS: dict[str, Param] = {
    **PARAMS,
    "units": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Units",
        description="Codes of the units to report of. Empty: those that owe one by report_deadlines.csv.",
    ),
    "campaign": Param(
        None,
        type=["null", "string"],
        title="Campaign",
        description="First day of the campaign's window (weekly report); empty: the one that runs.",
    ),
}


def alert(kind: str) -> DeadlineAlert:
    """The alert of a DAG whose report must be issued by the due instant of its row."""
    return DeadlineAlert(
        name=f"{kind} report due",
        reference=ReportDue(kind),
        interval=dt.timedelta(0),
        callback=AsyncCallback("decision766_airflow.reports.tell_missed", kwargs={"kind": kind}),
    )


async def tell_missed(kind: str, **more: Any) -> None:
    """Say in the log, and by mail where mail is set, that a report was not issued in time."""
    from decision766.reporting.periodic.mail import mail_notice
    from decision766.settings import get_settings

    run = (more.get("context") or {}).get("dag_run") or {}
    run_id = run.get("dag_run_id") or run.get("run_id") or "?"
    log.error("DEADLINE MISSED: the %s report of run %s was not issued by its due instant", kind, run_id)
    subject = f"Quá hạn báo cáo – {kind} report is overdue"
    lines = (f"Báo cáo chưa phát hành đúng hạn · run {run_id}", "docs/reports.md")
    await asyncio.to_thread(mail_notice, get_settings(), subject, lines)


def units_due(kind: str) -> list[str]:
    """Units that owe a report at the run's present; those that the run's params name, if any."""
    from decision766.reporting.periodic import units_due as owed
    from decision766.warehouse.connect import warehouse_engine

    context = get_current_context()
    named = context["params"].get("units")
    return list(named) if named else list(owed(warehouse_engine(), kind, evaluated_at(context)))


def issue(kind: str, unit: str) -> str:
    """Issue the report of a unit as on the day of the run's present; return the unit's code."""
    outcome = _issued(kind, unit, mail=False)
    issued = outcome.issued
    log.info(
        "%s report of %s %s: version %d, entry %d of the ledger, %s",
        *(kind, unit, "issued" if issued.is_new else "unchanged", issued.edition.version, issued.entry_no),
        issued.folder,
    )
    return unit


def mail(kind: str, unit: str) -> None:
    """Mail the report if this run issued it, and only where mail is set."""
    from airflow.sdk.exceptions import AirflowSkipException

    from decision766.ledger.chain import read_entries
    from decision766.settings import get_settings
    from decision766.warehouse.connect import warehouse_engine

    if not get_settings().mail_to:
        raise AirflowSkipException("no mail is set (DECISION766_MAIL_TO)")
    issued = _issued(kind, unit, mail=False).issued
    with warehouse_engine().connect() as connection:
        entry = next(read_entries(connection, after=issued.entry_no - 1))
    if entry.recorded_at < get_current_context()["dag_run"].start_date:
        raise AirflowSkipException("these data were issued, and mailed, before")
    log.info("mailed to %d receivers", len(_issued(kind, unit, mail=True).mailed_to))


def _issued(kind: str, unit: str, *, mail: bool) -> "Outcome":
    from decision766.reporting.periodic import issue_quarterly, issue_weekly
    from decision766.reporting.periodic.issuing import MAIL_ALWAYS, MAIL_NEVER
    from decision766.warehouse.connect import warehouse_engine

    context = get_current_context()
    on = evaluated_at(context).astimezone(START_DATE.tzinfo).date()
    wanted = MAIL_ALWAYS if mail else MAIL_NEVER
    if kind == WEEKLY:
        campaign = context["params"].get("campaign") or ""
        return issue_weekly(warehouse_engine(), unit, campaign=campaign, issued_on=on, mail=wanted)
    period = f"{on.year}-Q{(on.month - 1) // 3 + 1}"
    return issue_quarterly(warehouse_engine(), unit, period, issued_on=on, mail=wanted)
