"""`decision766 serve`: the scoreboard as a site of its own."""

from typing import Annotated

import typer

from decision766.cli.console import CommandError, err, out
from decision766.platform.databases import database_exists
from decision766.platform.postgres import check_port_free
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.warehouse.connect import warehouse_engine


def serve(
    port: Annotated[int, typer.Option(help="Port; 0: DECISION766_SCOREBOARD_PORT.", min=0, max=65_535)] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
) -> None:
    """Serve the scoreboard until Ctrl-C: country, units, indicators, explanations, pipeline.

    It asks for no login: whoever reaches the port reads every unit. Under Airflow (`decision766 up`) the
    same pages stand behind Airflow's login.

    Example: decision766 serve
    """
    import uvicorn

    from decision766.scoreboard.app import create_app

    settings = get_settings()
    port = port or settings.scoreboard_port
    check_port_free(port, what="the scoreboard", variable="DECISION766_SCOREBOARD_PORT")
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 score --inbox …` makes decision766_score."
            )
        if host not in ("127.0.0.1", "localhost", "::1"):
            err.print("[yellow]No login:[/] whoever reaches this address reads every unit and dossier.")
        out.print(f"[bold]Scoreboard[/]   http://{host}:{port}/   Stop it with Ctrl-C.", soft_wrap=True)
        app = create_app(
            lambda: warehouse_engine(database or None, settings),
            requests_per_minute=settings.api_requests_per_minute,
        )
        uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
