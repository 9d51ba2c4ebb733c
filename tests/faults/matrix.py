"""The fault matrix: which fault, at which adapter, how long, and the end state that must follow.

*once*: the fault strikes one call in the middle of a crawl. *lasting*: that call and all after it.
*chance*: any call, a quarter of them, by a seed. End states:

- `equal`: raw holds row by row what a run without faults gives;
- `same facts`: as equal, but the source cut its pages elsewhere, so that captures differ in their id;
- `failed`: a clear failure; nothing half-loaded; the next run without faults gives `equal`;
- `either`: by chance, one of the two; the next run without faults gives `equal`;
- `unseen`: the source announces no total, so that nothing can show the loss; a full read heals it.

Families without calls (files, databases) have faults of their own, in test_file_faults.py and
test_database_faults.py, whose cells stand in the same table: `told` is a failure of single records,
`waits` leaves the file for the next run, `nothing` is an empty source.
"""

from dataclasses import dataclass
from typing import Any, Literal

from every_adapter import BUS, EVALUATION, EXCHANGE, GATEWAY, IGATE

Mode = Literal["once", "lasting", "chance"]
End = Literal["equal", "same facts", "failed", "either", "unseen"]
REPORT = "dvcqg_gateway, no total"  # the gateway's reports alone, which announce no total
CALLED = (EVALUATION, EXCHANGE, BUS, GATEWAY, REPORT, IGATE)
# Whose refusal opens a circuit.
PORTALS = (EVALUATION, GATEWAY, REPORT)
_PATHS = {EVALUATION: "*/transparency", EXCHANGE: "*/service", BUS: "*/service", IGATE: "*/search"}


@dataclass(frozen=True)
class Case:
    """One cell of the matrix. call: number of the first call that is struck."""

    fault: str
    adapter: str
    mode: Mode
    end: End
    seconds: float | None = None
    label: str = ""
    call: int = 2

    @property
    def name(self) -> str:
        return self.label or self.fault

    def __str__(self) -> str:
        return f"{self.name}-{self.adapter}-{self.mode}".replace(" ", "_").replace(",", "")

    def rule(self) -> dict[str, Any]:
        when: dict[str, Any] = {
            "once": {"calls": [self.call]},
            "lasting": {"from_call": self.call},
            "chance": {"probability": 0.25},
        }[self.mode]
        windowed = self.adapter in (EXCHANGE, BUS) and self.mode != "chance"
        place = {"path": _PATHS.get(self.adapter, "*"), "service": "DongBoHoSoMC" if windowed else "*"}
        if self.adapter == IGATE and self.fault == "moving_total":
            place["path"] = "*/digitization-by-agency"
        seconds = {} if self.seconds is None else {"seconds": self.seconds}
        return {"fault": self.fault, **place, **when, **seconds}


# What a fault comes to (once, lasting, chance): tried again with success once, a failure when it lasts.
Ends = tuple[End, End, End]
_RECOVERS: Ends = ("equal", "failed", "either")
_HARMLESS: Ends = ("equal", "equal", "equal")
_REFUSED: Ends = ("failed", "failed", "either")
_UNSEEN: Ends = ("equal", "unseen", "unseen")
_RESIZED: Ends = ("equal", "same facts", "either")


def _ends(*groups: tuple[Ends, tuple[str, ...]]) -> dict[str, Ends]:
    return {adapter: ends for ends, adapters in groups for adapter in adapters}


_EVERYWHERE = _ends((_RECOVERS, CALLED))
_NOWHERE = _ends((_REFUSED, CALLED))
_BY_STATUS = _ends((_REFUSED, PORTALS), (_RECOVERS, (EXCHANGE, BUS, IGATE)))
_PAGED = _ends((_RECOVERS, (*PORTALS, IGATE)))

