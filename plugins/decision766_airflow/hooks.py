"""Hook that turns an Airflow connection into what the adapters read."""

from airflow.sdk import BaseHook

from decision766.sources.connections import connection_from_airflow
from decision766.sources.contract import Connection


class SourceHook(BaseHook):
    """Opens the Airflow connection of a source (type `http`; the base path in the extra `base_path`).

    conn_id: the id that the source's YAML names, for example `decision766_portal`.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "decision766_portal"
    conn_type = "http"
    hook_name = "Decision 766 source"

    def __init__(self, conn_id: str = default_conn_name):
        super().__init__()
        self.conn_id = conn_id

    def get_conn(self) -> Connection:
        """Return base URL and credentials.

        Raises:
            AirflowNotFoundException: no connection of that id.
            ConnectionMissingError: it names neither a host nor a folder.
        """
        return connection_from_airflow(self.get_connection(self.conn_id))
