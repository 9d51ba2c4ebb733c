"""`decision766 contest`: an agency contests a figure; it stays marked until the contest is resolved."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from decision766.cli.console import out, step
from decision766.cli.ledger import ledger_engine, period_of
from decision766.cli.sign import By, Comment
from decision766.sources.periods import LOCAL

app = typer.Typer(
    no_args_is_help=True,
    help="Khiếu nại số liệu · An agency contests a figure, on evidence; resolved as upheld or corrected. "
    "Kept for ever: --by is the account of an office or role, never a person's name.",
)


class Resolution(StrEnum):
    """How a contest ends: the figure is upheld, or was corrected."""

    UPHELD = "upheld"
    CORRECTED = "corrected"


@app.command("open")
def open_command(  # noqa: PLR0917
    unit: Annotated[str, typer.Option(help="Unit code or exact name.")],
    indicator: Annotated[str, typer.Option(help="The indicator, 1.1 … 5.3.")],
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why it is wrong; without personal data.")],
    evidence: Annotated[str, typer.Option(help="Reference of the evidence, such as the number of a letter.")],
    procedure: Annotated[str, typer.Option(help="One procedure; all together if left out.")] = "*",
) -> None:
    """Contest a published figure. Its number is that of its entry in the ledger.

    Example: decision766 contest open --unit H12.07 --indicator 2.1 --period 2026-08 --by so-noi-vu.h12
    --reason "12 hồ sơ đã trả đúng hạn" --evidence "CV 123/SNV-KSTTHC"
    """
    from decision766.ledger.statements import Figure, open_contest
    from decision766.reporting.lookup import find_unit

    asked = period_of(period)
    with ledger_engine() as engine:
        with engine.connect() as connection:
            code = find_unit(connection, unit)
        entry = open_contest(
            engine, Figure(code, indicator, asked, procedure), by=by, reason=reason, evidence=evidence
        )
    step(f"Contest {entry.entry_no} opened: {code}, indicator {indicator}, {asked.code}")


@app.command("resolve")
def resolve_command(  # noqa: PLR0917
    contest: Annotated[int, typer.Argument(help="Number of the contest.", min=1)],
    resolution: Annotated[Resolution, typer.Argument(help="upheld: the figure stands; corrected: by what")],
    by: By,
    comment: Comment,
    batch: Annotated[str, typer.Option(help="The batch that corrected the figure.")] = "",
    rule: Annotated[str, typer.Option(help="The rule or rule set that corrected it.")] = "",
) -> None:
    """Resolve a contest. A correction must have been published since, and names its batch or rule.

    Example: decision766 contest resolve 14 corrected --batch 0b1c… --by thanh-tra.h12
    --comment "Đã nạp bổ sung"
    """
    from decision766.ledger.statements import resolve_contest

    with ledger_engine() as engine:
        entry = resolve_contest(
            engine, contest, resolution=resolution.value, by=by, comment=comment, batch_id=batch, rule=rule
        )
    step(f"Contest {contest} {resolution.value} by {by}: entry {entry.entry_no}")


@app.command("list")
def list_command(
    unit: Annotated[str, typer.Option(help="One unit's code; all units if left out.")] = "",
    all_of_them: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
) -> None:
    """List contests: who, which figure, why, on what evidence, and how it ended.

    Example: decision766 contest list --unit H12.07 --all
    """
    from decision766.ledger.marks import contests

    with ledger_engine() as engine, engine.connect() as connection:
        found = contests(connection, unit_code=unit or None, only_open=not all_of_them)
    if not found:
        step("No contest is open" if not all_of_them else "Nothing was contested")
    for contest in found:
        state = contest.resolution or "open"
        what = f"{contest.unit_code} {contest.indicator_code} {contest.period_grain} {contest.period_start}"
        procedure = "" if contest.procedure_code == "*" else f" {contest.procedure_code}"
        out.print(
            f"[bold]{contest.contest_no}[/] {state}  {what}{procedure}  {escape(contest.reason)} "
            f"[dim]({escape(contest.evidence)}; {contest.opened_by}, "
            f"{contest.opened_at.astimezone(LOCAL):%Y-%m-%d})[/]",
            soft_wrap=True,
        )
        if contest.resolution:
            by_what = contest.correcting_batch_id or contest.correcting_rule or ""
            out.print(f"   → {contest.resolved_by}: {escape(contest.resolution_comment or '')} {by_what}")
