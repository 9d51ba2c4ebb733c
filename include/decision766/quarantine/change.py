"""One change of quarantine from trying to keeping: tried and rolled back, its effect shown, then made."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from decision766.quarantine.moves import Moves, QuarantineError
from decision766.quarantine.trial import ALL_PROCEDURES, Effect, effect_of, write_effect
from decision766.settings import Settings


class ChangedMeanwhile(QuarantineError):
    """What was tried is no longer what would happen; nothing was changed."""


@dataclass(frozen=True)
class Change:
    """A change and its effect. effect: None if it was not asked for, if nothing moved or without marts."""

    moves: Moves
    effect: Effect | None
    is_made: bool

    def lines(self) -> list[str]:
        """The change as log lines: counts of rows, then each score before → after."""
        moves = self.moves
        lines = [
            f"{moves.action}{'' if self.is_made else ' (preview)'}: looked at {len(moves.looked_at)} rows, "
            f"let in {len(moves.let_in)}, held again {len(moves.held_again)}, still failing "
            f"{len(moves.failing)}, not judged {len(moves.unknown)}, superseded {len(moves.superseded)}"
        ]
        if self.effect is None:
            return lines
        lines.append(f"effect on scores: {len(self.effect.rows)} of {self.effect.compared} values change")
        return lines + [row.line() for row in self.effect.rows if row.procedure_code == ALL_PROCEDURES]


def carry_out(
    engine: Engine,
    action: Callable[[Connection], Moves],
    *,
    settings: Settings,
    preview: bool = False,
    with_effect: bool = True,
) -> Change:
    """Make a change of quarantine in one transaction; with its effect on the scores, worked out before.

    action: `replay`, `waive` or `unwaive`, waiting for a connection. preview: try it, show the effect, keep
    nothing. A process killed on the way has changed nothing or all; the same call again goes on from there.
    The marts take the change in with their next build: its batches stand in audit.work_ledger again.

    Raises:
        ChangedMeanwhile: another change or load came between the trial and the change.
        QuarantineError, ValidationError: as the action.
    """
    with engine.connect() as connection:
        trying = connection.begin()
        tried = action(connection)
        trying.rollback()
    effect = None
    if with_effect and (tried.let_in or tried.held_again):
        effect = effect_of(engine, tried, settings=settings)
    if preview:
        return Change(tried, effect, is_made=False)
    with engine.begin() as connection:
        made = action(connection)
        if not made.agrees_with(tried):
            raise ChangedMeanwhile(
                "the quarantine changed while the effect was worked out; nothing was changed. "
                "Run the command again"
            )
        if effect is not None:
            write_effect(connection, made.change_id, effect.rows)
    return Change(made, effect, is_made=True)
