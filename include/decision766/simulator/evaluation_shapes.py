"""Answers of the evaluation API, built from a world's published scores.

Keys, their order, nulls and zeros follow the recorded envelopes: parents and children of the tree
endpoints differ, online services publish no parts below the province, nulls stay null.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from decision766.simulator.model import Unit
from decision766.simulator.periods import Period
from decision766.simulator.places import portal_id
from decision766.simulator.portal_scores import UnitScores
from decision766.simulator.rules import GROUPS, RULES, half_even, plain
from decision766.simulator.world import World

TRANSPARENCY_METRICS = (
    ("1.1", "PUBLISH_ON_TIME", "Tỷ lệ TTHC công bố đúng hạn"),
    ("1.2", "PUBLIC_UPDATE_ON_TIME", "Tỷ lệ TTHC cập nhật, công khai đúng hạn"),
    ("1.3", "PUBLIC_CONTENT_FULL", "Tỷ lệ TTHC công khai đầy đủ nội dung"),
    ("1.4", "DOSSIER_SYNC", "Tỷ lệ hồ sơ đồng bộ lên Cổng DVCQG"),
)
DIGITISED_METRICS = (
    (
        "4.1",
        "ORIGINAL_RESULT_AVAILABLE",
        "Tỷ lệ hồ sơ thủ tục hành chính có cấp kết quả giải quyết thủ tục hành chính điện tử",
    ),
    ("4.2", "SO_HOA_GIAY_TO_GIAI_QUYET", "Tỷ lệ hồ sơ thủ tục hành chính thực hiện số hóa hồ sơ"),
    ("4.3", "REUSED_DIGITIZED_DATA", "Tỷ lệ hồ sơ khai thác, sử dụng lại thông tin, dữ liệu số hóa"),
    (
        "4.4",
        "SYNCED_WITH_DVCQG_PERSONAL_STORAGE",
        "Tỷ lệ hồ sơ TTHC được số hóa có kết nối, chia sẻ dữ liệu phục vụ tái sử dụng",
    ),
    ("4.6", "CITIZEN_DATA_CONNECTED_DOSSIER", "Tỷ lệ hồ sơ TTHC có sử dụng thông tin, dữ liệu dân cư"),
    (
        "4.5",
        "CITIZEN_DATA_CONNECTED_FORMALITY",
        "Tỷ lệ TTHC triển khai kết nối, chia sẻ dữ liệu dân cư phục vụ GQ TTHC",
    ),
    ("4.7", "ELECTRONIC_CERTIFIED_COPY", "Tỷ lệ cung cấp dịch vụ chứng thực bản sao điện tử từ bản chính"),
)
SATISFACTION_METRICS = (
    ("", "PETITION_CLASSIFICATION_TTHC", "Tỷ lệ PAKN về quy định, thủ tục hành chính"),
    ("5.3", "DOSSIER_RECEIVING_SATISFACTION", "Tỷ lệ hài lòng trong tiếp nhận, giải quyết TTHC"),
    ("5.1", "PETITION_PROCESSING_ON_TIME", "Tỷ lệ PAKN xử lý đúng hạn"),
    ("5.2", "PETITION_HANDLING_SATISFACTION", "Tỷ lệ hài lòng trong xử lý PAKN"),
    ("", "PETITION_CLASSIFICATION_STAFF", "Tỷ lệ PAKN về hành vi cán bộ, công chức, viên chức"),
)
QUALITY = {
    "portal": (
        "TEMP_NATIONAL_REPORT_DENOMINATOR",
        "Mẫu số BCQG/GRIS đang dùng số tạm, cần thay bằng dữ liệu crawl hệ thống cũ.",
    ),
    "none": ("NO_NATIONAL_REPORT_DATA", "Không có dữ liệu báo cáo tổng hợp."),
}
QUALITY["year_before"] = QUALITY["portal"]
KINDS = {
    "province": ("PROVINCE", "PROVINCE", "level_1"),
    "department": ("PROVINCIAL_DEPARTMENT", "PROVINCE", "level_2"),
    "commune": ("COMMUNE_PEOPLE_COMMITTEE", "COMMUNE", "level_2"),
}


class Sheet:
    """The published scores of one root unit, period and procedure, ready to be shaped."""

    def __init__(self, world: World, root: Unit, period: Period, procedure: str | None) -> None:
        self.world, self.root, self.period, self.procedure = world, root, period, procedure
        self.scores = world.published(period, procedure)
        # The portal orders by code as text: H44.129, H44.13, H44.130.
        self.units = sorted(world.units[root.code][1:], key=lambda unit: unit.code)

    def maximum(self, group: str) -> int:
        """Maximum of a display group; a procedure filter takes 4.5 out of digitisation."""
        dropped = {"4.5"} if self.procedure else set()
        return sum(RULES[code].maximum for code in GROUPS[group] if code not in dropped)

    def total(self, unit: Unit, group: str) -> Fraction:
        """A unit's points in a display group, of the indicators that are shown."""
        scores = self.scores[unit.code]
        dropped = scores.figures["4.5"].score if group == "MDSH" and self.procedure else None
        return scores.group_score(group) - Fraction(dropped or 0)

    def ratio(self, unit: Unit, group: str) -> int | float | None:
        """Points in percent of the maximum."""
        return plain(half_even(100 * self.total(unit, group) / self.maximum(group)))


