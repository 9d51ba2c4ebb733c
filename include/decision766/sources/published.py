"""From an answer of the evaluation API to rows: the one table of what the portal's names mean.

Two shapes exist. *Metrics*: `overview` and `evaluation[]`, each with `metrics[]` that carry their own
numerator, denominator, ratio and score. *Tree*: `parent` and `children[]` with bare parameters, from
which the indicators' numerators and denominators are read as `TREE_RATIOS` says. Nothing is computed
but the sum that 3.1 asks for, nothing is rounded, null stays null, and a number that the table does
not know becomes a row of its own without an indicator.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

METRIC_INDICATOR: dict[str, str] = {
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


@dataclass(frozen=True)
class TreeRatio:
    """An indicator as the tree endpoints publish it: parameters to add up, over a parameter.

    scored: the unit's own score, maximum and ratio are this indicator's (the group has no other part).
    """

    indicator_code: str
    numerator: tuple[str, ...]
    denominator: str
    scored: bool = False

    @property
    def metric_code(self) -> str:
        """The ratio in the portal's own names, for example `totalOnTime/totalReceived`."""
        added = "+".join(self.numerator)
        return f"({added})/{self.denominator}" if len(self.numerator) > 1 else f"{added}/{self.denominator}"


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: display group, shape, how it spells the procedure filter (None: it has none)."""

    display_group: str
    is_tree: bool
    procedure_key: str | None
    ratios: tuple[TreeRatio, ...] = ()

    @property
    def root_key(self) -> str:
        """Key of the unit asked for."""
        return "parent" if self.is_tree else "overview"

    @property
    def units_key(self) -> str:
        """Key of the list of units below it."""
        return "children" if self.is_tree else "evaluation"


ENDPOINTS: dict[str, Endpoint] = {
    "transparency": Endpoint("CKMB", False, "formalityId"),
    "dvc-progress-tree": Endpoint(
        "TDGQ", True, "formalityId", (TreeRatio("2.1", ("totalOnTime",), "totalReceived", scored=True),)
    ),
    "provide-online-tree": Endpoint(
        "CLGQ",
        True,
        "formalityId",
        (
            TreeRatio("3.1", ("partialCount", "fullCount"), "authorityCount"),
            TreeRatio("3.2", ("onlineDossierCount",), "onlineServiceTotal"),
            TreeRatio("3.3", ("channelOnlineSum",), "channelTotalSum"),
        ),
    ),
    "formality-online-payment-tree": Endpoint(
        "TTTT",
        True,
        "formalityId",
        (
            TreeRatio("3.6", ("totalDossierOnlinePaymentSuccess",), "totalDossierFinancialObligation"),
            TreeRatio(
                "3.4", ("totalDossierOnlineFormalityPaymentSuccess",), "totalFeeDossierFormalityDistinct"
            ),
            TreeRatio("3.5", ("totalFeeDossierFormality",), "totalFeeFormality"),
        ),
    ),
    "dossier-digitized": Endpoint("MDSH", False, "formalityID"),
    "handling-satisfaction": Endpoint("MDHL", False, None),
}

# Metric key of the API → column of raw.published_metric; what else a metric carries keeps its own name.
METRIC_FIELDS = {
    "code": "metric_code",
    "numerator": "numerator",
    "denominator": "denominator",
    "ratio": "ratio",
    "score": "score",
    "maxScore": "max_score",
    "dataQualityStatus": "data_quality_status",
    "dataQualityMessage": "data_quality_message",
}
_METRIC_LABELS = {"name"}
_IDENTITY = {"departmentId", "departmentName", "departmentCode", "departmentType", "metrics"}
_SCORES = {"totalScore", "totalMaxScore", "score", "maxScore", "ratio", "averageScore", "scoreDelta"}
_ORDINAL = {"stt"}
# Tree children say only their level; below a province, level PROVINCE is one of its departments.
_TYPE_OF_LEVEL = {"PROVINCE": "PROVINCIAL_DEPARTMENT", "COMMUNE": "COMMUNE_PEOPLE_COMMITTEE"}


@dataclass(frozen=True)
class Capture:
    """What every row of one answer has in common."""

    endpoint: str
    capture_id: str
    root_unit_id: str
    root_unit_code: str
    period_grain: str
    period_start: str
    procedure_code: str | None


def rows(
    capture: Capture, root: Mapping[str, Any] | None, units: list[Mapping[str, Any]], extra: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Turn the units of one answer into `published_metric` and `published_group` records.

    root: the unit asked for, or None on the pages that repeat it. extra: parts of the answer that
    belong to the root unit's group, such as the monthly chart.
    """
    metrics: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    listed = [(root, True)] if root is not None else []
    for unit, is_root in [*listed, *((unit, False) for unit in units)]:
        head = _head(capture, unit, is_root)
        metrics.extend({**head, **metric} for metric in _metrics(capture.endpoint, unit))
        groups.append({**head, **_group(capture.endpoint, unit, extra if is_root else {})})
    return {"published_metric": metrics, "published_group": groups}


