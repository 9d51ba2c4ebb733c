"""`decision766 rights`: who sees what, and the database accounts of BI tools."""

from typing import Annotated, Literal

import typer
from rich.table import Table

from decision766.cli.console import out, step

app = typer.Typer(
    help="Who may see what: apply include/rights.yaml, show it, bind BI accounts.", no_args_is_help=True
)
Role = Literal["engineer", "auditor", "official", "public"]


@app.command()
def apply() -> None:
    """Make the roles and give every relation the grants and row policies of include/rights.yaml anew.

    Migrations and builds do this by themselves; run it after a change of the file, or of rights by hand.

    Example: decision766 rights apply
    """
    from decision766.platform.stack import stopping_at_the_end
    from decision766.settings import get_settings
    from decision766.warehouse.connect import warehouse_engine
    from decision766.warehouse.rights import apply_rights

    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        count = apply_rights(engine, anew=True)
        engine.dispose()
    step(f"Rights applied to {count} relations")


@app.command()
def show(
    relation: Annotated[str, typer.Argument(help="Only relations whose name contains this.")] = "",
) -> None:
    """Show which rows each role sees of each relation, and the accounts that have a role.

    Example: decision766 rights show mart_scorecard
    """
    from decision766.warehouse.rights import READERS, load_rights, policy_words

    rights = load_rights()
    table = Table("Relation", *(role.capitalize() for role in READERS))
    for name in rights.relations():
        if relation in name:
            row = rights.of(name)
            table.add_row(name, *(policy_words(row.get(role)) for role in READERS))
    out.print(table)
    _show_accounts()


def _show_accounts() -> None:
    from decision766.platform.stack import stopping_at_the_end
    from decision766.settings import get_settings
    from decision766.warehouse.connect import warehouse_engine
    from decision766.warehouse.rights_accounts import accounts

    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        found = accounts(engine)
        engine.dispose()
    table = Table("Account", "Role", "Units")
    for account in found:
        table.add_row(account.name, account.role, ", ".join(account.units))
    out.print(table if found else "No account has a role yet: decision766 rights grant NAME --unit CODE")


@app.command()
def grant(
    account: Annotated[str, typer.Argument(help="Login role of the database; made if there is none.")],
    unit: Annotated[str, typer.Option(help="Code of the unit an official is bound to, such as H17.05.")] = "",
    role: Annotated[Role, typer.Option(help="Role of the account.")] = "official",
) -> None:
    """Bind a database account to a unit, or give it another role.

    It sets no password: do that in psql with \\password, where it is neither seen nor logged.

    Example: decision766 rights grant bi_da_nang --unit H17
    """
    from decision766.platform.stack import stopping_at_the_end
    from decision766.settings import get_settings
    from decision766.warehouse.connect import warehouse_engine
    from decision766.warehouse.rights_accounts import grant_account

    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        made = grant_account(engine, account, role, unit or None)
        engine.dispose()
    step(f"{account}: {role}" + (f" of {unit}" if unit else ""))
    if made:
        out.print(
            f'It has no password yet. In psql "$(decision766 db url)": \\password {account}', soft_wrap=True
        )


@app.command()
def revoke(
    account: Annotated[str, typer.Argument(help="Login role of the database.")],
    unit: Annotated[str, typer.Option(help="Only this unit; everything if left out.")] = "",
) -> None:
    """Take a unit from an account, or every role of ours. The login itself stays.

    Example: decision766 rights revoke bi_da_nang
    """
    from decision766.platform.stack import stopping_at_the_end
    from decision766.settings import get_settings
    from decision766.warehouse.connect import warehouse_engine
    from decision766.warehouse.rights_accounts import revoke_account

    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        keeps = revoke_account(engine, account, unit or None)
        engine.dispose()
    step(f"{account} has lost {unit or 'its role'}" + ("; its other units stay" if keeps else ""))
