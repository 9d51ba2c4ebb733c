"""Every score in the recorded portal answers, with the parts that it must follow from.

One observation is one published score: of a metric where the portal publishes metrics, of a group
where it publishes only the parts of the group's indicators.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).resolve().parents[2] / "include" / "decision766" / "simulator" / "recordings"

METRIC_INDICATORS = {
    "PUBLISH_ON_TIME": "1.1",
    "PUBLIC_UPDATE_ON_TIME": "1.2",
    "PUBLIC_CONTENT_FULL": "1.3",
    "DOSSIER_SYNC": "1.4",
    "ORIGINAL_RESULT_AVAILABLE": "4.1",
    "SO_HOA_GIAY_TO_GIAI_QUYET": "4.2",
    "REUSED_DIGITIZED_DATA": "4.3",
    "SYNCED_WITH_DVCQG_PERSONAL_STORAGE": "4.4",
    "CITIZEN_DATA_CONNECTED_FORMALITY": "4.5",
    "CITIZEN_DATA_CONNECTED_DOSSIER": "4.6",
    "ELECTRONIC_CERTIFIED_COPY": "4.7",
    "PETITION_PROCESSING_ON_TIME": "5.1",
    "PETITION_HANDLING_SATISFACTION": "5.2",
    "DOSSIER_RECEIVING_SATISFACTION": "5.3",
}
UNSCORED = {"PETITION_CLASSIFICATION_TTHC", "PETITION_CLASSIFICATION_STAFF"}


@dataclass(frozen=True)
class Part:
    """Numerator and denominator of one indicator, as published (null kept as None)."""

    indicator_code: str
    numerator: Decimal | None
    denominator: Decimal | None


@dataclass(frozen=True)
class Observation:
    """One published score and its maximum."""

    name: str
    parts: tuple[Part, ...]
    score: Decimal | None
    max_score: Decimal


def _load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)


def _metrics(name: str, unit: dict[str, Any]) -> Iterator[Observation]:
    for metric in unit["metrics"]:
        if metric["code"] in UNSCORED:
            continue
        code = METRIC_INDICATORS[metric["code"]]
        part = Part(code, metric["numerator"], metric["denominator"])
        yield Observation(f"{name}:{code}", (part,), metric["score"], metric["maxScore"])


def _progress(name: str, unit: dict[str, Any]) -> Iterator[Observation]:
    part = Part("2.1", unit["totalOnTime"], unit["totalReceived"])
    score, most = unit.get("score", unit.get("totalScore")), unit.get("maxScore", unit.get("totalMaxScore"))
    yield Observation(f"{name}:2.1", (part,), score, most)


def _payment(name: str, unit: dict[str, Any]) -> Iterator[Observation]:
    fees = unit["totalFeeDossierFormalityDistinct"]
    parts = (
        Part("3.4", unit["totalDossierOnlineFormalityPaymentSuccess"], fees),
        Part("3.5", unit["totalFeeDossierFormality"], unit["totalFeeFormality"]),
        Part("3.6", unit["totalDossierOnlinePaymentSuccess"], unit["totalDossierFinancialObligation"]),
    )
    yield Observation(f"{name}:TTTT", parts, unit["totalScore"], unit["totalMaxScore"])


def _online(name: str, unit: dict[str, Any]) -> Iterator[Observation]:
    if "authorityCount" not in unit:
        return  # units are published without parts: there is nothing to score from
    parts = (
        Part("3.1", unit["partialCount"] + unit["fullCount"], unit["authorityCount"]),
        Part("3.2", unit["onlineDossierCount"], unit["onlineServiceTotal"]),
        Part("3.3", unit["channelOnlineSum"], unit["channelTotalSum"]),
    )
    yield Observation(f"{name}:CLGQ", parts, unit["totalScore"], unit["totalMaxScore"])


READERS = {
    "transparency": _metrics,
    "dossier-digitized": _metrics,
    "handling-satisfaction": _metrics,
    "dvc-progress-tree": _progress,
    "formality-online-payment-tree": _payment,
    "provide-online-tree": _online,
}


def recorded_files() -> list[Path]:
    """Return the recordings of the year and of the one procedure."""
    return sorted([*RECORDINGS.glob("*.year-all.json"), *RECORDINGS.glob("*.month-formality.json")])


def units_of(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the root and the units of a recording, named."""
    answer = _load(path)
    root = answer.get("overview") or answer["parent"]
    name = path.name.removesuffix(".json")
    return [(f"{name}:{unit['departmentName']}", unit) for unit in [root, *answer["units"]]]


def observations() -> list[Observation]:
    """Return every recorded observation, in a stable order."""
    found: list[Observation] = []
    for path in recorded_files():
        reader = READERS[path.name.split(".")[0]]
        for name, unit in units_of(path):
            found.extend(reader(name, unit))
    return found
