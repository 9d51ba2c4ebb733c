"""What Airflow has to know of us by name: the timetable and the deadline of the report DAGs."""

from airflow.plugins_manager import AirflowPlugin

from decision766_airflow.schedules import ReportDue, ReportTimetable


class Decision766Plugin(AirflowPlugin):
    """Registers what is written into serialised DAGs."""

    name = "decision766"
    timetables = [ReportTimetable]  # noqa: RUF012 - Airflow reads the class
    deadline_references = [ReportDue]  # noqa: RUF012
