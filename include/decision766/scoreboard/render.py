"""Turns a page into HTML."""

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from decision766.scoreboard.addresses import Addresses, beside
from decision766.scoreboard.page import Page
from decision766.scoreboard.picker import period_options
from decision766.scoreboard.rows import table_rows
from decision766.scoreboard.words import BOUNDARIES, ORIGINS, Speech

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: everything is escaped, and a name that a template misspells is an error."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals |= {
        "beside": beside,
        "version": version("decision766"),
        "boundary_words": BOUNDARIES,
        "origin_words": ORIGINS,
        "period_options": period_options,
        "table_rows": table_rows,
    }
    return env


def html(page: Page, to: Addresses, say: Speech) -> str:
    """The page in the language of `say`."""
    return (
        environment()
        .get_template(page.template)
        .render(
            page=page,
            to=to,
            say=say,
            here=page.address_of(to),
            other=page.address_of(to.in_language("vi" if say.english else "en")),
            tables=page.tables,
            **page.content,
        )
    )


def error_html(to: Addresses, say: Speech, other: str, **content: Any) -> str:
    """A page that says what was not found, refused or missing, and what to do."""
    page = Page(template="error.html.j2", title=content["title"], address_of=lambda _: "", content={})
    return (
        environment()
        .get_template(page.template)
        .render(page=page, to=to, say=say, here="", other=other, tables={}, **content)
    )
