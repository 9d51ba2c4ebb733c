"""The recorded answers of the real portal (H44, 2026), served exactly as they were captured.

A recording holds the province and the first of its units; the answer announces as many units as it
holds. Where a recording lacks a part of the envelope (source, chart) it is filled with nothing, never
with numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("recordings")
ROOT_ID = "019d2be3-6a88-732b-8b17-b68020c8553a"
FORMALITY_ID = "019d2bfd-8e22-77ef-819f-e49460350904"
TREES = {"dvc-progress-tree", "provide-online-tree", "formality-online-payment-tree"}
ENDPOINTS = (*sorted(TREES), "transparency", "dossier-digitized", "handling-satisfaction")
CHARTED = {"dvc-progress-tree", "provide-online-tree"}
RECORDED_MONTH = ("month", "2026-08-01")
RECORDED_YEAR = ("year", "2026-01-01")


@dataclass
class Recordings:
    """Recorded answers by endpoint, period and procedure."""

    folder: Path = FOLDER
    root_id: str = ROOT_ID
    formality_id: str = FORMALITY_ID
    _held: dict[tuple[str, str, str, str], dict[str, Any]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for endpoint in ENDPOINTS:
            self._hold(endpoint, RECORDED_YEAR, "", self._bare(endpoint, f"{endpoint}.year-all.json"))
            self._hold(endpoint, RECORDED_MONTH, "", self._read(f"envelope.{endpoint}.json")["data"])
            single = f"{endpoint}.month-formality.json"
            if (self.folder / single).exists():
                self._hold(endpoint, RECORDED_MONTH, self.formality_id, self._bare(endpoint, single))

    def answer(
        self, endpoint: str, grain: str, start: str, formality_id: str | None
    ) -> Mapping[str, Any] | None:
        """Return the data of a recorded answer, units whole; null if nothing was recorded."""
        return self._held.get((endpoint, grain, start, formality_id or ""))

    @cached_property
    def formality(self) -> dict[str, Any]:
        """The recorded catalogue item of procedure 2.000815."""
        item: dict[str, Any] = self._read("envelope.formalities.by-code.json")["data"]["items"][0]
        return item

    def _hold(self, endpoint: str, period: tuple[str, str], formality: str, data: dict[str, Any]) -> None:
        self._held[endpoint, *period, formality] = data

    def _read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return found

    def _bare(self, endpoint: str, name: str) -> dict[str, Any]:
        """Give a recording that holds figures only the keys of its envelope."""
        recorded = self._read(name)
        if endpoint in TREES:
            chart: dict[str, Any] = {"monthlyChart": []} if endpoint in CHARTED else {}
            return {"parent": recorded["parent"], "children": recorded["units"], **chart}
        source = self._read(f"envelope.{endpoint}.json")["data"]["source"]
        chart = {"monthlyChart": []} if endpoint == "transparency" else {}
        return {"overview": recorded["overview"], **chart, "evaluation": recorded["units"], "source": source}
