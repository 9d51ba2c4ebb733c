"""When the report DAGs run, and by when they must be done: both by the rows of report_deadlines.csv.

The rows are read by the scheduler when it asks, never when a DAG file is parsed: a changed row takes effect
with the next run.
"""

import datetime as dt
from typing import Any

from airflow.sdk.definitions.deadline import BaseDeadlineReference
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable


class ReportTimetable(Timetable):
    """Runs at the instant at which work on a report of one kind starts, for the next that is due.

    kind: weekly or quarterly, as in the rows.
    """

    can_be_scheduled = True
    periodic = True

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.description = f"Before each {kind} report is due (report_deadlines.csv)"

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> "ReportTimetable":
        """Make it anew from what `serialize` wrote."""
        return cls(data["kind"])

    def serialize(self) -> dict[str, Any]:
        """Write what makes it."""
        return {"kind": self.kind}

    @property
    def summary(self) -> str:
        """What the UI shows."""
        return f"{self.kind} report"

    def infer_manual_data_interval(self, *, run_after: Any) -> DataInterval:
        """A run by hand stands for its own instant."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return the next run; None where no row asks for such a report."""
        import pendulum

        from decision766.reporting.periodic.due import next_start
        from decision766.settings import get_settings

        now = pendulum.now("UTC")
        after = last_automated_data_interval.end if last_automated_data_interval else restriction.earliest
        if after is None or (not restriction.catchup and after < now):
            after = now
        start = next_start(get_settings().project_root, self.kind, after)
        if start is None or (restriction.latest is not None and start > restriction.latest):
            return None
        return DagRunInfo.exact(pendulum.instance(start).in_timezone("UTC"))


class ReportDue(BaseDeadlineReference):
    """The instant at which the report that a run works on is due, by the rows.

    kind: weekly or quarterly.
    """

    required_kwargs = {"dag_id", "run_id"}  # noqa: RUF012 - Airflow reads the class

    def __init__(self, kind: str = "weekly") -> None:
        self.kind = kind

    def serialize_reference(self) -> dict[str, Any]:
        """Write what makes it."""
        return {**super().serialize_reference(), "kind": self.kind}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> "ReportDue":
        """Make it anew from what `serialize_reference` wrote."""
        return cls(reference_data["kind"])

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str) -> dt.datetime | None:
        """The due instant that follows the run's own; called by the scheduler when it makes the run."""
        from airflow.models import DagRun
        from sqlalchemy import select

        from decision766.reporting.periodic.due import due_for
        from decision766.settings import get_settings

        at = session.scalar(select(DagRun.run_after).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        return None if at is None else due_for(get_settings().project_root, self.kind, at)
