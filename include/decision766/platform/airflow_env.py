"""The environment in which every Airflow process of the project runs: one mapping, used by all.

`decision766 run`, `decision766 up`, the tests and docker-compose.yaml take the same settings from here
(a test holds docker-compose.yaml to it). Nothing of Airflow is imported.
"""

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from decision766.lineage import JOB_NAMESPACE, openlineage_transport
from decision766.settings import Settings
from decision766.warehouse.connect import database_url

TELEMETRY_OFF: Mapping[str, str] = {
    "GX_ANALYTICS_ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
}

# The same wherever Airflow runs; places, ports and secrets are added by `airflow_environment`.
AIRFLOW_SETTINGS: Mapping[str, str] = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "AIRFLOW__CORE__AUTH_MANAGER": (
        "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
    ),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
    "AIRFLOW__API__INSTANCE_NAME": "Decision 766",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    **TELEMETRY_OFF,
}

# The code of a task stands in the repository; an event need not repeat it.
LINEAGE_POLICY = [{"scope": {}, "controls": {"include_source_code": False}}]

ADMIN = "admin"
STAND_IN_PROVINCES = ("H12", "H17", "H29")


def airflow_home(settings: Settings) -> Path:
    """Airflow's own state: configuration file, passwords."""
    return settings.home / "airflow"


def airflow_url(settings: Settings) -> str:
    """Address of the Airflow UI and API."""
    return f"http://127.0.0.1:{settings.airflow_port}"


def airflow_environment(
    settings: Settings, *, connections: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the whole environment of an Airflow process of this project.

    connections: Airflow connection id → value of its environment variable; one that the caller's own
    environment sets already wins.
    """
    keys = airflow_secrets(settings)
    url = airflow_url(settings)
    metadata = database_url(settings.airflow_database, settings).set(drivername="postgresql+psycopg2")
    return {
        **child_environment(settings),
        **AIRFLOW_SETTINGS,
        "AIRFLOW_HOME": str(airflow_home(settings)),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.project_root / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(settings.project_root / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(airflow_home(settings) / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet_key"],
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.render_as_string(hide_password=False),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": keys["api_secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt_secret"],
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.home / "logs" / "airflow"),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(settings.airflow_port + 1),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(settings.airflow_port + 2),
        **lineage_environment(settings),
        **{
            variable: os.environ.get(variable, value)
            for name, value in (connections or {}).items()
            if (variable := f"AIRFLOW_CONN_{name.upper()}")
        },
    }


def lineage_environment(settings: Settings) -> dict[str, str]:
    """Return what makes Airflow tell its lineage where loads and builds tell theirs, or not at all."""
    transport = openlineage_transport(settings)
    if transport is None:
        return {"AIRFLOW__OPENLINEAGE__DISABLED": "True"}
    return {
        "AIRFLOW__OPENLINEAGE__DISABLED": "False",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": JOB_NAMESPACE,
        "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": json.dumps(LINEAGE_POLICY),
        "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD": "True",  # a fork per event costs more than the event
    }


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the caller's environment with our settings, our programs first, and no telemetry.

    Addresses of this machine never go through a proxy.
    """
    ours = {
        f"DECISION766_{field.upper()}": str(value)
        for field, value in settings.model_dump(exclude_none=True).items()
        if field not in {"pseudonym_key", "event_key", "lineage_api_key"}
    }
    exempt = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    no_proxy = ",".join(filter(None, [exempt, "127.0.0.1", "localhost"]))
    return {
        **os.environ,
        **TELEMETRY_OFF,
        **ours,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
    }


def stand_in_connections(host: str = "127.0.0.1", port: int = 18766) -> dict[str, str]:
    """Airflow connections to the stand-in sources, as JSON: id → value. Nothing in them is secret."""
    base = {"conn_type": "http", "schema": "http", "host": host, "port": port}
    portal = {**base, "extra": {"base_path": "/api/v1/reporting"}}
    connections = {"decision766_portal": json.dumps(portal), "decision766_gateway": json.dumps(base)}
    for province in STAND_IN_PROVINCES:
        code = province.lower()
        login = {"login": code, "password": f"standin-{code}"}
        extra = {"dstcode": f"VN:GOV:{province}", "madonvi": province}
        connections[f"decision766_{code}"] = json.dumps({**base, **login, "extra": extra})
    connections["decision766_igate_h12"] = json.dumps(
        {
            **base,
            **{"login": "igate", "password": "standin-igate"},
            "extra": {"base_path": "/igate", "client_id": "decision766-reader"},
        }
    )
    return connections


def airflow_secrets(settings: Settings) -> dict[str, str]:
    """Return Airflow's keys and the UI's password, made once and kept (mode 0600) in the state folder."""
    file = settings.home / "secrets" / "airflow.json"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = {
            "fernet_key": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "api_secret_key": secrets.token_hex(32),
            "jwt_secret": secrets.token_hex(32),
            "admin_password": secrets.token_urlsafe(12),
        }
        half = file.with_suffix(f".{os.getpid()}")
        half.touch(mode=0o600)
        half.write_text(json.dumps(keys))
        half.replace(file)
    return dict(json.loads(file.read_text()))


def write_password_file(settings: Settings) -> None:
    """Give Airflow's simple auth manager the password that `airflow_secrets` keeps."""
    file = airflow_home(settings) / "passwords.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({ADMIN: airflow_secrets(settings)["admin_password"]}) + "\n")
