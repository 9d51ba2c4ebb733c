"""Render a dbt macro to plain SQL, so that a rule is tested as the very text that dbt runs."""

from pathlib import Path

import jinja2

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros"


def render(expression: str, *files: str) -> str:
    """Return the SQL of a jinja expression that uses the macros of the named files."""
    source = "".join((MACROS / file).read_text(encoding="utf-8") for file in files)
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    return environment.from_string(source + "{{ " + expression + " }}").render().strip()


def indicator_score(numerator: str, denominator: str, rule: str) -> str:
    """Return the SQL of the score of a numerator and a denominator under the rule with that alias."""
    return render(f"indicator_score('{numerator}', '{denominator}', '{rule}')", "scoring.sql")


def least_numerator(points: str, denominator: str, rule: str) -> str:
    """Return the SQL of the least numerator that scores `points` with a denominator under that rule."""
    return render(f"least_numerator('{points}', '{denominator}', '{rule}')", "scoring.sql")