Shaper = Callable[[Sheet], dict[str, Any]]


def _department(unit: Unit, place: int, *, with_code: bool) -> dict[str, Any]:
    kind, level, agency = KINDS[unit.type]
    code = {"departmentCode": unit.code} if with_code else {}
    return {
        "stt": place,
        "departmentId": portal_id("unit", unit.code),
        "departmentName": unit.name,
        **code,
        "departmentType": kind,
        "departmentLevel": level,
        "agencyLevel": agency,
    }


def _points(sheet: Sheet, unit: Unit, group: str) -> dict[str, Any]:
    return {
        "totalScore": plain(sheet.total(unit, group)),
        "totalMaxScore": sheet.maximum(group),
        "ratio": sheet.ratio(unit, group),
    }


def _metric(scores: UnitScores, code: str, name: str, title: str) -> dict[str, Any]:
    found = scores.figures[code]
    numerator, denominator = found.numerator, found.denominator
    if code == "1.4" and denominator is None:
        numerator, denominator = 0, 0
    return {
        "code": name,
        "name": title,
        "numerator": plain(numerator),
        "denominator": plain(denominator),
        "ratio": plain(found.ratio),
        "score": plain(found.score),
        "maxScore": RULES[code].maximum,
    }


def _metric_answer(sheet: Sheet, build: Callable[[Unit, int], dict[str, Any]]) -> dict[str, Any]:
    return {
        "overview": build(sheet.root, 1),
        "evaluation": [build(unit, place) for place, unit in enumerate(sheet.units, start=1)],
    }


def transparency(sheet: Sheet) -> dict[str, Any]:
    """Group CKMB."""

    def build(unit: Unit, place: int) -> dict[str, Any]:
        scores = sheet.scores[unit.code]
        metrics = [_metric(scores, *named) for named in TRANSPARENCY_METRICS]
        status, message = QUALITY.get(scores.context.total_basis, (None, None))
        metrics[-1] |= {"dataQualityStatus": status, "dataQualityMessage": message}
        head = _department(unit, place, with_code=False)
        return {**head, **_points(sheet, unit, "CKMB"), "scoreDelta": None, "metrics": metrics}

    answer = _metric_answer(sheet, build)
    totals = [sheet.total(unit, "CKMB") for unit in sheet.units]
    answer["overview"]["averageScore"] = plain(half_even(sum(totals, Fraction(0)) / max(1, len(totals))))
    return {
        "overview": answer["overview"],
        "monthlyChart": [],
        "evaluation": answer["evaluation"],
        "source": "reporting_766_transparency_* and reporting_dvc_calendar Mongo collections",
    }


def dossier_digitized(sheet: Sheet) -> dict[str, Any]:
    """Group MDSH."""

    def build(unit: Unit, place: int) -> dict[str, Any]:
        scores = sheet.scores[unit.code]
        shown = [named for named in DIGITISED_METRICS if not (sheet.procedure and named[0] == "4.5")]
        metrics = [_metric(scores, *named) for named in shown]
        head = _department(unit, place, with_code=True)
        return {**head, **_points(sheet, unit, "MDSH"), "metrics": metrics, "scoreDelta": None}

    return {**_metric_answer(sheet, build), "source": "reporting_digitized_dossiers_daily Mongo collection"}


