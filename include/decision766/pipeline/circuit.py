"""The circuit breaker of a source: it opens at the first refusal and keeps every call back while open."""

import datetime as dt
import logging

from sqlalchemy import Engine

from decision766.audit import circuit_of, open_circuit
from decision766.sources import SourceConfig

log = logging.getLogger(__name__)
REFUSED = "refused"


class Breaker:
    """The circuit of one source's connection, which the connection's other sources share.

    A source whose YAML has no `circuit` is never kept back. open_until: end of the silence, once known.
    """

    def __init__(self, engine: Engine, config: SourceConfig):
        self._engine, self._config = engine, config
        self._has_opened = False
        self.open_until: dt.datetime | None = None

    def why_closed_to_calls(self) -> str | None:
        """Say why the system must not be called now, and what ends it; None if it may be called."""
        if self._config.circuit is None:
            return None
        held = circuit_of(self._engine, self._config.connection, now=_now())
        if held is None:
            return None
        self.open_until = held.open_until
        return (
            f"not called: {self._config.connection} refused {held.source_id} at "
            f"{held.opened_at.isoformat(timespec='minutes')}; it is called again after "
            f"{held.open_until.isoformat(timespec='minutes')}, or once a person has run "
            f"`decision766 sources reopen {self._config.id}`"
        )

    def see(self, kind: str, cause: str) -> None:
        """Look at a failure of a call (as in SourceError); a refusal opens the circuit at once."""
        if kind != REFUSED or self._config.circuit is None or self._has_opened:
            return
        cool_down, now = dt.timedelta(hours=self._config.circuit.cool_down_hours), _now()
        open_circuit(
            self._engine,
            self._config.connection,
            source_id=self._config.id,
            cause=cause,
            cool_down=cool_down,
            now=now,
        )
        self._has_opened, self.open_until = True, now + cool_down
        log.error("%s refuses: it is left alone until the cool-down is over", self._config.connection)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
