"""Accounts of BI tools and people: a login role of the database, bound to a unit or given a role.

No password passes through here: the operator sets it in psql (`\\password NAME`), or leaves it to the
server's own ways (certificates, LDAP, peer).
"""

import datetime as dt
import difflib
from dataclasses import dataclass

from psycopg import sql
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from decision766.warehouse.rights import PREFIX, RightsError, ensure_roles

GRANTED = ("engineer", "auditor", "official", "public")


@dataclass(frozen=True)
class Account:
    """A login role of ours. units: those it is bound to; other roles than `official` need none."""

    name: str
    role: str
    units: tuple[str, ...]
    granted_at: dt.datetime | None


def accounts(engine: Engine) -> list[Account]:
    """Every member of the roles, by name. Roles belong to the server, units to this database."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
                select member.rolname as name, granted.rolname as role,
                    array(select unit_code from rights.account where account_name = member.rolname order by 1)
                        as units,
                    (select max(granted_at) from rights.account where account_name = member.rolname) as since
                from pg_auth_members as membership
                inner join pg_roles as member on membership.member = member.oid
                inner join pg_roles as granted on membership.roleid = granted.oid
                where granted.rolname = any(:roles) and member.rolname <> :web
                order by name, role
            """),
            {"roles": [PREFIX + role for role in GRANTED], "web": f"{PREFIX}web"},
        )
        return [Account(row.name, row.role.removeprefix(PREFIX), tuple(row.units), row.since) for row in rows]


def grant_account(engine: Engine, name: str, role: str, unit: str | None = None) -> bool:
    """Give login role `name` a role; an official is bound to `unit`. Returns whether the login was made.

    Raises:
        RightsError: unknown unit (with near matches), an official without a unit, or a login that would
            see more than its role: a superuser, one that bypasses policies, a member of another role.
    """
    ensure_roles(engine)
    if (role == "official") != bool(unit):
        raise RightsError(
            "An official is bound to a unit." if role == "official" else f"The role {role} has no unit.",
            "Name it with --unit CODE." if role == "official" else "Leave out --unit.",
        )
    with engine.begin() as connection:
        if unit:
            _check_unit(connection, unit)
        made = _check_login(connection, name, role)
        if made:
            _execute(connection, "create role {} login inherit", name)
            # A login of that name may have been dropped: the new one does not take over its units.
            connection.execute(text("delete from rights.account where account_name = :name"), {"name": name})
        _execute(connection, "grant {} to {}", PREFIX + role, name)
        if unit:
            connection.execute(
                text("insert into rights.account values (:name, :unit) on conflict do nothing"),
                {"name": name, "unit": unit},
            )
    return made


def revoke_account(engine: Engine, name: str, unit: str | None = None) -> bool:
    """Take a unit from an account, or everything; return whether it keeps a role. The login itself stays.

    Raises:
        RightsError: there is no such account, or it is not bound to that unit; with those there are.
    """
    held = [account for account in accounts(engine) if account.name == name]
    if not held:
        names = sorted({account.name for account in accounts(engine)})
        raise RightsError(f"There is no account «{name}».", _near(name, names, "`decision766 rights show`."))
    units = held[0].units
    if unit and unit not in units:
        raise RightsError(
            f"{name} is not bound to «{unit}».", f"It is bound to: {', '.join(units) or 'nothing'}."
        )
    left = [code for code in units if unit and code != unit]
    with engine.begin() as connection:
        connection.execute(
            text("delete from rights.account where account_name = :name and unit_code <> all(:left)"),
            {"name": name, "left": left},
        )
        if not left:
            for account in held:
                _execute(connection, "revoke {} from {}", PREFIX + account.role, name)
    return bool(left)


def _check_unit(connection: Connection, unit: str) -> None:
    codes = {
        str(code) for code in connection.execute(text("select unit_code from rights.unit_tree")).scalars()
    }
    codes = {code for code in codes if "@" not in code}  # versions of a unit are not accounts' units
    if unit in codes:
        return
    if not codes:
        raise RightsError("No unit is known yet.", "Fill the marts first: decision766 run")
    named = connection.execute(text("select distinct unit_code, unit_name from marts.dim_org_unit"))
    by_name = {f"{row.unit_code} ({row.unit_name})": row for row in named}
    wanted = unit.casefold()
    near = [shown for shown, row in by_name.items() if wanted in row.unit_name.casefold()]
    near += [
        shown
        for code in difflib.get_close_matches(unit.upper(), codes, n=5, cutoff=0.5)
        for shown, row in by_name.items()
        if row.unit_code == code
    ]
    raise RightsError(
        f"There is no unit «{unit}».",
        f"Did you mean: {', '.join(dict.fromkeys(near[:5]))}?"
        if near
        else "Codes are written H17 or H17.05.",
    )


def _check_login(connection: Connection, name: str, role: str) -> bool:
    """Whether the login has to be made."""
    if name.startswith(PREFIX) or name.startswith("pg_"):
        raise RightsError(f"«{name}» is a name of the roles themselves.", "Choose a name such as bi_h17.")
    found = connection.execute(
        text("""
            select login.rolsuper or login.rolbypassrls as sees_all,
                array(
                    select granted.rolname::text from pg_roles as granted
                    where granted.rolname <> login.rolname and not login.rolsuper
                        and pg_has_role(login.oid, granted.oid, 'member')
                ) as roles
            from pg_roles as login where login.rolname = :name
        """),
        {"name": name},
    ).one_or_none()
    if found is None:
        return True
    others = [other for other in found.roles if other != PREFIX + role]
    if found.sees_all or others:
        raise RightsError(
            f"The account {name} sees more than the role {role}: "
            + (
                "it is a superuser or bypasses row policies."
                if found.sees_all
                else f"it is in {', '.join(others)}."
            ),
            "Take that away first, or use an account of its own.",
        )
    return False


def _execute(connection: Connection, statement: str, *names: str) -> None:
    """Run a statement that names roles; what the server refuses is said with who may do it."""
    raw = connection.connection.dbapi_connection
    quoted = sql.SQL(statement).format(*(sql.Identifier(name) for name in names))
    try:
        connection.exec_driver_sql(quoted.as_string(raw).replace("%", "%%"))  # type: ignore[arg-type]
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != "42501":
            raise
        raise RightsError(
            "This user of the database may not change its roles.",
            f"Let an administrator run: {quoted.as_string(raw)};",  # type: ignore[arg-type]
        ) from error


def _near(wanted: str, known: list[str], otherwise: str) -> str:
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    return f"Did you mean: {', '.join(near)}?" if near else f"Accounts are listed by {otherwise}"
