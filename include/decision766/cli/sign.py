"""`decision766 sign`: an auditor's verdict on a period or a validation run, chained into the ledger."""

from enum import StrEnum
from typing import Annotated

import typer

from decision766.cli.console import step
from decision766.cli.ledger import ledger_engine, period_of

app = typer.Typer(
    no_args_is_help=True,
    help="Ký xác nhận · An auditor accepts or rejects a period or a validation run, with a comment. "
    "Kept for ever: --by is the account of an office or role, never a person's name.",
)

By = Annotated[
    str, typer.Option(help="Account of the office or role, such as thanh-tra.h12; no person's name.")
]
Comment = Annotated[str, typer.Option(help="Why; without personal data. It is never erased.")]


class Verdict(StrEnum):
    """What an auditor says."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@app.command("period")
def sign_period_command(
    verdict: Annotated[Verdict, typer.Argument(help="accepted or rejected")],
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")],
    by: By,
    comment: Comment,
    unit: Annotated[str, typer.Option(help="Unit code or exact name; all units if left out.")] = "*",
) -> None:
    """Accept or reject what was published of a unit's period, or of a period of all units.

    The verdict holds for the figures as they stand; a restatement makes the period unsigned again.

    Example: decision766 sign period accepted --unit H12 --period 2026-08 --by thanh-tra.h12
    --comment "Khớp hồ sơ"
    """
    from decision766.ledger.statements import ALL_UNITS, sign_period
    from decision766.reporting.lookup import find_unit

    asked = period_of(period)
    with ledger_engine() as engine:
        code = unit
        if unit != ALL_UNITS:
            with engine.connect() as connection:
                code = find_unit(connection, unit)
        entry = sign_period(
            engine, unit_code=code, period=asked, decision=verdict.value, by=by, comment=comment
        )
    whose = "all units" if code == ALL_UNITS else code
    step(f"{whose} {asked.code} {verdict.value} by {by}: entry {entry.entry_no}, {entry.hash_hex[:16]}")


@app.command("run")
def sign_run_command(
    verdict: Annotated[Verdict, typer.Argument(help="accepted or rejected")],
    validation_run: Annotated[str, typer.Argument(help="Id of the validation run (audit.validation_run).")],
    by: By,
    comment: Comment,
) -> None:
    """Accept or reject a validation run; its results are bound by their hash.

    Example: decision766 sign run rejected 0b1c… --by thanh-tra.h12 --comment "Thiếu hồ sơ tháng 8"
    """
    from decision766.ledger.statements import sign_validation_run

    with ledger_engine() as engine:
        entry = sign_validation_run(engine, validation_run, decision=verdict.value, by=by, comment=comment)
    step(f"Run {validation_run} {verdict.value} by {by}: entry {entry.entry_no}, {entry.hash_hex[:16]}")
