"""What the score ledger and the sign-offs say, for the pages to print; nothing where there is no ledger."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Head:
    """The newest header of the score ledger: its number, hash (hex) and instant."""

    height: int
    head: str
    at: dt.datetime | None


@dataclass(frozen=True)
class Signoff:
    """The newest verdict of an auditor on a validation run."""

    verdict: str
    by: str
    at: dt.datetime
    comment: str


def ledger_head(connection: Connection) -> Head | None:
    """Return the head of the ledger; None if nothing was published."""
    return None


def signoffs(connection: Connection) -> dict[str, Signoff]:
    """Newest sign-off of each validation run that has one."""
    return {}
