"""Gives Airflow the DAGs and makes one run of each report DAG, as its scheduler would; prints its deadlines.

Run by test_report_dags.py with Airflow's environment set, on a migrated metadata database:
python deadline_facts.py ISO-INSTANT-OF-THE-RUNS
"""

import datetime as dt
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DAGS = ("report_campaign_weekly", "report_quarterly")


def main() -> None:
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
    from airflow.models.deadline import Deadline
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.timetables.base import DataInterval, TimeRestriction
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType
    from sqlalchemy import select

    at = dt.datetime.fromisoformat(sys.argv[1]).astimezone(dt.UTC)
    DagBundlesManager().sync_bundles_to_db()
    bag = BundleDagBag(dag_folder=ROOT / "dags", bundle_path=ROOT / "dags", bundle_name="dags-folder")
    sync_bag_to_db(bag, bundle_name="dags-folder", bundle_version=None)
    found = {}
    for dag_id in DAGS:
        with create_session() as session:
            dag = SerializedDagModel.get_dag(dag_id, session=session)
            info = dag.timetable.next_dagrun_info(
                last_automated_data_interval=DataInterval.exact(at),
                restriction=TimeRestriction(earliest=None, latest=None, catchup=True),
            )
            run = dag.create_dagrun(
                run_id=f"scheduled__{at.isoformat()}",
                logical_date=at,
                data_interval=(at, at),
                run_after=at,
                run_type=DagRunType.SCHEDULED,
                triggered_by=DagRunTriggeredByType.TEST,
                state=DagRunState.RUNNING,
                session=session,
            )
            session.flush()
            rows = session.scalars(select(Deadline).where(Deadline.dagrun_id == run.id)).all()
            found[dag_id] = {
                "next": info.run_after.isoformat(),
                "deadlines": [row.deadline_time.isoformat() for row in rows],
                "callbacks": [row.callback.data["path"] for row in rows],
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
