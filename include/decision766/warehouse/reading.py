"""Rows of small questions, asked over and over: as the driver gives them, without SQLAlchemy's result.

A page asks up to ten questions of few rows and many columns; most of its time would go into result objects.
Connections, transactions, roles and errors stay SQLAlchemy's.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError


def read_rows(
    connection: Connection, query: TextClause, values: Mapping[str, object]
) -> list[dict[str, Any]]:
    """Every row by column name. values: one for each parameter, further ones are not looked at.

    Raises:
        DBAPIError: as SQLAlchemy would; it quotes no value.
    """
    if not connection.in_transaction():
        connection.begin()  # committed by whoever closes the connection, as one that began by itself
    statement = _driver_text(query)
    # cast: the pool's wrapper hands every call on to the driver's connection
    with cast("psycopg.Connection[tuple[Any, ...]]", connection.connection).cursor() as cursor:
        try:
            cursor.execute(statement.encode(), values)
            found = cursor.fetchall()
        except psycopg.Error as error:
            raise DBAPIError.instance(
                statement, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
            ) from error
        result = cursor.pgresult
    columns = [] if result is None else _columns(result)
    return [dict(zip(columns, row, strict=True)) for row in found]


def _columns(result: "psycopg.pq.abc.PGresult") -> list[str]:
    names = (result.fname(place) for place in range(result.nfields))
    return [(name or b"").decode() for name in names]


@lru_cache(maxsize=512)
def _driver_text(query: TextClause) -> str:
    """The question with its parameters as the driver wants them: %(name)s."""
    return str(query.compile(dialect=PGDialect_psycopg()))  # type: ignore[no-untyped-call]
