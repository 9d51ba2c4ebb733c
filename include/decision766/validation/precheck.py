"""Checks every rule file before anything is read from a source or loaded."""

from sqlalchemy import Engine, text

from decision766.settings import Settings, get_settings
from decision766.validation.checks import ON_WHOLE_BATCH, ExistsIn, Ordered, Unique
from decision766.validation.errors import RuleFileError
from decision766.validation.rules import Rule, load_mart_suites, load_suites


def check_rules(engine: Engine, settings: Settings | None = None) -> None:
    """Read all rule files, and look whether raw has the tables and columns that they name.

    Raises:
        RuleFileError: names file, line and rule of every fault.
    """
    folder = (settings or get_settings()).project_root / "expectations"
    suites, _ = load_suites(folder), load_mart_suites(folder)
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
                select table_name, array_agg(column_name::text) from information_schema.columns
                where table_schema = 'raw' group by table_name
            """)
        ).all()
    columns: dict[str, set[str]] = {table: set(names) for table, names in rows}
    problems = [
        f"{suite.place(rule)}: raw.{table} has no column {column}"
        for suite in suites.values()
        for rule in suite.rules
        for table, column in _named(suite.entity, rule)
        if column not in columns.get(table, set())
    ]
    if problems:
        raise RuleFileError("\n".join(problems))


def _named(entity: str, rule: Rule) -> list[tuple[str, str]]:
    """Table and column pairs that a rule names, but for those within its SQL."""
    check = rule.check
    named = [(entity, rule.field)] if check.kind not in ON_WHOLE_BATCH or rule.field != "batch" else []
    if isinstance(check, ExistsIn):
        named.append((check.entity, check.column))
    if isinstance(check, Ordered):
        named.append((entity, check.not_before))
    if isinstance(check, Unique):
        named += [(entity, column) for column in check.columns]
    return named
