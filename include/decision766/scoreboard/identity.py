"""Who looks, and what they may do: one place, asked for each request.

Inside Airflow the plugin's guard states Airflow's user (`request.state.identity`). Alone, it is the operator
that the settings name; nobody, where they name none.
"""

from dataclasses import dataclass, field

from fastapi import Request

from decision766.settings import Settings


@dataclass(frozen=True)
class Identity:
    """An account of an office or role. key: what answers made for it are kept under."""

    account: str
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def may_sign(self) -> bool:
        """Whether it may sign validation runs."""
        return "auditor" in self.roles

    @property
    def key(self) -> str:
        """Account and roles, as one text."""
        return f"{self.account}:{','.join(sorted(self.roles))}"


def identity(request: Request) -> Identity | None:
    """Who sent the request; None: nobody who is known by name."""
    stated = getattr(request.state, "identity", None)
    if stated is not None:
        return stated if isinstance(stated, Identity) else None
    return getattr(request.app.state, "operator", None)


def known(account: str, settings: Settings) -> Identity:
    """The identity of an account: those that the settings name as auditors are."""
    auditors = {name.strip().lower() for name in (settings.auditors or "").split(",") if name.strip()}
    account = account.strip().lower()
    return Identity(account, frozenset({"auditor"} if account in auditors else set()))
