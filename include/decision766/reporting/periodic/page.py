"""A report as one page that prints on A4 and needs nothing else: no script, no network."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from decision766.reporting.periodic import words
from decision766.reporting.periodic.cover import cover_lines
from decision766.reporting.periodic.model import Edition
from decision766.reporting.periodic.plots import plot

TEMPLATES = Path(__file__).with_name("templates")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"shown": words.shown, "is_number": words.is_number, "plot": plot}
    return env


def page_html(edition: Edition) -> str:
    """The whole page; the same edition gives the same text."""
    said = edition.report
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            edition=edition,
            report=said,
            lines=list(cover_lines(edition)),
            origin=words.ORIGINS.get(said.data_origin),
            provisional=words.PROVISIONAL if said.is_provisional else None,
        )
    )
