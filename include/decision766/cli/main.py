"""The command `decision766`: wires the commands, nothing else."""

from typing import Annotated

import typer

from decision766.cli import (
    bench,
    contest,
    database,
    explain,
    export_site,
    gain,
    ingest,
    ledger,
    privacy,
    quarantine,
    report,
    reports,
    rights,
    run,
    score,
    scorecard,
    serve,
    services,
    sign,
    sources,
    targets,
)
from decision766.cli.console import PlainErrors

app = typer.Typer(
    name="decision766",
    cls=PlainErrors,
    help="Decision 766: 22 public-service indicators from dossier-level records, beside what was published.",
    epilog="First time: decision766 run. Settings: DECISION766_* in the environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Take the options that stand before the command; `PlainErrors` reads them."""


app.command()(run.run)
app.command()(services.up)
app.command()(services.down)
app.command()(services.status)
app.command()(ingest.ingest)
app.command()(scorecard.scorecard)
app.command()(score.score)
app.command()(explain.explain)
app.command()(gain.gain)
app.command()(targets.targets)
app.command()(serve.serve)
app.command()(export_site.export_site)
app.add_typer(sources.app, name="sources")
app.add_typer(database.app, name="db")
app.add_typer(ledger.app, name="ledger")
app.add_typer(sign.app, name="sign")
app.add_typer(contest.app, name="contest")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(reports.app, name="reports")
app.add_typer(report.app, name="report")
app.add_typer(privacy.keys_app, name="keys")
app.add_typer(privacy.retention_app, name="retention")
app.command()(privacy.erase)
app.add_typer(rights.app, name="rights")
app.add_typer(bench.app, name="bench", hidden=True)

if __name__ == "__main__":
    app()
