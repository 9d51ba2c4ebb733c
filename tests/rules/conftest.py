"""The scoring rules of the seeds as a relation, and the scoring macro over any list of parts."""

import csv
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from .observations import Part
from .render_macro import indicator_score

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
Scorer = Callable[[Sequence[Part]], list[Decimal | None]]

RULE_TYPES = {
    "max_points": "numeric",
    "full_marks_at": "numeric",
    "constant_points": "numeric",
    "constant_ratio": "numeric",
    "decimals": "smallint",
}


def read_seed(name: str) -> list[dict[str, str | None]]:
    """Read a seed as dbt does: empty and `null` are null."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            {field: None if value in ("", "null") else value for field, value in row.items()}
            for row in csv.DictReader(file)
        ]


def _load_rules(connection: Connection) -> None:
    rows = read_seed("scoring_rules")
    columns = list(rows[0])
    declared = ", ".join(f"{column} {RULE_TYPES.get(column, 'text')}" for column in columns)
    connection.execute(text(f"create temporary table scoring_rules ({declared})"))
    values = ", ".join(f"cast(:{column} as {RULE_TYPES.get(column, 'text')})" for column in columns)
    connection.execute(text(f"insert into scoring_rules values ({values})"), rows)


@pytest.fixture(scope="module")
def score_parts(module_warehouse: Engine) -> Iterator[Scorer]:
    """Score parts with the dbt macro in PostgreSQL, all in one query, in their order."""
    with module_warehouse.connect() as connection:
        _load_rules(connection)

        def score(parts: Sequence[Part]) -> list[Decimal | None]:
            query = text(f"""
                select {indicator_score("part.numerator", "part.denominator", "rule")} as score
                from unnest(
                    cast(:codes as text[]), cast(:numerators as numeric[]), cast(:denominators as numeric[])
                ) with ordinality as part (indicator_code, numerator, denominator, position)
                inner join scoring_rules as rule on part.indicator_code = rule.indicator_code
                order by part.position
            """)
            rows = connection.execute(
                query,
                {
                    "codes": [part.indicator_code for part in parts],
                    "numerators": [part.numerator for part in parts],
                    "denominators": [part.denominator for part in parts],
                },
            )
            return [row.score for row in rows]

        yield score
        connection.rollback()
