"""`decision766 sources`: the source systems themselves."""

import datetime as dt
import getpass
from typing import Annotated

import typer

from decision766.cli.console import migrate_warehouse, step
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.sources.config import find_source
from decision766.warehouse.connect import warehouse_engine

app = typer.Typer(help="The source systems: let one be called again.", no_args_is_help=True)


@app.command()
def reopen(
    source: Annotated[str, typer.Argument(help="A source that was refused.")],
) -> None:
    """Call a system again that refused us, before its cool-down is over.

    The other sources of its connection are called again too. Look first why it refused:
    audit.circuit_event and the last outcomes say so.

    Example: decision766 sources reopen portal_h44
    """
    from decision766.audit import reopen_circuit

    settings = get_settings()
    config = find_source(settings.sources_folder, source)
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        migrate_warehouse(engine)
        held = reopen_circuit(
            engine,
            config.connection,
            source_id=config.id,
            cause=f"reopened by {getpass.getuser()}",
            now=dt.datetime.now(dt.UTC),
        )
        engine.dispose()
    if held is None:
        step(f"{config.connection} was not closed to calls: nothing to do")
    else:
        step(f"{config.connection} may be called again; it refused {held.source_id}: {held.cause}")