# Name → fault, seconds, end states by adapter; an adapter that is not there cannot show the fault.
_FAULTS: dict[str, tuple[str, float | None, dict[str, Ends]]] = {
    "500": ("status_500", None, _EVERYWHERE),
    "503": ("status_503", None, _EVERYWHERE),
    "503 Retry-After 0": ("status_503", 0, _EVERYWHERE),
    "429 Retry-After 0": ("status_429", 0, _EVERYWHERE),
    "429 Retry-After 3600": ("status_429", 3600, _NOWHERE),
    "429 without Retry-After": ("status_429", None, _BY_STATUS),
    "401 mid-crawl": ("status_401", None, {**_EVERYWHERE, EVALUATION: _REFUSED}),
    "403": ("status_403", None, _NOWHERE),
    "Request Rejected": ("firewall", None, _NOWHERE),
    "session expired": ("expired_session", None, _ends((_RECOVERS, (EXCHANGE, BUS)))),
    "connection reset": ("reset", None, _EVERYWHERE),
    "slow drip": ("slow_drip", 0.02, _EVERYWHERE),
    "drip in time": ("slow_drip", 0.001, _ends((_HARMLESS, CALLED))),
    "truncated body": ("truncated_body", None, _EVERYWHERE),
    "JSON cut off": ("cut_json", None, _EVERYWHERE),
    "HTML with 200": ("html_200", None, _EVERYWHERE),
    "doubly encoded JSON": ("doubly_encoded", None, _ends((_HARMLESS, CALLED))),
    "wrong gzip": ("wrong_gzip", None, _EVERYWHERE),
    "empty body": ("empty_body", None, _EVERYWHERE),
    "page twice": ("page_twice", None, {**_PAGED, **_ends((_HARMLESS, (EXCHANGE, BUS)))}),
    "page missing": ("page_missing", None, {**_PAGED, **_ends((_UNSEEN, (EXCHANGE, BUS)))}),
    "last page missing": ("page_missing", None, {REPORT: _RECOVERS}),
    "moving total": ("moving_total", None, _ends((_RECOVERS, (EVALUATION, GATEWAY, IGATE)))),
    "stuck page": ("stuck_page", None, _PAGED),
    "stuck cursor": ("stuck_cursor", None, _PAGED),
    "last page of one row": ("last_page_of_one", None, _ends((_RESIZED, PORTALS))),
}
# Where another call than the second must be struck: the last page of 34 rows in pages of 10.
_CALLS = {"last page missing": 4}
_MODES: tuple[Mode, Mode, Mode] = ("once", "lasting", "chance")

CASES = [
    Case(fault, adapter, mode, end, seconds, name, _CALLS.get(name, 2))
    for name, (fault, seconds, by_adapter) in _FAULTS.items()
    for adapter in CALLED
    if adapter in by_adapter
    for mode, end in zip(_MODES, by_adapter[adapter], strict=True)
]
# Quick and telling: run with the fast tests.
FAST = {
    ("503 Retry-After 0", EXCHANGE, "once"),
    ("401 mid-crawl", EXCHANGE, "once"),
    ("401 mid-crawl", IGATE, "once"),
    ("slow drip", EXCHANGE, "lasting"),
    ("truncated body", BUS, "once"),
    ("doubly encoded JSON", BUS, "lasting"),
    ("page missing", EXCHANGE, "once"),
    ("page missing", IGATE, "once"),
    ("connection reset", EVALUATION, "once"),
    ("Request Rejected", EVALUATION, "once"),
    ("page twice", EVALUATION, "once"),
    ("moving total", EVALUATION, "lasting"),
    ("last page of one row", EVALUATION, "lasting"),
    ("stuck page", REPORT, "once"),
}


def is_fast(case: Case) -> bool:
    """Whether the case runs with the fast tests."""
    return (case.name, case.adapter, case.mode) in FAST


@dataclass(frozen=True)
class Cell:
    """What became of a case. counts: rows lost, and rows beyond, at its very end; None if not counted."""

    end: str
    counts: tuple[int, int] | None


def table(cells: dict[tuple[str, str, str], Cell]) -> list[str]:
    """Lines of the matrix: fault × adapter, each with its end states once/lasting/chance; then counts."""
    adapters = list(dict.fromkeys(adapter for _, adapter, _ in cells))
    names = list(dict.fromkeys(name for name, _, _ in cells))
    rows = [["fault", *adapters]]
    for name in names:
        row = [name]
        for adapter in adapters:
            modes = [cells[name, adapter, mode].end for mode in _MODES if (name, adapter, mode) in cells]
            row.append("/".join(modes) or "–")
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        *("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows),
        "",
        *_counts(cells, len(names), len(adapters)),
    ]


def _counts(cells: dict[tuple[str, str, str], Cell], faults: int, adapters: int) -> list[str]:
    ends: dict[str, int] = {}
    for cell in cells.values():
        ends[cell.end] = ends.get(cell.end, 0) + 1
    counts = [cell.counts for cell in cells.values() if cell.counts is not None]
    lost, beyond = (sum(count[place] for count in counts) for place in (0, 1))
    return [
        f"{faults} faults × {adapters} adapters and variants: {len(cells)} cells; "
        + ", ".join(f"{count} {end}" for end, count in sorted(ends.items(), key=lambda item: -item[1])),
        f"at the end of {len(counts)} cells, row by row against a clean run: "
        f"lost: {lost or 'nothing'}; twice, or otherwise too much: {beyond or 'nothing'}",
    ]
