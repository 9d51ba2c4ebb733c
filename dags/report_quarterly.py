"""## Issue the quarterly report

**What.** For each unit that owes one: reads the scorecard marts, the reconciliation, late data and open
quarantine of the quarter, writes the workbook and the page, keeps them in the archive, chains their hashes
into the score ledger, and mails them where mail is set. It covers the quarter up to the day before issue and
is marked provisional. The same data give the report that was issued before; other data give a new version.
The same as `decision766 report quarterly`.

**When.** Before the due day of `report_deadlines.csv` (before the 16th of the quarter's last month), early
enough to correct; and by hand. The deadline alert fires if the run is not done by the due instant of the row.

**When it fails.**
* `units_due` red: the warehouse cannot be reached, or a row of `report_deadlines.csv` cannot be followed; the
  message names row and field.
* `issue` red: the message says what is missing. `LedgerBroken`: nothing was issued; see
  `decision766 ledger verify`.
* `mail` red: the report is in the archive; mend `DECISION766_MAIL_SERVER` and clear the task.
"""

from airflow.sdk import DAG, task

from decision766_airflow.conventions import POOL_WAREHOUSE, SHARED, TAGS
from decision766_airflow.reports import QUARTERLY, REPORT_PARAMS, alert, issue, mail, units_due
from decision766_airflow.schedules import ReportTimetable

with DAG(
    "report_quarterly",
    description="Quarterly report of the indicator set: workbook and page, archived, in the ledger",
    schedule=ReportTimetable(QUARTERLY),
    deadline=alert(QUARTERLY),
    tags=[*TAGS, "report"],
    doc_md=__doc__,
    **{**SHARED, "params": REPORT_PARAMS},
):
    due = task.short_circuit(task_id="units_due", pool=POOL_WAREHOUSE)(units_due)(QUARTERLY)
    issued = task(task_id="issue", pool=POOL_WAREHOUSE)(issue).partial(kind=QUARTERLY).expand(unit=due)
    task(task_id="mail", pool=POOL_WAREHOUSE)(mail).partial(kind=QUARTERLY).expand(unit=issued)
