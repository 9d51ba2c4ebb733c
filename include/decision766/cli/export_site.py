"""`decision766 export-site`: the pages of one period as a folder that opens from disk."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from decision766.cli.console import CommandError, err, out, step
from decision766.platform.databases import database_exists
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.warehouse.connect import warehouse_engine


class For(StrEnum):
    """For whose eyes the folder is."""

    PUBLIC = "public"
    OFFICIAL = "official"
    AUDITOR = "auditor"


def export_site(  # noqa: PLR0917 - typer reads one parameter for each option
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")],
    folder: Annotated[
        Path, typer.Option("--out", help="Folder to write; one written before is replaced whole.")
    ],
    role: Annotated[
        For, typer.Option(help="public: published totals; official: a unit's own; auditor: every unit.")
    ] = For.PUBLIC,
    unit: Annotated[str, typer.Option(help="With --role official: code or name of the unit.")] = "",
    explanations: Annotated[
        bool, typer.Option("--explanations", help="With --role auditor: each number's explanation too.")
    ] = False,
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
) -> None:
    """Write the pages of a period, in both languages, as files with relative links: no server, no script.

    Without --role it holds only what anybody may see: totals that the portal published.

    Example: decision766 export-site --period 2026-08 --out site --role official --unit H12
    """
    from decision766.scoreboard.export import NotOurFolder
    from decision766.scoreboard.export import export_site as write

    if (role is For.OFFICIAL) != bool(unit):
        raise CommandError("A unit goes with the role official.", "--role official --unit H12")
    settings, began = get_settings(), time.monotonic()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 score --inbox …` makes decision766_score."
            )
        with err.status("Pages …") as status:
            try:
                written = write(
                    lambda: warehouse_engine(database or None, settings),
                    period,
                    folder.absolute(),
                    role=role.value,
                    unit=unit,
                    explanations=explanations,
                    told=lambda done, total: status.update(f"Pages: {done:,} of {total:,}"),
                )
            except NotOurFolder as foreign:
                raise CommandError(str(foreign), "Name another folder, or empty this one.") from None
    step(
        f"{written.pages:,} pages, {written.files:,} files, {written.size / 1e6:,.1f} MB",
        time.monotonic() - began,
    )
    out.print(str(written.folder / "index.html"), soft_wrap=True)
