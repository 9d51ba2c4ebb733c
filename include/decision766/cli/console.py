"""What people see: one console for results, one for messages, and one way to say what went wrong."""

import errno
import sys
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from decision766.platform.errors import PlatformError

PIPE_WIDTH = 132  # columns where no terminal says how many it has
out, err = (
    Console(stderr=stderr, highlight=False, width=None if stream.isatty() else PIPE_WIDTH)
    for stderr, stream in ((False, sys.stdout), (True, sys.stderr))
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

RUN_FIRST = "Fill the marts first: decision766 run"


class CommandError(Exception):
    """A command cannot do what was asked; message and next step are shown as they are."""

    def __init__(self, message: str, next_step: str = ""):
        self.message, self.next_step = message, next_step
        super().__init__(message)


class PlainErrors(TyperGroup):
    """A group of commands whose errors are one message with the next step, never a traceback.

    With --debug the traceback follows. Exit codes: 1 for an error, 130 after Ctrl-C.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn its errors into messages."""
        try:
            return super().invoke(ctx)
        except typer.Abort:
            raise
        except KeyboardInterrupt:
            err.print("\n[yellow]Stopped[/] by Ctrl-C; nothing of ours was left running.")
            raise typer.Exit(130) from None
        except Exception as error:
            if hasattr(error, "exit_code"):  # Typer's own: wrong usage, or a wanted exit
                raise
            if ctx.params.get("debug"):
                traceback.print_exc()
            _fail(error, debug=bool(ctx.params.get("debug")))


def _fail(error: Exception, *, debug: bool) -> NoReturn:
    message, next_step = explain(error)
    err.print(f"[bold red]Error:[/] {escape(message)}", soft_wrap=True)
    if next_step:
        err.print(f"[bold]Next:[/]  {escape(next_step)}", soft_wrap=True)
    if message.startswith("unexpected") and not debug:
        err.print("       The same command with --debug shows where: decision766 --debug …", style="dim")
    raise typer.Exit(1) from error


def explain(error: Exception) -> tuple[str, str]:
    """Return message and next step for an error of any room."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from decision766.ledger.errors import LedgerError
    from decision766.warehouse.rights import RightsError

    if isinstance(error, (PlatformError, CommandError, LedgerError, RightsError)):
        return error.message, error.next_step
    if isinstance(error, (ProgrammingError, OperationalError)):
        cause = str(error.orig).strip().splitlines()[0]
        if "does not exist" in cause:
            return f"The marts have not been built yet ({cause}).", RUN_FIRST
        if isinstance(error, OperationalError):
            return f"PostgreSQL does not answer: {cause}", "Start it: decision766 db start"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full.", "Free some space, or set DECISION766_HOME to a folder on another disk."
    room = type(error).__module__
    if room.startswith("decision766."):  # the rooms' own errors say what to do themselves
        return str(error), ""
    return f"unexpected {type(error).__name__}: {error}", ""


def step(text: str, seconds: float | None = None) -> None:
    """Tell that something was done, and how long it took."""
    took = f" [dim]{seconds:.1f} s[/]" if seconds is not None else ""
    err.print(f"[green]✓[/] {text}{took}")


def migrate_warehouse(engine: "Engine") -> None:
    """Bring raw and audit to the newest revision; imported late, since Alembic is slow to import."""
    from decision766.warehouse.migrate import migrate

    migrate(engine)