def handling_satisfaction(sheet: Sheet) -> dict[str, Any]:
    """Group MDHL, with the two unscored classifications of petitions."""

    def build(unit: Unit, place: int) -> dict[str, Any]:
        scores = sheet.scores[unit.code]
        context = scores.context
        classified = {
            "PETITION_CLASSIFICATION_TTHC": context.petitions_procedure,
            "PETITION_CLASSIFICATION_STAFF": context.petitions_conduct,
        }
        metrics = [
            _metric(scores, code, name, title)
            if code
            else _classification(name, title, classified[name], context.petitions)
            for code, name, title in SATISFACTION_METRICS
        ]
        return {
            **_department(unit, place, with_code=False),
            **_points(sheet, unit, "MDHL"),
            "scoreDelta": None,
            "metrics": metrics,
            "totalPetitions": context.petitions,
            "classifiedPetitions": context.petitions,
            "totalDossiers": scores.tally.population,
            "averageScore": None,
        }

    return {
        **_metric_answer(sheet, build),
        "source": "reporting_766_satisfaction_petition_months, reporting_766_satisfaction_dossier_periods",
    }


def _classification(name: str, title: str, counted: int, petitions: int) -> dict[str, Any]:
    ratio = half_even(Fraction(100 * counted, petitions)) if petitions else Decimal(0)
    return {
        "code": name,
        "name": title,
        "numerator": counted,
        "denominator": petitions,
        "ratio": plain(ratio),
        "score": None,
        "maxScore": 0,
    }


def _head(unit: Unit) -> dict[str, Any]:
    level = {} if unit.type == "province" else {"level": KINDS[unit.type][1]}
    return {
        "departmentId": portal_id("unit", unit.code),
        "departmentName": unit.name,
        "departmentCode": unit.code,
        **level,
    }


def _chart(sheet: Sheet, build: Callable[[str, UnitScores | None], dict[str, Any]]) -> list[dict[str, Any]]:
    """Twelve months of the year; outside the period asked for every month is 0."""
    asked = {period for period in sheet.period.months() if period in sheet.world.periods}
    chart = []
    for month in Period.holding("year", sheet.period.start).months():
        scores = sheet.world.published(month, sheet.procedure)[sheet.root.code] if month in asked else None
        chart.append(build(f"{month.start:%m}", scores))
    return chart


def dvc_progress_tree(sheet: Sheet) -> dict[str, Any]:
    """Group TDGQ."""

    def counts(unit: Unit) -> tuple[dict[str, Any], int]:
        found = sheet.scores[unit.code].tally
        return {"totalReceived": found.population, "totalOnTime": found.on_time}, found.completed

    def child(unit: Unit) -> dict[str, Any]:
        scores = sheet.scores[unit.code]
        progress, counted = scores.figures["2.1"], scores.tally
        return {
            **_head(unit),
            **counts(unit)[0],
            "totalOverdue": counted.population - counted.on_time,
            "avgProcessingDays": plain(half_even(counted.mean_days())),
            "ratio": plain(progress.ratio),
            "score": plain(progress.score),
            "maxScore": RULES["2.1"].maximum,
            "scoreDelta": None,
        }

    def point(label: str, scores: UnitScores | None) -> dict[str, Any]:
        on_time = scores.figures["2.1"].ratio if scores and scores.tally.population else None
        overdue = Decimal(100) - on_time if on_time is not None else Decimal(0)
        return {"month": label, "onTimePct": plain(on_time or Decimal(0)), "overduePct": plain(overdue)}

    whole, completed = counts(sheet.root)
    scores = sheet.scores[sheet.root.code]
    parent = {
        **_head(sheet.root),
        **whole,
        "totalCompleted": completed,
        "avgProcessingDays": plain(half_even(scores.tally.mean_days())),
        "ratio": plain(scores.figures["2.1"].ratio),
        "totalScore": plain(scores.figures["2.1"].score),
        "totalMaxScore": RULES["2.1"].maximum,
    }
    return {
        "parent": parent,
        "children": [child(u) for u in sheet.units],
        "monthlyChart": _chart(sheet, point),
    }


