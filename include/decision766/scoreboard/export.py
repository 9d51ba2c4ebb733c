"""The pages of one period as a folder that opens from disk: relative links, no server, no script.

Which pages, a role says: `public` what anybody may see (published totals); `official` the ranking, and
everything of one unit and those below it; `auditor` everything but single explanations, unless asked for.
A link to what is not in the folder becomes plain text. One page is held at a time.
"""

import html as escaping
import json
import os
import posixpath
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import unquote

from sqlalchemy import Engine

from decision766.reporting.lookup import NotFoundInMarts
from decision766.reporting.lookup import find_unit as unit_code_of
from decision766.scoreboard import queries as sql
from decision766.scoreboard.addresses import Addresses
from decision766.scoreboard.connections import Connections
from decision766.scoreboard.identity import ENGINEER, Identity, acting_as
from decision766.scoreboard.page import Page, View, find_periods
from decision766.scoreboard.pages.country import TOTAL, country, measures
from decision766.scoreboard.pages.explain import explain_page
from decision766.scoreboard.pages.indicator import indicator_page
from decision766.scoreboard.pages.public import public_country, public_unit
from decision766.scoreboard.pages.unit import find_unit, unit_page
from decision766.scoreboard.pages.work import LISTS, below, work_page
from decision766.scoreboard.render import error_html, html
from decision766.scoreboard.tables import to_csv, to_xlsx
from decision766.scoreboard.words import Lang, Speech

Role = Literal["public", "official", "auditor"]
LANGUAGES: tuple[Lang, ...] = ("vi", "en")
UNIT_TYPES = ("ministry", "province", "department", "district", "commune")
MARK = "export.json"  # stands in every folder of ours, and only such a folder is ever replaced
STATIC = Path(__file__).with_name("static")
_LINK = re.compile(r'<a ([^>]*?)href="([^"]*)"([^>]*)>(.*?)</a>', re.S)
_SOURCE = re.compile(r'(<(?:img|link) [^>]*?(?:src|href)=")([^"]*)(")')
_ALTERNATE = re.compile(r'<link rel="alternate"[^>]*>\n?')
_UNSAFE = re.compile(r"[^A-Za-z0-9._~=+-]")


class NotOurFolder(Exception):
    """The folder holds something that no export wrote."""


@dataclass(frozen=True)
class Exported:
    """What was written: files of all kinds, pages among them, and bytes."""

    folder: Path
    pages: int
    files: int
    size: int


@dataclass(frozen=True)
class Planned:
    """A page to come: where it stands, and how it is made of a view."""

    address: Callable[[Addresses], str]
    build: Callable[[View], Page]


@dataclass(frozen=True)
class OnDisk(Addresses):
    """Addresses of pages in a folder. sections: parts of the menu that the folder has."""

    sections: tuple[str, ...] = ()
    start: str = ""

    @property
    def is_static(self) -> bool:
        """No server answers a form."""
        return True

    def shows(self, section: str) -> bool:
        """Whether the folder has this part."""
        return section in self.sections

    def home(self) -> str:
        """The country page of the period."""
        return self.country(self.start)


