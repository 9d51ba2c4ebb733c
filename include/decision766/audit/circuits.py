"""Circuit breakers: a system that refused is left alone until a cool-down is over or a person says so.

The sources of one connection share a circuit: what refused one of them would refuse the others.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text

from decision766.audit.transaction import Bind, transaction


@dataclass(frozen=True)
class OpenCircuit:
    """An open circuit: since when and until when nothing is called (aware), by whose refusal, and why."""

    circuit: str
    source_id: str
    cause: str
    opened_at: dt.datetime
    open_until: dt.datetime


def open_circuit(
    bind: Bind, circuit: str, *, source_id: str, cause: str, cool_down: dt.timedelta, now: dt.datetime
) -> None:
    """Record a refusal: nothing is called before `now` + `cool_down`.

    cause must hold no value of a record.
    """
    with transaction(bind) as connection:
        connection.execute(
            text("""
                insert into audit.circuit_event (circuit, event, source_id, cause, open_until, happened_at)
                values (:circuit, 'opened', :source_id, :cause, :open_until, :now)
            """),
            {
                "circuit": circuit,
                "source_id": source_id,
                "cause": cause,
                "open_until": now + cool_down,
                "now": now,
            },
        )


def circuit_of(bind: Bind, circuit: str, *, now: dt.datetime) -> OpenCircuit | None:
    """Return the circuit if it is open at `now`; None if calls may be made."""
    with transaction(bind) as connection:
        row = connection.execute(
            text("""
                select circuit, source_id, cause, happened_at, open_until
                from audit.circuit_event where circuit = :circuit
                order by event_id desc limit 1
            """),
            {"circuit": circuit},
        ).one_or_none()
    if row is None or row.open_until is None or row.open_until <= now:
        return None
    return OpenCircuit(*row)


def reopen_circuit(
    bind: Bind, circuit: str, *, source_id: str, cause: str, now: dt.datetime
) -> OpenCircuit | None:
    """Let calls through again; return what was open, None if nothing was (and nothing is recorded)."""
    with transaction(bind) as connection:
        connection.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 766))"), {"name": f"circuit {circuit}"}
        )
        held = circuit_of(connection, circuit, now=now)
        if held is not None:
            connection.execute(
                text("""
                    insert into audit.circuit_event (circuit, event, source_id, cause, happened_at)
                    values (:circuit, 'reopened', :source_id, :cause, :now)
                """),
                {"circuit": circuit, "source_id": source_id, "cause": cause, "now": now},
            )
        return held
