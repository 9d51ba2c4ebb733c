"""The fault matrix: which fault, at which adapter, how long, and the end state that must follow.

*once*: the fault strikes one call in the middle of a crawl. *lasting*: that call and all after it.
*chance*: any call, a quarter of them, by a seed. End states:

- `equal`: raw holds row by row what a run without faults gives;
- `same facts`: as equal, but the source cut its pages elsewhere, so that captures differ in their id;
- `failed`: a clear failure; nothing half-loaded; the next run without faults gives `equal`;
- `either`: by chance, one of the two; the next run without faults gives `equal`;
- `unseen`: the source announces no total, so that nothing can show the loss; a full read heals it.
"""

from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["once", "lasting", "chance"]
End = Literal["equal", "same facts", "failed", "either", "unseen"]
EVALUATION, EXCHANGE, BUS = "dvcqg_evaluation", "dvcqg_exchange", "dvcqg_exchange, wrapped"
ADAPTERS = (EVALUATION, EXCHANGE, BUS)


@dataclass(frozen=True)
class Case:
    """One cell of the matrix."""

    fault: str
    adapter: str
    mode: Mode
    end: End
    seconds: float | None = None
    label: str = ""

    @property
    def name(self) -> str:
        return self.label or self.fault

    def __str__(self) -> str:
        return f"{self.name}-{self.adapter}-{self.mode}".replace(" ", "_").replace(",", "")

    def rule(self) -> dict[str, Any]:
        when: dict[str, Any] = {
            "once": {"calls": [2]},
            "lasting": {"from_call": 2},
            "chance": {"probability": 0.25},
        }[self.mode]
        path = "*/transparency" if self.adapter == EVALUATION else "*/service"
        service = "*" if self.adapter == EVALUATION or self.mode == "chance" else "DongBoHoSoMC"
        seconds = {} if self.seconds is None else {"seconds": self.seconds}
        return {"fault": self.fault, "path": path, "service": service, **when, **seconds}


# What a fault comes to: tried again with success once, a clear failure when it lasts.
_RECOVERS: tuple[End, End, End] = ("equal", "failed", "either")
_HARMLESS: tuple[End, End, End] = ("equal", "equal", "equal")
_REFUSED: tuple[End, End, End] = ("failed", "failed", "either")

# Name → fault, seconds, end states (once, lasting, chance) by adapter; BUS is as EXCHANGE.
_FAULTS: dict[str, tuple[str, float | None, tuple[End, End, End] | None, tuple[End, End, End] | None]] = {
    "500": ("status_500", None, _RECOVERS, _RECOVERS),
    "503": ("status_503", None, _RECOVERS, _RECOVERS),
    "503 Retry-After 0": ("status_503", 0, _RECOVERS, _RECOVERS),
    "429 Retry-After 0": ("status_429", 0, _RECOVERS, _RECOVERS),
    "429 Retry-After 3600": ("status_429", 3600, _REFUSED, _REFUSED),
    "429 without Retry-After": ("status_429", None, _REFUSED, _RECOVERS),
    "401 mid-crawl": ("status_401", None, _REFUSED, _RECOVERS),
    "403": ("status_403", None, _REFUSED, _REFUSED),
    "Request Rejected": ("firewall", None, _REFUSED, _REFUSED),
    "session expired": ("expired_session", None, None, _RECOVERS),
    "connection reset": ("reset", None, _RECOVERS, _RECOVERS),
    "slow drip": ("slow_drip", 0.02, _RECOVERS, _RECOVERS),
    "drip in time": ("slow_drip", 0.001, _HARMLESS, _HARMLESS),
    "truncated body": ("truncated_body", None, _RECOVERS, _RECOVERS),
    "JSON cut off": ("cut_json", None, _RECOVERS, _RECOVERS),
    "HTML with 200": ("html_200", None, _RECOVERS, _RECOVERS),
    "doubly encoded JSON": ("doubly_encoded", None, _HARMLESS, _HARMLESS),
    "wrong gzip": ("wrong_gzip", None, _RECOVERS, _RECOVERS),
    "empty body": ("empty_body", None, _RECOVERS, _RECOVERS),
    "page twice": ("page_twice", None, _RECOVERS, _HARMLESS),
    "page missing": ("page_missing", None, _RECOVERS, ("equal", "unseen", "unseen")),
    "moving total": ("moving_total", None, _RECOVERS, None),
    "stuck page": ("stuck_page", None, _RECOVERS, None),
    "stuck cursor": ("stuck_cursor", None, _RECOVERS, None),
    "last page of one row": ("last_page_of_one", None, ("equal", "same facts", "either"), None),
}
_MODES: tuple[Mode, Mode, Mode] = ("once", "lasting", "chance")

CASES = [
    Case(fault, adapter, mode, end, seconds, name)
    for name, (fault, seconds, evaluation, exchange) in _FAULTS.items()
    for adapter, ends in ((EVALUATION, evaluation), (EXCHANGE, exchange), (BUS, exchange))
    if ends is not None
    for mode, end in zip(_MODES, ends, strict=True)
]
# Quick and telling: run with the fast tests.
FAST = {
    ("503 Retry-After 0", EXCHANGE, "once"),
    ("401 mid-crawl", EXCHANGE, "once"),
    ("slow drip", EXCHANGE, "lasting"),
    ("truncated body", BUS, "once"),
    ("doubly encoded JSON", BUS, "lasting"),
    ("page missing", EXCHANGE, "once"),
    ("connection reset", EVALUATION, "once"),
    ("Request Rejected", EVALUATION, "once"),
    ("page twice", EVALUATION, "once"),
    ("moving total", EVALUATION, "lasting"),
    ("last page of one row", EVALUATION, "lasting"),
}


def is_fast(case: Case) -> bool:
    """Whether the case runs with the fast tests."""
    return (case.name, case.adapter, case.mode) in FAST


def table(cells: dict[tuple[str, str, str], str]) -> list[str]:
    """Lines of the matrix: fault × adapter, each with its end states once / lasting / chance."""
    adapters = list(dict.fromkeys(adapter for _, adapter, _ in cells))
    names = list(dict.fromkeys(name for name, _, _ in cells))
    rows = [["fault", *adapters]]
    for name in names:
        row = [name]
        for adapter in adapters:
            modes = [
                f"{mode}: {cells[name, adapter, mode]}"
                for mode in ("once", "lasting", "chance")
                if (name, adapter, mode) in cells
            ]
            row.append("; ".join(modes) or "–")
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
