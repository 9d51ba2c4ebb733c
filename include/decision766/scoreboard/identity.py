"""Who looks, what they may do and whose rows they see: one place, asked for each request.

Inside Airflow the plugin's guard states Airflow's user (`request.state.identity`). Alone, it is the operator
that the settings name, a user whom a trusted proxy names (scoreboard.visitors), or everybody alike
(`app.state.everybody`). Every connection of the pages takes that identity's role and unit in the database
(docs/rights.md); a request that nobody was admitted for is the public's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from fastapi import Request

from decision766.settings import Settings

Role = Literal["engineer", "auditor", "official", "public"]
ROLES: tuple[Role, ...] = ("engineer", "auditor", "official", "public")  # who sees more first


@dataclass(frozen=True)
class Identity:
    """An account of an office or role. key: what answers made for it are kept under.

    unit: of an official; without one an official sees the ranking alone.
    """

    account: str
    roles: frozenset[str] = field(default_factory=frozenset)
    unit: str = ""

    @property
    def may_sign(self) -> bool:
        """Whether it may sign validation runs."""
        return "auditor" in self.roles

    @property
    def role(self) -> Role:
        """The role in the database: of several the one that sees most, of none the public's."""
        return next((role for role in ROLES if role in self.roles), "public")

    @property
    def key(self) -> str:
        """Account, roles and unit, as one text."""
        return f"{self.account}:{','.join(sorted(self.roles))}:{self.unit}"


ENGINEER = Identity("", frozenset({"engineer"}))
PUBLIC = Identity("")
_present: ContextVar[Identity] = ContextVar("decision766_present", default=PUBLIC)


def present() -> Identity:
    """Whose request this is: what connections to the database are opened as."""
    return _present.get()


@contextmanager
def acting_as(who: Identity) -> Iterator[None]:
    """Ask the database as somebody else, for what is shown to nobody: the state of what is kept."""
    before = _present.set(who)
    try:
        yield
    finally:
        _present.reset(before)


async def admit(request: Request) -> None:
    """Let everything that follows in this request be asked as who sent it. A dependency after all guards."""
    _present.set(viewer(request))


def viewer(request: Request) -> Identity:
    """Whose rows the request may see: who sent it, else what everybody is here."""
    who: Identity = identity(request) or request.app.state.everybody
    return who


def identity(request: Request) -> Identity | None:
    """Who sent the request; None: nobody who is known by name."""
    stated = getattr(request.state, "identity", None)
    if stated is not None:
        return stated if isinstance(stated, Identity) else None
    return getattr(request.app.state, "operator", None)


def known(account: str, settings: Settings, also: Identity = PUBLIC) -> Identity:
    """The identity of an account: those that the settings name as auditors are. also: what else it is."""
    auditors = {name.strip().lower() for name in (settings.auditors or "").split(",") if name.strip()}
    account = account.strip().lower()
    roles = frozenset({"auditor"} if account in auditors else set()) | also.roles
    return Identity(account, roles, also.unit)
