"""Addresses of the pages: stable, readable, fit to be shared and printed."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, urlencode

from decision766.scoreboard.words import Lang

AS_WAS: Literal["as_was"] = "as_was"


@dataclass(frozen=True)
class Addresses:
    """Makes addresses in one language and boundary. base: where the application is mounted, without «/»."""

    base: str
    lang: Lang
    boundary: str = AS_WAS

    def _of(self, *parts: str, **query: str) -> str:
        path = "/".join([_quoted(part) for part in (self.lang, *parts)])
        if self.boundary != AS_WAS:
            query["boundary"] = self.boundary
        return f"{self.base}/{path}" + (f"?{urlencode(query)}" if query else "")

    @property
    def is_static(self) -> bool:
        """Whether these are files on a disk, where no server answers a form."""
        return False

    def shows(self, section: str) -> bool:
        """Whether there is such a part of the menu."""
        return bool(section)

    def in_language(self, lang: Lang) -> "Addresses":
        """The same in another language."""
        return replace(self, lang=lang)

    def static(self, name: str) -> str:
        """A file that comes with the pages."""
        return f"{self.base}/static/{quote(name)}"

    def home(self) -> str:
        """The country in the latest closed period."""
        return self._of()

    def go(self) -> str:
        """Where the pickers' forms lead; it answers with the stable address."""
        return f"{self.base}/{self.lang}/go"

    def country(self, period: str, **query: str) -> str:
        """The map and ranking of a period. show: total, group-1 … group-5, or an indicator."""
        return self._of("country", period, **query)

    def unit(self, unit: str, period: str) -> str:
        """A unit's scorecard."""
        return self._of("unit", unit, period)

    def unit_of(self, unit: str) -> str:
        """A unit's latest scorecard."""
        return self._of("unit", unit)

    def indicator(self, indicator: str, period: str, unit_type: str = "province") -> str:
        """An indicator over the units of a type."""
        return self._of("indicator", indicator, period, unit_type)

    def explain(self, unit: str, indicator: str, period: str) -> str:
        """Why a number is what it is."""
        return self._of("explain", unit, indicator, period)

    def dossier(self, dossier: str) -> str:
        """One dossier and every number it touches."""
        return self._of("dossier", dossier)

    def work(self, unit: str, **query: str) -> str:
        """What a unit has to do. list: late, idle or held; kind, procedure, page narrow it down."""
        return self._of("work", unit, **query)

    def audit(self, **query: str) -> str:
        """Validation runs, quarantine, the ledger, restatements."""
        return self._of("audit", **query)

    def validation_run(self, run: str) -> str:
        """One validation run, and where an auditor signs it."""
        return self._of("audit", "run", run)

    def report_file(self, path: str) -> str:
        """A page of the validation reports."""
        return f"{self.base}/{self.lang}/audit/reports/{quote(path)}"

    def pipeline(self) -> str:
        """How the sources are."""
        return self._of("pipeline")


@lru_cache(maxsize=8192)  # codes that a page writes many times over
def _quoted(part: str) -> str:
    return quote(part, safe="")


def beside(address: str, *parts: str) -> str:
    """The address of something that belongs to a page: its tables, its charts."""
    path, mark, query = address.partition("?")
    return "/".join((path, *(quote(part, safe=".") for part in parts))) + mark + query
