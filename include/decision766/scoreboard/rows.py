"""The rows of a table as HTML.

Most of a page's time goes into the cells of its tables: they are written here, each column thought out
beforehand, where a template would ask the same questions of every cell.
"""

from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import Any

from markupsafe import Markup

from decision766.scoreboard.queries import Row
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import Speech

_escaped = lru_cache(maxsize=20_000)(escape)  # names, words and codes, which tables repeat
_PLAIN = ("score", "meter", "number", "change", "instant")  # written by Speech: no sign that HTML reads


def table_rows(table: Table, say: Speech) -> Markup:
    """Every visible row, everything in it escaped; the header of a row is a `th`, a missing value a dash."""
    writers = [_writer(column, say, is_head=column.key == table.head) for column in table.columns]
    lines = ("".join([write(row) for write in writers]) for row in table.visible)
    return Markup("".join([f"<tr>{line}</tr>\n" for line in lines]))  # noqa: S704 - each cell escapes its text


def _writer(column: Column, say: Speech, *, is_head: bool) -> Callable[[Row], str]:
    key, link, of_row, words = column.key, column.link, column.of_row, _words(column, say)
    classes = f"k-{column.kind}" + (" n" if column.is_number and not is_head else "")
    opened = f'<th scope="row" class="{classes}">' if is_head else f'<td class="{classes}">'
    closed = "</th>" if is_head else "</td>"
    foreign = ' lang="vi"' if column.is_vietnamese and say.english else ""
    why = say("vì sao", "why")
    is_meter = column.kind == "meter"
    is_plain = column.kind in _PLAIN and column.show is None

    def write(row: Row) -> str:
        value = row[key] if of_row is None else of_row(row)
        to = link(row) if link is not None else None
        is_missing = value is None or value == ""
        if is_missing:
            text = why if to else "–"
        else:
            text = str(words(value)) if is_plain else _escaped(str(words(value)))
        if to:
            text = f'<a href="{_escaped(to)}"{foreign}>{text}</a>'
        elif foreign and text != "–":
            text = f"<span{foreign}>{text}</span>"
        if is_meter and value is not None:
            meter = f'<meter min="0" max="100" value="{escape(str(value))}" aria-hidden="true"></meter> '
            text = meter + text
        return f"{opened}{text}{closed}"

    return write


def _words(column: Column, say: Speech) -> Callable[[Any], object]:
    """How the column's values are written."""
    if column.show is not None:
        return column.show
    kinds: dict[str, Callable[[Any], object]] = {
        "score": say.fixed,
        "meter": say.fixed,
        "number": say.number,
        "change": say.change,
        "instant": say.instant,
    }
    return kinds.get(column.kind, str)
