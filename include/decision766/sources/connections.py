"""Where a source is: an Airflow connection, or the environment variable that Airflow would read.

Both forms of `AIRFLOW_CONN_<ID>` are understood, without Airflow:

    AIRFLOW_CONN_DECISION766_PORTAL='{"conn_type": "http", "host": "https://host/api/v1/reporting"}'
    AIRFLOW_CONN_DECISION766_H12='http://user:password@host:8080/base?dstcode=VN%3AGOV&madonvi=H12'

The base path may stand in the host, in the path of the URI (Airflow calls it schema), or in the
extra `base_path`. A database is given as postgresql://user:password@host:5432/database; the extra
`driver` names another driver than ours (SQLAlchemy's name, mysql+mysqldb). A folder (family file_drop)
is given as the extra `path`, or as file:///folder.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import URL

from decision766.sources.contract import Connection

_PREFIX = "AIRFLOW_CONN_"
_WEB = ("http", "https")
# Kind of connection → SQLAlchemy's driver name.
_DATABASES = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "mssql": "mssql+pymssql",
    "oracle": "oracle+oracledb",
    "sqlite": "sqlite",
}
_WEB_EXAMPLE = '{"conn_type": "http", "host": "https://host/path", "login": "…", "password": "…"}'
_EXAMPLES = {
    "file_drop": '{"conn_type": "fs", "extra": {"path": "/data/inbox"}}',
    "database": "postgresql://reader:…@host:5432/database",
}


class ConnectionMissingError(LookupError):
    """No usable connection of that id. The message says which variable to set, never what stood in it."""


class AirflowConnection(Protocol):
    """What this module reads of an Airflow connection."""

    conn_type: Any
    host: Any
    schema: Any
    login: Any
    password: Any
    port: Any

    @property
    def extra_dejson(self) -> Any:
        """The extra field as a mapping."""
        ...


def connection_from_environment(
    conn_id: str, environ: Mapping[str, str], *, family: str | None = None
) -> Connection:
    """Build the connection `conn_id` from AIRFLOW_CONN_<ID>, as URI or JSON.

    family: of the source that names it; the message of an unset one then shows an example of its kind.

    Raises:
        ConnectionMissingError: the variable is unset or cannot be read.
    """
    variable = f"{_PREFIX}{conn_id.upper()}"
    value = environ.get(variable, "").strip()
    if not value:
        raise ConnectionMissingError(
            f"connection {conn_id} is not set. Set {variable}, for example to "
            f"{_EXAMPLES.get(family or '', _WEB_EXAMPLE)}"
        )
    try:
        return _from_json(value) if value.startswith("{") else _from_uri(value)
    except (ValueError, TypeError, AttributeError):
        raise ConnectionMissingError(
            f"connection {conn_id}: {variable} is neither a connection URI nor a JSON object with a host. "
            "Mend it."
        ) from None


def connection_from_airflow(connection: AirflowConnection) -> Connection:
    """Build a connection from an Airflow connection object.

    Raises:
        ConnectionMissingError: it names neither a host nor a folder.
    """
    try:
        return _build(
            conn_type=connection.conn_type,
            host=connection.host,
            port=connection.port,
            schema=connection.schema,
            login=connection.login,
            password=connection.password,
            extra=connection.extra_dejson or {},
        )
    except ValueError:
        raise ConnectionMissingError("the Airflow connection names neither a host nor a folder.") from None


def _from_json(value: str) -> Connection:
    raw = json.loads(value)
    extra = raw.get("extra") or {}
    return _build(
        conn_type=raw.get("conn_type"),
        host=raw.get("host"),
        port=raw.get("port"),
        schema=raw.get("schema"),
        login=raw.get("login"),
        password=raw.get("password"),
        extra=json.loads(extra) if isinstance(extra, str) else extra,
    )


def _from_uri(value: str) -> Connection:
    kind, _, rest = value.partition("://")
    inner, _, after = rest.partition("://")
    scheme = inner if after and inner in _WEB else None
    parts = urlsplit(f"//{after if scheme else rest}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    extra = json.loads(query["__extra__"]) if "__extra__" in query else query
    host = unquote(parts.hostname or "")
    return _build(
        conn_type=kind,
        host=f"{scheme}://{host}" if scheme else host,
        port=parts.port,
        schema=unquote(parts.path if kind == "file" else parts.path.removeprefix("/")),
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        extra=extra,
    )


def _build(
    *, conn_type: Any, host: Any, port: Any, schema: Any, login: Any, password: Any, extra: Mapping[str, Any]
) -> Connection:
    """Put the parts together.

    Raises:
        ValueError: neither host nor folder.
    """
    kind, host, schema = str(conn_type or ""), str(host or ""), str(schema or "")
    if extra.get("path") or (kind in ("file", "fs", "folder") and (host or schema)):
        return Connection(base_url=str(extra.get("path") or schema or host), extra=dict(extra))
    if kind.partition("+")[0] in _DATABASES:
        driver = str(extra.get("driver") or _DATABASES.get(kind, kind))
        return _database(
            driver, host=host, port=port, schema=schema, login=login, password=password, extra=extra
        )
    if not host:
        raise ValueError("no host")
    if "://" not in host:
        scheme = schema if schema in _WEB else kind if kind in _WEB else "http"
        host = f"{scheme}://{host}"
    parts = urlsplit(host)
    if port and not parts.port:
        host = parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
    tail = "" if schema in _WEB else schema
    base = "/".join(
        part.strip("/") for part in (host, tail, str(extra.get("base_path") or "")) if part.strip("/")
    )
    return Connection(base_url=base, login=login or None, password=password or None, extra=dict(extra))


def _database(
    driver: str, *, host: str, port: Any, schema: str, login: Any, password: Any, extra: Mapping[str, Any]
) -> Connection:
    """A database as SQLAlchemy's URL without credentials; a file (SQLite) stands in host or schema."""
    if driver.startswith("sqlite"):
        file = schema or host
        url = URL.create(driver, database=file if not schema or file.startswith("/") else f"/{file}")
    else:
        url = URL.create(driver, host=host or None, port=int(port) if port else None, database=schema or None)
    if not (url.host or url.database):
        raise ValueError("no host")
    return Connection(url.render_as_string(), login or None, password or None, dict(extra))