def _head(capture: Capture, unit: Mapping[str, Any], is_root: bool) -> dict[str, Any]:
    unit_type = unit.get("departmentType")
    if unit_type is None and is_root:
        unit_type = "MINISTRY" if capture.root_unit_code.startswith("G") else "PROVINCE"
    elif unit_type is None:
        level = unit.get("level")
        unit_type = _TYPE_OF_LEVEL.get(str(level), level)
    return {
        "capture_id": capture.capture_id,
        "endpoint": capture.endpoint,
        "portal_unit_id": unit["departmentId"],
        "unit_code": unit.get("departmentCode") or (capture.root_unit_code if is_root else None),
        "unit_name": unit.get("departmentName"),
        "unit_type": unit_type,
        "root_unit_id": capture.root_unit_id,
        "period_grain": capture.period_grain,
        "period_start": capture.period_start,
        "procedure_code": capture.procedure_code,
    }


def _metrics(endpoint: str, unit: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    shape = ENDPOINTS[endpoint]
    for metric in unit.get("metrics") or []:
        found = _metric(metric["code"], METRIC_INDICATOR.get(metric["code"]))
        for key, value in metric.items():
            if key not in _METRIC_LABELS:
                found[METRIC_FIELDS.get(key, key)] = value
        yield found
    used: set[str] = set()
    for ratio in shape.ratios:
        names = (*ratio.numerator, ratio.denominator)
        if not any(name in unit for name in names):
            continue  # the portal publishes no parts for this unit
        parts = [unit.get(name) for name in ratio.numerator]
        found = _metric(ratio.metric_code, ratio.indicator_code)
        found["numerator"] = parts[0] if len(parts) == 1 else _sum(parts)
        found["denominator"] = unit.get(ratio.denominator)
        if ratio.scored:
            found["ratio"] = unit.get("ratio")
            found["score"], found["max_score"] = _score(unit)
        used.update(names if len(ratio.numerator) == 1 else (ratio.denominator,))
        yield found
    for key, value in unit.items():
        if key not in _IDENTITY | _SCORES | _ORDINAL | used and is_number(value):
            yield {**_metric(key, None), "numerator": value}


def _sum(parts: list[Any]) -> Any:
    """Add numbers up; null if any part is missing, so that a gap never looks like a smaller count."""
    return sum(parts) if all(is_number(part) for part in parts) else None


def _metric(metric_code: str, indicator_code: str | None) -> dict[str, Any]:
    empty = dict.fromkeys(METRIC_FIELDS.values())
    return {**empty, "metric_code": metric_code, "indicator_code": indicator_code}


def _group(endpoint: str, unit: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    score, max_score = _score(unit)
    parameters = {key: value for key, value in unit.items() if key not in _IDENTITY | _SCORES}
    return {
        "display_group": ENDPOINTS[endpoint].display_group,
        "score": score,
        "max_score": max_score,
        "ratio": unit.get("ratio"),
        "average_score": unit.get("averageScore"),
        "score_delta": unit.get("scoreDelta"),
        "parameters": {**parameters, **extra},
    }


def _score(unit: Mapping[str, Any]) -> tuple[Any, Any]:
    """Score and maximum of a unit: the progress tree's children spell them without `total`."""
    if "totalScore" in unit:
        return unit.get("totalScore"), unit.get("totalMaxScore")
    return unit.get("score"), unit.get("maxScore")


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number (a boolean is not)."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
