"""The stand-ins that are no HTTP server, a database and an inbox, and connections to all of them."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from decision766.platform.airflow_env import stand_in_connections
from decision766.settings import Settings
from decision766.warehouse.connect import database_url

REPLICA_DATABASE = "decision766_stand_in"
# Connections that need the replica or the inbox, which the stand-in fills only when it is asked to.
FILLED_CONNECTIONS = ("decision766_replica_h29", "decision766_inbox_h17")


def stand_in_replica(settings: Settings) -> URL:
    """URL of the database that speaks for a province's read replica."""
    return database_url(REPLICA_DATABASE, settings)


def stand_in_inbox(settings: Settings) -> Path:
    """Folder that speaks for a province that sends files."""
    return settings.home / "stand-in" / "inbox"


def all_stand_in_connections(settings: Settings) -> dict[str, str]:
    """Airflow connections to every stand-in, the replica and the inbox included."""
    replica = stand_in_replica(settings)
    database: dict[str, Any] = {
        "conn_type": "postgres",
        "host": replica.host,
        "port": replica.port,
        "login": replica.username,
        "password": replica.password,
        "schema": replica.database,
    }
    return {
        **stand_in_connections(port=settings.simulator_port),
        "decision766_replica_h29": json.dumps({key: value for key, value in database.items() if value}),
        "decision766_inbox_h17": json.dumps(
            {"conn_type": "fs", "extra": {"path": str(stand_in_inbox(settings))}}
        ),
    }
