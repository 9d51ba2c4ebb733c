"""`decision766 serve`: the scoreboard as a site of its own."""

import gc
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from decision766.cli.console import CommandError, err, out
from decision766.platform.databases import database_exists
from decision766.platform.postgres import check_port_free
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import warehouse_engine, web_engine

if TYPE_CHECKING:
    from decision766.scoreboard.identity import Identity

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Role = Literal["", "engineer", "auditor", "official", "public"]
COLLECTING = (50_000, 20, 50)  # objects, then turns: an answer is tens of thousands that go by themselves


def serve(  # noqa: PLR0917 - typer reads one parameter for each option
    port: Annotated[int, typer.Option(help="Port; 0: DECISION766_SCOREBOARD_PORT.", min=0, max=65_535)] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
    role: Annotated[
        Role,
        typer.Option("--as", help="What everybody is here; on this machine an engineer, else the public."),
    ] = "",
    unit: Annotated[str, typer.Option(help="With --as official: code or name of the unit.")] = "",
    user_header: Annotated[
        str,
        typer.Option(help="Header in which a proxy on this machine names the user, such as X-Remote-User."),
    ] = "",
) -> None:
    """Serve the scoreboard until Ctrl-C: country, units, indicators, explanations, pipeline.

    It asks for no login. On this machine everybody is an engineer and sees every unit; on another address the
    public, unless --as says otherwise or a proxy names users (DECISION766_VISITORS: docs/rights.md). Under
    Airflow (`decision766 up`) the same pages stand behind Airflow's login.

    Example: decision766 serve --as official --unit H17
    """
    import uvicorn

    from decision766.scoreboard.app import create_app
    from decision766.scoreboard.visitors import load_visitors, named_by_proxy
    from decision766.scoreboard.warming import warm

    settings = get_settings()
    port = port or settings.scoreboard_port
    check_port_free(port, what="the scoreboard", variable="DECISION766_SCOREBOARD_PORT")
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 score --inbox …` makes decision766_score."
            )
        role = role or ("engineer" if host in LOOPBACK else "public")
        everybody = _everybody(database, settings, role, unit)
        if host not in LOOPBACK and not user_header:
            err.print(f"[yellow]No login:[/] whoever reaches this address sees what the role {role} sees.")
        out.print(f"[bold]Scoreboard[/]   http://{host}:{port}/   Stop it with Ctrl-C.", soft_wrap=True)
        app = create_app(
            lambda: warehouse_engine(database or None, settings),
            guards=[named_by_proxy(user_header, load_visitors(settings))] if user_header else (),
            settings=settings,
            everybody=everybody,
            read=lambda: web_engine(database or None, settings),
            requests_per_minute=settings.api_requests_per_minute,
        )
        with err.status("Planning what pages ask …"):
            warm(app.state.connections, settings, everybody)
        gc.freeze()  # what is here stays: collections look at what came after it
        gc.set_threshold(*COLLECTING)
        uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)


def _everybody(database: str, settings: Settings, role: str, unit: str) -> "Identity":
    """What everybody is who reaches the pages; an official's unit is one there is."""
    from decision766.reporting.lookup import find_unit
    from decision766.scoreboard.identity import Identity

    if (role == "official") != bool(unit):
        raise CommandError("An official has a unit, and nobody else has one.", "--as official --unit H17")
    if unit:
        engine = warehouse_engine(database or None, settings)
        with engine.connect() as connection:
            unit = find_unit(connection, unit)
        engine.dispose()
    return Identity("", frozenset({role}), unit)
