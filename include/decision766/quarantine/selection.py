"""Which entries of quarantine are meant."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

State = Literal["open", "replayed", "waived"]
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class Selection:
    """Entries of audit.quarantine; what is left out does not narrow it.

    ids: quarantine_id. unit: a unit with all units below it. since: first seen at or after this aware
    instant.
    """

    ids: tuple[int, ...] = ()
    source: str | None = None
    entity: str | None = None
    rule: str | None = None
    unit: str | None = None
    state: State | None = None
    since: dt.datetime | None = None

    def condition(self) -> tuple[str, dict[str, Any]]:
        """Return SQL on the alias `held` of audit.quarantine, and the values it binds."""
        parts = ["true"]
        values: dict[str, Any] = {}
        if self.ids:
            parts.append("held.quarantine_id = any(cast(:ids as bigint[]))")
            values["ids"] = list(self.ids)
        for name, column in (
            ("source", "source_id"),
            ("entity", "entity"),
            ("rule", "rule_id"),
            ("state", "state"),
        ):
            if (value := getattr(self, name)) is not None:
                parts.append(f"held.{column} = :{name}")
                values[name] = value
        if self.unit is not None:
            parts.append("(held.unit_code = :unit or starts_with(held.unit_code, :unit || '.'))")
            values["unit"] = self.unit
        if self.since is not None:
            parts.append("held.first_seen_at >= :since")
            values["since"] = self.since
        return " and ".join(parts), values

    def told(self) -> dict[str, Any]:
        """Return what was asked for, as JSON values; what was left out is left out."""
        found = {name: value for name, value in asdict(self).items() if value}
        if self.since is not None:
            found["since"] = self.since.isoformat()
        return found
