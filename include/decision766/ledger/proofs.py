"""When the ledger was last proved whole, and when it last did not hold: lines of JSON beside its heads.

They stand outside the database, like the heads, in the state folder. They are notes for people; what proves
the ledger is `decision766 ledger verify` itself.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from decision766.settings import Settings


@dataclass(frozen=True)
class Noted:
    """One proof by `ledger verify`. at: ISO 8601 with offset; problem: the first broken link, if any."""

    at: str
    holds: bool
    entries: int
    rows: int
    problem: str = ""


def _place(settings: Settings) -> Path:
    return settings.home / "ledger" / f"{settings.warehouse_database}.proofs.jsonl"


def note(settings: Settings, noted: Noted) -> None:
    """Add a line."""
    place = _place(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("ab") as file:
        file.write(json.dumps(asdict(noted), ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def noted(settings: Settings) -> tuple[Noted | None, Noted | None]:
    """The last proof that held and the last that did not; a line that a crash cut short is none."""
    place = _place(settings)
    if not place.exists():
        return None, None
    found: dict[bool, Noted] = {}
    for line in place.read_text(encoding="utf-8").splitlines():
        try:
            one = Noted(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[one.holds] = one
    return found.get(True), found.get(False)
