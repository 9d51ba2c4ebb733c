"""Connections to the warehouse, always in the local time of Viet Nam."""

from urllib.parse import quote, urlsplit

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url

from decision766.settings import Settings, get_settings

TIME_ZONE = "Asia/Ho_Chi_Minh"
EMBEDDED_USER = "decision766"


def server_url(settings: Settings | None = None) -> URL:
    """URL of the PostgreSQL server (no database), external if one is set, else the embedded one."""
    settings = settings or get_settings()
    if settings.database_url:
        return make_url(settings.database_url).set(drivername="postgresql+psycopg")
    return URL.create(
        "postgresql+psycopg", username=EMBEDDED_USER, host="127.0.0.1", port=settings.database_port
    )


def database_url(database: str | None = None, settings: Settings | None = None) -> URL:
    """URL of one database on the server; the warehouse by default."""
    settings = settings or get_settings()
    return server_url(settings).set(database=database or settings.warehouse_database)


def libpq_url(url: URL) -> str:
    """Return the URL as libpq and psycopg read it, password included."""
    parts = urlsplit(url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql", 1))
    return parts._replace(netloc=quote(parts.netloc, safe=":@%[]")).geturl()


def web_engine(database: str | None = None, settings: Settings | None = None) -> Engine:
    """Engine of the pages: the login that DECISION766_WEB_DATABASE_URL names, else the pipeline's own.

    Either takes the role of whoever asks for the transaction of a page; a login of its own can take no more.
    """
    settings = settings or get_settings()
    if settings.web_database_url:
        settings = settings.model_copy(update={"database_url": settings.web_database_url})
    return warehouse_engine(database, settings)


def warehouse_engine(database: str | None = None, settings: Settings | None = None) -> Engine:
    """Engine of the warehouse (psycopg 3); each session runs in Asia/Ho_Chi_Minh."""
    return create_engine(
        database_url(database, settings),
        connect_args={"options": f"-c TimeZone={TIME_ZONE}", "application_name": "decision766"},
        pool_pre_ping=True,
        pool_use_lifo=True,  # the connection used last: what was asked before is planned there
        hide_parameters=True,  # an error quotes no value
    )
