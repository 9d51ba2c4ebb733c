"""## Issue the weekly campaign report

**What.** For each unit that owes one while its campaign runs: reads `mart_campaign_progress`, writes the
workbook and the page, keeps them in the archive, chains their hashes into the score ledger, and mails them
where mail is set. No campaign running: it stops at once. The same data give the report that was issued
before; other data give a new version. The same as `decision766 report weekly`.

**When.** On the due day of `report_deadlines.csv` (Friday, due 16:00), early enough to correct; and by hand.
The deadline alert fires if the run is not done by the due instant of the row.

**When it fails.**
* `units_due` red: the warehouse cannot be reached, or a row of `report_deadlines.csv` cannot be followed; the
  message names row and field.
* `issue` red: the message says what is missing. `LedgerBroken`: nothing was issued; see
  `decision766 ledger verify`.
* `mail` red: the report is in the archive; mend `DECISION766_MAIL_SERVER` and clear the task.
"""

from airflow.sdk import DAG, task

from decision766_airflow.conventions import POOL_WAREHOUSE, SHARED, TAGS
from decision766_airflow.reports import REPORT_PARAMS, WEEKLY, alert, issue, mail, units_due
from decision766_airflow.schedules import ReportTimetable

with DAG(
    "report_campaign_weekly",
    description="Weekly campaign report: workbook and page, archived, in the ledger",
    schedule=ReportTimetable(WEEKLY),
    deadline=alert(WEEKLY),
    tags=[*TAGS, "report"],
    doc_md=__doc__,
    **{**SHARED, "params": REPORT_PARAMS},
):
    due = task.short_circuit(task_id="units_due", pool=POOL_WAREHOUSE)(units_due)(WEEKLY)
    issued = task(task_id="issue", pool=POOL_WAREHOUSE)(issue).partial(kind=WEEKLY).expand(unit=due)
    task(task_id="mail", pool=POOL_WAREHOUSE)(mail).partial(kind=WEEKLY).expand(unit=issued)
