"""Names what went wrong with an entity, without quoting a record."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from decision766.landing import LandingError
from decision766.pipeline.patience import POSTPONED, PostponedError
from decision766.pipeline.summary import EntityFailure
from decision766.sources import SourceError


def failure_of(entity: str, error: Exception) -> tuple[EntityFailure, Mapping[str, Any]]:
    """Name a failure; of an unforeseen one only type and place, since its text may quote a record."""
    if isinstance(error, SourceError):
        return EntityFailure(entity, error.kind, error.cause), error.call
    if isinstance(error, PostponedError):
        return EntityFailure(entity, POSTPONED, str(error)), {}
    if isinstance(error, LandingError):
        return EntityFailure(entity, "landing", str(error)), {}
    if isinstance(error, SQLAlchemyError):
        return EntityFailure(
            entity, "loading", f"the warehouse refused the rows ({_database_cause(error)})"
        ), {}
    if isinstance(error, OSError):
        cause = f"the landing zone cannot be written ({error.strerror or type(error).__name__})"
        return EntityFailure(entity, "landing", cause), {}
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "unknown place"
    return EntityFailure(entity, "unexpected", f"{type(error).__name__} at {place}"), {}


def _database_cause(error: SQLAlchemyError) -> str:
    """What the database said, but for data exceptions (class 22), whose text quotes the value."""
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None)
    said = getattr(getattr(original, "diag", None), "message_primary", None)
    name = f"{type(error).__name__}, SQLSTATE {state}" if state else type(error).__name__
    return f"{name}: {said}" if said and not str(state).startswith("22") else name
