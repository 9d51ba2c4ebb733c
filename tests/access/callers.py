"""Asking the warehouse as somebody else: a login role of its own, or a group role."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from decision766.warehouse.connect import libpq_url
from decision766.warehouse.rights_accounts import grant_account

DENIED = psycopg.errors.InsufficientPrivilege
Caller = psycopg.Connection[Any]


@contextmanager
def account(engine: Engine, role: str, *units: str) -> Iterator[str]:
    """Name of a login role with that role, dropped at the end: logins belong to the whole server."""
    name = f"test_{role}_{uuid.uuid4().hex[:8]}"
    for unit in units or (None,):
        grant_account(engine, name, role, unit)
    try:
        yield name
    finally:
        with owner(engine) as connection:
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


@contextmanager
def owner(engine: Engine) -> Iterator[Caller]:
    """A connection of the pipeline's own account."""
    with psycopg.connect(libpq_url(engine.url), autocommit=True) as connection:
        yield connection


@contextmanager
def asking(engine: Engine, name: str, *, unit: str | None = None) -> Iterator[Caller]:
    """A connection on which everything is asked by role `name`, and not by a superuser behind it."""
    with owner(engine) as connection:
        connection.execute(sql.SQL("set session authorization {}").format(sql.Identifier(name)))
        if unit is not None:
            connection.execute("select set_config('decision766.unit', %s, false)", [unit])
        yield connection


def subtree(connection: Caller, unit: str) -> set[str]:
    """The unit, those below it, predecessors of any of them with what was below these, and versions of each.

    Made from the parents and successors that dim_org_unit states, without the rights' own tree.
    """
    edges = connection.execute(
        "select unit_code, parent_code, successor_code from marts.dim_org_unit"
    ).fetchall()
    edges += connection.execute("select org_unit_key, unit_code, null from marts.dim_org_unit").fetchall()
    found = {unit}
    while True:
        more = {code for code, parent, successor in edges if parent in found or successor in found} - found
        if not more:
            return found
        found |= more
