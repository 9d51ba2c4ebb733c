"""Rights as code: the roles, and who sees which rows and columns, from include/rights.yaml (docs/rights.md).

The database enforces them. `apply` makes the roles and loads the file into `rights.rule`; the procedure
`rights.secure` gives one relation its grants and row policies. dbt calls that procedure where it swaps a
table, so that no table is readable for a moment without its policies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from decision766.settings import get_settings

ROLES = ("engineer", "auditor", "official", "public", "web")
READERS = ("engineer", "auditor", "official", "public")
SCHEMAS = ("marts", "audit", "reference", "raw", "intermediate", "staging")
PREFIX = "decision766_"
CALLERS_OWN = ("unit", "line", "source")
# Where a policy finds what is the caller's own: an account's by its name, the web tier's by its setting.
CALLER = {
    "official": {f"{name}s": f"rights.account_{name}" for name in CALLERS_OWN},
    "web": {f"{name}s": f"rights.setting_{name}" for name in CALLERS_OWN},
}


class RightsError(Exception):
    """The rights cannot be applied or changed as asked; message and next step are shown as they are."""

    def __init__(self, message: str, next_step: str):
        self.message, self.next_step = message, next_step
        super().__init__(f"{message} {next_step}")


@dataclass(frozen=True)
class Rule:
    """What one role sees of one relation (schema.name, or schema.* for those not named).

    policy: its name in the file. shown: None is every column but the hidden ones.
    """

    relation: str
    role: str
    policy: str
    condition: str
    shown: tuple[str, ...] | None
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class Rights:
    """The file: rules, and the schemas whose relations a role may name."""

    rules: tuple[Rule, ...]
    schemas: Mapping[str, tuple[str, ...]]

    def of(self, relation: str) -> dict[str, Rule]:
        """The rules of a relation by role: its own, or else those of its schema."""
        own = {rule.role: rule for rule in self.rules if rule.relation == relation}
        rest = f"{relation.partition('.')[0]}.*"
        return own or {rule.role: rule for rule in self.rules if rule.relation == rest}

    def relations(self) -> list[str]:
        """Every relation that the file names, in its order."""
        return list(dict.fromkeys(rule.relation for rule in self.rules))

    def names(self, relation: str) -> bool:
        """Whether the file has a row for exactly this relation."""
        return any(rule.relation == relation for rule in self.rules)


WORDS = {
    "all": "every row",
    "nothing": "no row",
    "view": "as what it reads",
    "unit": "its units",
    "above": "its units",
    "line": "its units, and those above",
    "source": "its sources",
    "batch": "its sources, and the catalogue",
    "held": "its units, and what names none",
    "of_batch": "of batches it sees",
    "of_run": "of runs it sees",
    "of_held": "of held rows it sees",
    "published": "published totals",
    "published_total": "published totals",
}


def policy_words(rule: Rule | None) -> str:
    """What a rule lets its role see, in words; an empty text without a rule."""
    if rule is None:
        return ""
    but = f", but {', '.join(rule.hidden)}" if rule.hidden else ""
    some = f" ({len(rule.shown)} columns)" if rule.shown is not None else ""
    return WORDS[rule.policy] + but + some


def load_rights(path: Path | None = None) -> Rights:
    """Read the file.

    Raises:
        RightsError: a role or policy that does not exist, with the relation that names it.
    """
    path = path or get_settings().rights_file
    stated: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules: list[Rule] = []
    for relation, row in stated["relations"].items():
        rules.extend(_rules_of(relation, row, stated["policies"], path))
    return Rights(tuple(rules), {name: tuple(roles) for name, roles in stated["schemas"].items()})


def _rules_of(
    relation: str, row: Mapping[str, Any], policies: Mapping[str, str], path: Path
) -> Iterator[Rule]:
    row = dict(row)
    hidden = row.pop("hidden", {})
    shown = {name.removesuffix("_columns"): row.pop(name) for name in list(row) if name.endswith("_columns")}
    # The web tier's role stands for an official: what holds for the one holds for the other.
    if "official" in row:
        row.setdefault("web", row["official"])
        hidden = {"web": hidden.get("official", []), **hidden}
        shown = {**({"web": shown["official"]} if "official" in shown else {}), **shown}
    for role, policy in row.items():
        if role not in ROLES or policy not in policies:
            raise RightsError(
                f"{path.name}: {relation} gives «{role}» the policy «{policy}», and there is no such "
                f"{'role' if role not in ROLES else 'policy'}.",
                f"Roles: {', '.join(ROLES)}. Policies: {', '.join(policies)}.",
            )
        condition = policies[policy].format(**CALLER.get(role, CALLER["official"]))
        columns = tuple(shown[role]) if role in shown else None
        yield Rule(relation, role, policy, condition, columns, tuple(hidden.get(role, ())))


def apply_rights(engine: Engine, rights: Rights | None = None, *, anew: bool = False) -> int:
    """Make the roles, load the file and secure every relation there is; return how many relations.

    Doing it again changes nothing. A relation without a rule is closed to everybody but its owner.
    anew: give every relation its rights again, also where they are known to have been given; this undoes
    what somebody changed by hand, and waits for whoever reads.

    Raises:
        RightsError: the user of the database may not create roles, and they are missing.
    """
    rights = rights or load_rights()
    ensure_roles(engine)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('decision766.rights'))"))
        _load(connection, rights)
        _grant_schemas(connection)
        if connection.execute(text("select to_regclass('marts.dim_org_unit')")).scalar_one():
            connection.execute(text("call rights.refresh_units()"))
        if anew:
            connection.execute(text("delete from rights.secured"))
        relations = relations_there(connection)
        for relation in relations:
            connection.execute(text("call rights.secure(:relation)"), {"relation": relation})
        connection.execute(
            text("delete from rights.secured where relation_id not in (select oid from pg_class)")
        )
    return len(relations)


def unnamed_relations(connection: Connection, rights: Rights) -> list[str]:
    """Relations that need a row of their own in the file and have none: they are closed.

    Those are every table and view of marts and audit, and what a view of theirs reads: its caller reads
    that too. A schema's row for the rest does not count there, for nobody decided about the new one.
    """
    found = connection.execute(
        text("""
            with recursive read as (
                select oid as relation_id from pg_class
                where relkind in ('r', 'p', 'v', 'm')
                    and relnamespace::regnamespace::text in ('marts', 'audit')
                union
                select behind.refobjid from read
                inner join pg_rewrite as rewrite on rewrite.ev_class = read.relation_id
                inner join pg_depend as behind
                    on behind.objid = rewrite.oid and behind.classid = 'pg_rewrite'::regclass
                    and behind.refclassid = 'pg_class'::regclass
            )
            select class.relnamespace::regnamespace || '.' || class.relname
            from read inner join pg_class as class on class.oid = read.relation_id
            where class.relnamespace::regnamespace::text = any(:schemas)
                and class.relnamespace::regnamespace::text <> 'reference'
            order by 1
        """),
        {"schemas": list(SCHEMAS)},
    )
    return [name for name in found.scalars() if not rights.names(name)]


def relations_there(connection: Connection) -> list[str]:
    """Tables and views of the schemas that rights are about, as schema.name."""
    found = connection.execute(
        text("""
            select relnamespace::regnamespace || '.' || relname as relation from pg_class
            where relkind in ('r', 'p', 'v', 'm') and relnamespace::regnamespace::text = any(:schemas)
            order by relation
        """),
        {"schemas": list(SCHEMAS)},
    )
    return [str(name) for name in found.scalars()]


def ensure_roles(engine: Engine) -> None:
    """Make the group roles, which belong to the server and not to one of its databases.

    Raises:
        RightsError: they are missing and this user may not create roles.
    """
    wanted = [PREFIX + role for role in ROLES]
    with engine.connect() as connection:
        held = set(connection.execute(text("select rolname from pg_roles")).scalars())
    if set(wanted) <= held:
        return
    try:
        with engine.begin() as connection:
            for role in wanted:
                connection.execute(text(_CREATE_ROLE.format(role=role)))
            for role in ("engineer", "auditor", "public"):
                connection.execute(text(f"grant {PREFIX}{role} to {PREFIX}web with inherit false, set true"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != "42501":
            raise
        raise RightsError(
            "This user of the database may not create roles, and the roles of the rights are missing.",
            "Let an administrator run `decision766 rights apply`, or: "
            + " ".join(f"create role {role} nologin;" for role in wanted),
        ) from error


# Two databases of one server may be migrated at once: the roles are then made by whoever is first.
_CREATE_ROLE = """
do $$ begin create role {role} nologin noinherit;
exception when duplicate_object or unique_violation then null; end $$
"""


def _load(connection: Connection, rights: Rights) -> None:
    connection.execute(text("delete from rights.rule"))
    connection.execute(
        text("""
            insert into rights.rule (relation, role_name, rows_where, shown_columns, hidden_columns)
            values (:relation, :role, :condition, :shown, :hidden)
        """),
        [
            {
                "relation": rule.relation,
                "role": PREFIX + rule.role,
                "condition": rule.condition,
                "shown": list(rule.shown) if rule.shown is not None else None,
                "hidden": list(rule.hidden),
            }
            for rule in rights.rules
        ],
    )
    connection.execute(text("delete from rights.schema_usage"))
    connection.execute(
        text("insert into rights.schema_usage values (:schema, :role)"),
        [
            {"schema": schema, "role": PREFIX + role}
            for schema, roles in rights.schemas.items()
            for role in roles
        ],
    )


def _grant_schemas(connection: Connection) -> None:
    """The lists that policies ask, whose use is granted view by view; the schemas; temporary tables."""
    connection.execute(text("revoke all on all tables in schema rights from public"))
    for name in CALLERS_OWN:
        connection.execute(text(f"grant select on rights.account_{name} to {PREFIX}official"))
        connection.execute(text(f"grant select on rights.setting_{name} to {PREFIX}web"))
    # The web tier asks by name whether a unit is among those of its setting.
    connection.execute(text(f"grant usage on schema rights to {PREFIX}web"))
    connection.execute(text("call rights.open_schemas()"))
