"""Users and their roles, from a file; users whom a reverse proxy names; units that are not theirs.

The file (DECISION766_VISITORS) maps accounts, and roles of Airflow, to ours:

    users:
      an.nguyen: {role: official, unit: H17}
      kiem.toan: {role: auditor}
    airflow_roles:
      Viewer: {role: auditor}

Of Airflow's roles Admin and Op are engineers unless the file says otherwise. Everybody else is the public.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import text

from decision766.reporting.lookup import find_unit
from decision766.scoreboard.identity import ENGINEER, PUBLIC, ROLES, Identity, known, viewer
from decision766.settings import Settings

THIS_MACHINE = ("127.0.0.1", "::1", "testclient")
AIRFLOW_ROLES = {"admin": ENGINEER, "op": ENGINEER}


class VisitorsFileError(ValueError):
    """The file of visitors cannot be read as one; the message names the entry and what is allowed."""


@dataclass(frozen=True)
class Visitors:
    """Who is who. Names are compared without case."""

    settings: Settings
    users: Mapping[str, Identity] = field(default_factory=dict)
    airflow_roles: Mapping[str, Identity] = field(default_factory=lambda: AIRFLOW_ROLES)

    def of(self, account: str, airflow_roles: Iterable[str] = ()) -> Identity:
        """The identity of an account: its own entry, else that of the roles it has in Airflow."""
        own = self.users.get(account.strip().lower())
        if own is None:
            held = [self.airflow_roles.get(role.strip().lower(), PUBLIC) for role in airflow_roles]
            own = min(held, key=lambda one: ROLES.index(one.role), default=PUBLIC)
        return known(account, self.settings, own)


def load_visitors(settings: Settings) -> Visitors:
    """Read the file that the settings name; without one nobody is named.

    Raises:
        VisitorsFileError: with the entry that is wrong.
    """
    path = settings.visitors
    if path is None:
        return Visitors(settings)
    try:
        stated: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise VisitorsFileError(f"DECISION766_VISITORS: {path} cannot be read: {error}") from error
    parts = {
        part: {
            str(name).strip().lower(): _entry(path, part, str(name), entry)
            for name, entry in (stated.get(part) or {}).items()
        }
        for part in ("users", "airflow_roles")
    }
    return Visitors(settings, parts["users"], {**AIRFLOW_ROLES, **parts["airflow_roles"]})


def _entry(path: Path, part: str, name: str, entry: Any) -> Identity:
    role = entry.get("role") if isinstance(entry, dict) else None
    unit = str(entry.get("unit") or "") if isinstance(entry, dict) else ""
    if role not in ROLES or (role == "official") != bool(unit):
        raise VisitorsFileError(
            f"{path.name}: {part}, «{name}»: write {{role: ROLE}}, ROLE one of {', '.join(ROLES)}; "
            "an official has a unit, such as {role: official, unit: H17}, and nobody else has one."
        )
    return Identity("", frozenset({str(role)}), unit)


def named_by_proxy(header: str, visitors: Visitors) -> Callable[[Request], Any]:
    """Make the guard that takes the user from a header, of requests that come from this machine alone.

    Whoever else sends the header is the public: a proxy in front sets it, or takes it away.
    """

    async def named(request: Request) -> None:
        peer = request.client.host if request.client else ""
        account = request.headers.get(header, "").strip() if peer in THIS_MACHINE else ""
        request.state.identity = visitors.of(account) if account else PUBLIC

    return named


class NotTheirs(Exception):
    """An official asked for a unit outside of theirs, or somebody for pages of another role."""

    def __init__(self, asked: str, own: Identity) -> None:
        self.asked, self.own = asked, own
        super().__init__(f"{own.role} of {own.unit or 'no unit'} may not see {asked}")


async def refuse_what_is_not_theirs(request: Request) -> None:
    """Refuse an official another unit's page, before it is shown empty. A dependency of every page.

    The rows themselves are cut by the database; this says so.

    Raises:
        NotTheirs: answered with 403.
    """
    who = viewer(request)
    if who.role in ("engineer", "auditor"):
        return
    route = getattr(request.scope.get("route"), "path", "")
    if "/audit" in route:  # its reports are files, which no database guards
        raise NotTheirs("audit", who)
    asked = request.path_params.get("unit") or request.query_params.get("unit")
    if who.role != "official" or not asked or route.endswith("/go"):
        return
    await run_in_threadpool(_refuse_other_units, request, asked, who)


def _refuse_other_units(request: Request, asked: str, own: Identity) -> None:
    with request.app.state.connections.reading() as connection:
        unit = find_unit(connection, asked)
        seen = text("select 1 from rights.setting_unit where unit_code = :unit")
        if connection.execute(seen, {"unit": unit}).first() is None:
            raise NotTheirs(unit, own)