def provide_online_tree(sheet: Sheet) -> dict[str, Any]:
    """Group CLGQ; only the province publishes its parts."""
    scores = sheet.scores[sheet.root.code]
    counted, context = scores.tally, scores.context

    def point(label: str, found: UnitScores | None) -> dict[str, Any]:
        share = found.figures["3.2"].ratio if found else None
        return {"label": label, "onlineDossierPct": plain(share or Decimal(0))}

    parent = {
        **_head(sheet.root),
        **_points(sheet, sheet.root, "CLGQ"),
        "authorityCount": len(context.authority),
        "partialCount": len(context.partial_procedures),
        "fullCount": len(context.full_procedures),
        "onlineDossierCount": plain(scores.figures["3.2"].numerator),
        "onlineServiceTotal": plain(scores.figures["3.2"].denominator),
        "channelOnlineSum": counted.online,
        "channelDirectSum": counted.received - counted.online - counted.postal,
        "channelPostalSum": counted.postal,
        "channelTotalSum": counted.received,
        "onlineOnTimeSum": counted.online_on_time,
        "onlineOverdueSum": counted.online - counted.online_on_time,
    }
    children = [{**_head(u), **_points(sheet, u, "CLGQ"), "scoreDelta": None} for u in sheet.units]
    return {"parent": parent, "children": children, "monthlyChart": _chart(sheet, point)}


def formality_online_payment_tree(sheet: Sheet) -> dict[str, Any]:
    """Group TTTT."""

    def parts(unit: Unit) -> dict[str, Any]:
        # Under a procedure filter the portal restricts 3.6 alone; 3.4 and 3.5 stay those of all procedures.
        figures = sheet.scores[unit.code].figures
        return {
            "totalDossierOnlinePaymentSuccess": plain(figures["3.6"].numerator),
            "totalDossierFinancialObligation": plain(figures["3.6"].denominator),
            "totalDossierOnlineFormalityPaymentSuccess": plain(figures["3.4"].numerator),
            "totalFeeDossierFormalityDistinct": plain(figures["3.4"].denominator),
            "totalFeeDossierFormality": plain(figures["3.5"].numerator),
            "totalFeeFormality": plain(figures["3.5"].denominator),
        }

    def points(unit: Unit) -> tuple[Any, Any]:
        return plain(sheet.total(unit, "TTTT")), sheet.ratio(unit, "TTTT")

    score, ratio = points(sheet.root)
    head = {**_head(sheet.root), "totalMaxScore": sheet.maximum("TTTT"), "totalScore": score}
    children = []
    for unit in sheet.units:
        total, share = points(unit)
        children.append(
            {
                **_head(unit),
                "totalMaxScore": sheet.maximum("TTTT"),
                "ratio": share,
                "totalScore": total,
                **parts(unit),
                "scoreDelta": None,
            }
        )
    return {"parent": {**head, **parts(sheet.root), "ratio": ratio}, "children": children}


SHAPERS: Mapping[str, Shaper] = {
    "transparency": transparency,
    "dvc-progress-tree": dvc_progress_tree,
    "provide-online-tree": provide_online_tree,
    "formality-online-payment-tree": formality_online_payment_tree,
    "dossier-digitized": dossier_digitized,
    "handling-satisfaction": handling_satisfaction,
}


def service_results(world: World, period: Period, roots: Sequence[Unit]) -> dict[str, Any]:
    """The overview of all provinces that the stand-in computes; recorded ones are not in it."""
    scores = world.published(period)
    shown = []
    for root in roots:
        found = scores[root.code]
        groups = {group: plain(found.group_score(group)) for group in GROUPS}
        shown.append(
            {
                "departmentId": portal_id("unit", root.code),
                "departmentName": root.name,
                "totalScore": plain(found.total()),
                "groupScores": groups,
            }
        )
    return {"overview": {"departmentName": "Cả nước"}, "evaluation": shown}
