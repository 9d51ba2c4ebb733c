"""Databases on the server, embedded or external: create, recreate, drop."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from decision766.platform.errors import PlatformError
from decision766.platform.postgres import EmbeddedPostgres
from decision766.settings import Settings
from decision766.warehouse.connect import libpq_url, server_url


def start_server(settings: Settings) -> bool:
    """Start the embedded server unless an external one is set; return whether this call started it."""
    if settings.database_url:
        with administration(settings):
            return False
    return EmbeddedPostgres(settings.home, settings.database_port).start()


@contextmanager
def administration(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit to the server's maintenance database.

    Raises:
        PlatformError: the server cannot be reached or refuses the login.
    """
    url = server_url(settings)
    database = url.database or "postgres"
    try:
        connection = psycopg.connect(
            libpq_url(url.set(database=database)), autocommit=True, connect_timeout=10
        )
    except psycopg.OperationalError as error:
        cause = str(error).strip().splitlines()[-1]
        if settings.database_url:
            step = "Check DECISION766_DATABASE_URL (postgresql://user:password@host:port/) and that server."
        else:
            step = "Start it with `decision766 db start` or `make up`."
        where = f"{url.host}:{url.port or 5432}"
        raise PlatformError(f"PostgreSQL at {where} does not answer: {cause}", step) from error
    with connection:
        yield connection


def ensure_database(settings: Settings, name: str) -> bool:
    """Create database `name` unless it exists; return whether it was created."""
    with administration(settings) as connection:
        if _exists(connection, name):
            return False
        _execute(connection, "create database {} encoding 'UTF8' template template0", name)
        return True


def recreate_database(settings: Settings, name: str) -> None:
    """Drop database `name` if it exists, ending its sessions, and create it empty."""
    with administration(settings) as connection:
        _execute(connection, "drop database if exists {} with (force)", name)
        _execute(connection, "create database {} encoding 'UTF8' template template0", name)


def drop_database(settings: Settings, name: str) -> None:
    """Drop database `name` if it exists, ending its sessions."""
    with administration(settings) as connection:
        _execute(connection, "drop database if exists {} with (force)", name)


def clone_database(settings: Settings, template: str, name: str) -> None:
    """Copy database `template`, which nobody may be using, to a new one."""
    with administration(settings) as connection:
        statement = sql.SQL("create database {} template {} strategy file_copy")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def database_exists(settings: Settings, name: str) -> bool:
    """Whether the server has a database `name`."""
    with administration(settings) as connection:
        return _exists(connection, name)


def wait_for_server(settings: Settings, seconds: float) -> None:
    """Wait until the server answers, for at most `seconds`.

    Raises:
        PlatformError: it did not.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            with administration(settings):
                return
        except PlatformError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _exists(connection: psycopg.Connection[Any], name: str) -> bool:
    row = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
    return row is not None


def _execute(connection: psycopg.Connection[Any], statement: str, name: str) -> None:
    try:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise PlatformError(
            f"The user of DECISION766_DATABASE_URL may not create or drop database {name}.",
            f'Let an administrator run: create database "{name}" encoding UTF8 owned by that user.',
        ) from error