def export_site(
    make_engine: Callable[[], Engine],
    period: str,
    out: Path,
    *,
    role: Role = "public",
    unit: str = "",
    explanations: bool = False,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Exported:
    """Write the folder; one that an export wrote before is replaced when the new one is whole.

    Raises:
        NotOurFolder: `out` holds something else; nothing was written.
        ValueError: an official without a unit, or a unit with another role.
        UnknownUnit, UnknownPeriod: with near matches. NoDataYet: nothing is built.
    """
    if role not in get_args(Role) or (role == "official") != bool(unit):
        raise ValueError("a unit goes with the role official, and official with a unit")
    if out.exists() and not (out / MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise NotOurFolder(f"{out} holds something that no export wrote.")
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    connections = Connections(make_engine)
    try:
        with acting_as(_reader(role, unit, connections)), ExitStack() as opened:
            reading = opened.enter_context(connections.reading())
            writer = _Writer(part, reading, told)
            written = writer.write(period, role, unit, explanations=explanations)
        if out.exists():
            shutil.rmtree(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        connections.dispose()
    return replace(written, folder=out)


def _reader(role: Role, unit: str, connections: Connections) -> Identity:
    """As whom the database is asked: an official's folder holds what the official may see."""
    if role != "official":
        return ENGINEER
    with connections.watching() as connection:
        return Identity("", frozenset({"official"}), unit_code_of(connection, unit))


class _Writer:
    """Writes one folder."""

    def __init__(self, folder: Path, reading: object, told: Callable[[int, int], None]):
        self.folder, self.reading, self.told = folder, reading, told
        self.pages = self.files = self.size = 0

    def write(self, period: str, role: Role, unit: str, *, explanations: bool) -> Exported:
        first = self._view("vi", "", ())
        periods = find_periods(first, period)
        code = periods.chosen.code
        sections = ("country", "indicator") if role == "auditor" else ("country",)
        plan = list(self._plan(first, code, role, unit, explanations=explanations))
        for name in ("site.css", "icon.svg"):
            self._put(f"static/{name}", (STATIC / name).read_bytes())
        for lang in LANGUAGES:
            view = self._view(lang, code, sections)
            known = {planned.address(view.to) for planned in plan}
            known |= {
                planned.address(view.to.in_language("vi" if lang == "en" else "en")) for planned in plan
            }
            for place, planned in enumerate(plan, start=1):
                self._page(view, planned, known)
                self.told(place + len(plan) * LANGUAGES.index(lang), len(plan) * len(LANGUAGES))
        self._put("index.html", _index(code, _file(self._view("vi", code, ()).to.home())).encode())
        said = {"period": code, "role": role, "unit": unit or None, "pages": self.pages}
        self._put(MARK, json.dumps(said, ensure_ascii=False, indent=2).encode())
        return Exported(self.folder, self.pages, self.files, self.size)

    def _view(self, lang: Lang, start: str, sections: tuple[str, ...]) -> View:
        to = OnDisk("", lang, sections=sections, start=start)
        return View(lambda: self.reading, Speech(lang), to)  # type: ignore[arg-type,return-value]

    def _plan(self, view: View, code: str, role: Role, unit: str, *, explanations: bool) -> Iterator[Planned]:
        periods = find_periods(view, code)
        cards = view.rows(sql.CARDS, boundary=view.to.boundary, **periods.values)
        if role == "public":
            yield Planned(lambda to: to.country(code), lambda v: public_country(v, code))
            for card in cards:
                yield _public(card["unit_code"], code)
            return
        yield from _countries(view, code)
        if role == "official":
            root = find_unit(view, unit)["unit_code"]
            own = set(below(view, root))
            cards = [card for card in cards if card["unit_code"] in own]
        for card in cards:
            yield _unit(card["unit_code"], code)
        for row in view.rows(sql.INDICATORS) if role == "auditor" else ():
            yield from _indicators(row["indicator_code"], code)
        for card in cards if role == "official" else ():
            yield from _work(card["unit_code"])
        if role == "official" or explanations:
            for card in cards:
                yield from self._explanations(view, card["unit_code"], code)

    def _explanations(self, view: View, unit: str, code: str) -> Iterator[Planned]:
        for row in view.rows(sql.INDICATORS):
            indicator = row["indicator_code"]

            def build(v: View, indicator: str = indicator) -> Page:
                return explain_page(v, unit, indicator, code, every=True)

            yield Planned(lambda to, i=indicator: to.explain(unit, i, code), build)  # type: ignore[misc]

    def _page(self, view: View, planned: Planned, known: set[str]) -> None:
        address = planned.address(view.to)
        try:
            page = planned.build(view)
        except NotFoundInMarts:  # no figures at all: the page says so, and links to it hold
            title = view.say("Không có số liệu", "No figures")
            other = planned.address(view.to.in_language("vi" if view.say.english else "en"))
            text = error_html(
                view.to, view.say, other, title=title, message=f"{title}: {address}", near=(), steps=()
            )
            self._put(_file(address), _relative(text, address, known).encode())
            self.pages += 1
            return
        text = html(page, view.to, view.say)
        self._put(_file(address), _relative(text, address, known).encode())
        self.pages += 1
        origin = ",".join(page.origins)
        for name, table in page.tables.items():
            if table.rows:
                self._put(_file(_part(address, f"table/{name}.csv")), to_csv(table, origin))
                self._put(_file(_part(address, f"table/{name}.xlsx")), to_xlsx(table, origin))
        for name, draw in page.charts.items():
            if f"/chart/{name}.svg" in text:
                self._put(_file(_part(address, f"chart/{name}.svg")), draw())

    def _put(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.files += 1
        self.size += len(content)


def _public(unit: str, code: str) -> Planned:
    return Planned(lambda to: to.unit(unit, code), lambda view: public_unit(view, unit, code))


def _unit(unit: str, code: str) -> Planned:
    return Planned(lambda to: to.unit(unit, code), lambda view: unit_page(view, unit, code))


def _countries(view: View, code: str) -> Iterator[Planned]:
    for show in measures(view):
        query = {} if show == TOTAL else {"show": show}
        yield Planned(
            lambda to, q=query: to.country(code, **q),  # type: ignore[misc]
            lambda v, s=show: country(v, code, s, None),  # type: ignore[misc]
        )


def _indicators(indicator: str, code: str) -> Iterator[Planned]:
    for kind in UNIT_TYPES:
        yield Planned(
            lambda to, k=kind: to.indicator(indicator, code, k),  # type: ignore[misc]
            lambda view, k=kind: indicator_page(view, indicator, code, k),  # type: ignore[misc]
        )


def _work(unit: str) -> Iterator[Planned]:
    for name in LISTS:
        query = {} if name == LISTS[0] else {"list": name}
        yield Planned(
            lambda to, q=query: to.work(unit, **q),  # type: ignore[misc]
            lambda view, n=name: work_page(view, unit, n, every=True),  # type: ignore[misc]
        )


def _part(address: str, part: str) -> str:
    path, mark, query = address.partition("?")
    return f"{path}/{part}{mark}{query}"


def _file(address: str) -> str:
    """Path in the folder of an address; names that every file system takes."""
    path, _, query = address.partition("?")
    parts = [_UNSAFE.sub("_", unquote(part)) for part in path.strip("/").split("/")]
    stem, dot, kind = parts[-1].rpartition(".")
    is_file = kind in ("csv", "xlsx", "svg", "css")
    name = stem if is_file else parts[-1]
    name += f"~{_UNSAFE.sub('_', unquote(query))}" if query else ""
    return "/".join([*parts[:-1], name + (dot + kind if is_file else ".html")])


def _relative(text: str, address: str, known: set[str]) -> str:
    """Links as seen from the page's own file; what the folder does not have is text."""
    here = posixpath.dirname(_file(address))
    own = address.partition("?")[0]

    def path_to(link: str) -> str | None:
        wanted = escaping.unescape(link)
        if wanted.startswith("#"):
            return wanted
        is_own = wanted.startswith((f"{own}/table/", f"{own}/chart/"))
        if not (is_own or wanted in known or wanted.startswith("/static/")):
            return None
        return escaping.escape(posixpath.relpath(_file(wanted), here or "."))

    def linked(found: re.Match[str]) -> str:
        path = path_to(found[2])
        if path is None:
            lang = re.search(r' ?lang="[a-z]+"', found[3])
            return f"<span{lang[0] if lang else ''}>{found[4]}</span>"
        return f'<a {found[1]}href="{path}"{found[3]}>{found[4]}</a>'

    text = _ALTERNATE.sub("", text)
    text = _SOURCE.sub(lambda found: f"{found[1]}{path_to(found[2]) or ''}{found[3]}", text)
    return _LINK.sub(linked, text)


def _index(code: str, start: str) -> str:
    english = start.replace("vi/", "en/", 1)
    return (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Quyết định 766 · {code}</title>"
        '<link rel="stylesheet" href="static/site.css"></head>\n'
        f'<body><main><h1>Quyết định 766 · {code}</h1><ul><li><a href="{start}">Tiếng Việt</a></li>'
        f'<li><a href="{english}" lang="en">English</a></li></ul></main></body></html>\n'
    )
