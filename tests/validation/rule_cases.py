"""For every rule, what makes it fail, and it alone.

ROW_CASES: rule → what a good row is changed to. BATCH_CASES: rule → (rows of the batch, expected
failing rows); these rules block, judge shares, or judge the batch.
"""

from typing import Any

from tests.validation.rule_rows import CIRCLE, CLAIMED, good, unreadable

FUTURE = "2026-10-28T08:00:00+07:00"
EARLY = "2026-08-02T08:00:00+07:00"
NO_UNIT = {"unit_code": "H44.999"}
NO_PROCEDURE = {"procedure_code": "9.999999"}
ENDS_EARLY = {"valid_to": "2025-06-30"}


def _null(*fields: str) -> dict[str, Any]:
    return dict.fromkeys(fields)


SUPPLEMENT = {
    "requested_at": "2026-08-05T08:00:00+07:00",
    "completed_at": "2026-08-06T08:00:00+07:00",
    "promised_before": "2026-08-17T17:00:00+07:00",
    "promised_after": "2026-08-18T17:00:00+07:00",
}
ROW_CASES: dict[str, dict[str, Any]] = {
    "dossier.dossier_code.form": {"dossier_code": "H44.07/260803/1"},
    "dossier.submitted_at.readable": _null("submitted_at") | unreadable("NgayNopHoSo"),
    "dossier.received_at.after_submitted": {"submitted_at": "2026-08-03T09:00:00+07:00"},
    "dossier.returned_at.after_finished": {"returned_at": "2026-08-13T08:00:00+07:00"},
    "dossier.refused_at.after_received": {"refused_at": EARLY},
    "dossier.returned_at.not_future": {"returned_at": FUTURE},
    "dossier.refused_at.not_future": {"refused_at": FUTURE},
    "dossier.promised_at.plausible": {"promised_at": "2029-09-03T17:00:00+07:00"},
    "dossier.finished_at.plausible": {
        "submitted_at": "2021-01-04T08:00:00+07:00",
        "received_at": "2021-01-04T08:30:00+07:00",
        "promised_at": "2021-02-01T17:00:00+07:00",
    },
    "dossier.received_at.period_edge": {
        "submitted_at": "2026-07-31T08:00:00+07:00",
        "received_at": "2026-07-31T19:30:00+07:00",
    },
    "dossier.status.supplement_open": {"supplements": [SUPPLEMENT | {"completed_at": None}]},
    "dossier.status.refused": {"status": 9, "refused_at": "2026-08-14T10:00:00+07:00"},
    "dossier.payment_flag.with_record": {"fees": []},
    "dossier.fees.not_negative": {"fees": [{"amount": -5}]},
    "dossier.supplements.after_received": {"supplements": [SUPPLEMENT | {"requested_at": EARLY}]},
    "dossier.supplements.promise_moved_back": {
        "supplements": [SUPPLEMENT | {"promised_after": "2026-08-16T17:00:00+07:00"}]
    },
    "dossier_event.started_at.readable": _null("started_at") | unreadable("NgayBatDau"),
    "dossier_event.occurred_at.after_start": {"occurred_at": "2026-08-12T10:00:00+07:00"},
    "dossier_event.occurred_at.after_reception": {"dossier_code": "H44.07-260803-90001"},
    "dossier_event.status.synthetic_closing": {"dossier_code": "H44.07-260803-90002"},
    "dossier_event.status.closing_without_promise": {"dossier_code": "H44.07-260803-90003"},
    "dossier_event.status.overwritten": {"dossier_code": "H44.07-260803-90004", "status": 6},
    "sync_receipt.synced_at.after_reception": {"dossier_code": "H44.07-260803-90001"},
    "service.applied_units.known": {"applied_units": ["H44.07", "H44.999"]},
    "org_unit.successor_code.other": {"code": "H44.7777", "successor_code": "H44.7777"},
    "dossier.dossier_code.missing": _null("dossier_code"),
    "dossier.unit_code.known": NO_UNIT,
    "dossier.procedure_code.present": _null("procedure_code", "procedure_code_as_sent"),
    "dossier.procedure_code.readable": _null("procedure_code") | unreadable("MaTTHC"),
    "dossier.procedure_code.known": NO_PROCEDURE,
    "dossier.received_at.readable": _null("received_at") | unreadable("NgayTiepNhan"),
    "dossier.received_at.present": _null("received_at"),
    "dossier.received_at.not_future": {"received_at": FUTURE}
    | _null("finished_at", "returned_at", "promised_at")
    | {"status": 4, "supplements": []},
    "dossier.received_at.plausible": {
        "submitted_at": "1999-12-30T08:00:00+07:00",
        "received_at": "1999-12-30T09:00:00+07:00",
        "promised_at": "2000-01-17T17:00:00+07:00",
        "status": 4,
    }
    | _null("finished_at", "returned_at"),
    "dossier.finished_at.after_received": {"finished_at": EARLY},
    "dossier.returned_at.after_received": {"returned_at": EARLY, "finished_at": None},
    "dossier.finished_at.readable": _null("finished_at") | unreadable("NgayKetThucXuLy"),
    "dossier.returned_at.readable": _null("returned_at") | unreadable("NgayTra"),
    "dossier.promised_at.readable": _null("promised_at") | unreadable("NgayHenTra"),
    "dossier.refused_at.readable": unreadable("NgayTuChoi"),
    "dossier.supplements.readable": {"supplements": [SUPPLEMENT | {"requested_at": None}]}
    | unreadable("DanhSachHoSoBoSung[].NgayBoSung"),
    "dossier.supplements.dated": {"supplements": [SUPPLEMENT | {"requested_at": None}]},
    "dossier.supplements.ordered": {
        "supplements": [
            {"requested_at": "2026-08-06T08:00:00+07:00", "completed_at": "2026-08-05T08:00:00+07:00"}
        ]
    },
    "dossier.fees.readable": {"fees": [{"amount": 5}, {"amount": None}]} | unreadable("DanhSachLePhi[].Gia"),
    "dossier.status.known": _null("status") | unreadable("TrangThaiHoSo"),
    "dossier.status.present": _null("status"),
    "dossier.channel.known": _null("channel") | unreadable("KenhThucHien"),
    "dossier.payment_flag.known": _null("payment_flag") | unreadable("DuocThanhToanTrucTuyen"),
    "dossier.filed_at_place.known": _null("filed_at_place") | unreadable("NoiNopHoSo"),
    "dossier.components.readable": unreadable("TaiLieuNop[].DuocSoHoa"),
    "dossier.applicant_type.readable": _null("applicant_type") | unreadable("LoaiDoiTuong"),
    "dossier.promised_at.after_received": {"promised_at": EARLY},
    "dossier.status.closed_with_date": {"status": 9} | _null("finished_at", "returned_at"),
    "dossier.finished_at.not_future": {"finished_at": FUTURE, "returned_at": None},
    "dossier.payment_flag.with_fee": {"payment_flag": 2, "fees": [{"amount": 0}]},
    "dossier.version_at.one_version": {"dossier_code": "H44.07-260803-99999"},
    "dossier.unit_code.of_source": {"unit_code": "H12.07"},
    "dossier.former_code.readable": unreadable("MaHoSoCu"),
    "dossier.former_code.no_circle": {"dossier_code": CIRCLE[0], "former_code": CIRCLE[1]},
    "dossier.former_code.claimed_once": {"former_code": CLAIMED},
    "dossier_event.dossier_code.missing": _null("dossier_code"),
    "dossier_event.occurred_at.readable": _null("occurred_at") | unreadable("ThoiDiemXuLy"),
    "dossier_event.occurred_at.present": _null("occurred_at"),
    "dossier_event.status.known": _null("status") | unreadable("TrangThai"),
    "dossier_event.status.present": _null("status"),
    "dossier_event.occurred_at.not_future": {"occurred_at": FUTURE},
    "dossier_event.due_at.after_start": {"due_at": EARLY},
    "procedure.procedure_code.missing": _null("procedure_code"),
    "procedure.is_public.present": _null("is_public"),
    "procedure.name.present": _null("name"),
    "procedure.max_time.readable": _null("max_time")
    | unreadable("CACHTHUCTHUCHIEN[].THOIGIAN[].THOIGIANGIAIQUYET"),
    "procedure.max_time.positive": {"max_time": 0},
    "procedure.max_time_unit.present": _null("max_time_unit"),
    "procedure.levels.readable": unreadable("CAPTHUCHIEN[]"),
    "procedure.fee_amounts.readable": unreadable("CACHTHUCTHUCHIEN[].PHILEPHI[].SOTIEN"),
    "procedure.public_from.readable": _null("public_from") | unreadable("NGAYCONGKHAI"),
    "procedure.public_to.after_start": {"public_to": "2025-06-30T00:00:00+07:00"},
    "procedure.procedure_code.once": {"procedure_code": "1.999999"},
    "petition.petition_id.missing": _null("petition_id"),
    "petition.unit_code.missing": _null("unit_code"),
    "petition.unit_code.known": NO_UNIT,
    "petition.received_at.readable": _null("received_at") | unreadable("NgayNhan"),
    "petition.received_at.present": _null("received_at"),
    "petition.received_at.not_future": {"received_at": FUTURE} | _null("completed_at", "due_at"),
    "petition.completed_at.after_received": {"completed_at": EARLY},
    "petition.refused_at.after_received": {"refused_at": EARLY},
    "petition.completed_at.readable": _null("completed_at") | unreadable("NgayTuChoi"),
    "petition.classification.known": _null("classification") | unreadable("PhanLoai"),
    "petition.timeline.readable": {"timeline": [{"status": "received", "started_at": None}]}
    | unreadable("LichSu[].NgayBatDau"),
    "petition.timeline.dated": {"timeline": [{"status": "received", "started_at": None}]},
    "petition.timeline.present": {"timeline": []},
    "petition.likes.readable": _null("dislikes") | unreadable("LuotKhongThich"),
    "petition.predecessor_no.other": {"petition_no": "PAKN-X", "predecessor_no": "PAKN-X"},
    "petition.due_at.after_received": {"due_at": EARLY},
    "rating.dossier_code.missing": _null("dossier_code"),
    "rating.rated_at.readable": _null("rated_at") | unreadable("ThoiGianDanhGia"),
    "rating.rated_at.present": _null("rated_at"),
    "rating.rating.known": _null("rating") | unreadable("DanhGia"),
    "rating.rating.present": _null("rating"),
    "rating.rated_at.not_future": {"rated_at": FUTURE},
    "org_unit.code.missing": _null("code"),
    "org_unit.type.known": _null("type") | unreadable("type"),
    "org_unit.type.present": _null("type"),
    "org_unit.name.present": _null("name"),
    "org_unit.parent_code.present": _null("parent_code"),
    "org_unit.parent_code.other": {"code": "H44.2000", "parent_code": "H44.2000"},
    "org_unit.parent_code.known": {"parent_code": "H44.999"},
    "org_unit.valid_from.readable": _null("valid_from") | unreadable("valid_to"),
    "org_unit.valid_to.after_start": ENDS_EARLY,
    "org_unit.code.once": {"code": "H44.2001"},
    "decision.decision_no.missing": _null("decision_no"),
    "decision.unit_code.missing": _null("unit_code"),
    "decision.unit_code.known": NO_UNIT,
    "decision.decided_on.readable": _null("decided_on") | unreadable("decided_on"),
    "decision.decided_on.present": _null("decided_on"),
    "decision.decided_on.not_future": {
        "decided_on": "2026-09-29",
        "procedures": [{"procedure_code": "1.004227", "published_on": None}],
    },
    "decision.legal_effect_on.readable": _null("legal_effect_on") | unreadable("legal_effect_on"),
    "decision.kind.known": _null("kind") | unreadable("kind"),
    "decision.kind.present": _null("kind"),
    "decision.is_local.present": _null("is_local"),
    "decision.procedures.listed": {"procedures": []},
    "decision.procedures.named": {"procedures": [{"procedure_code": None, "published_on": None}]},
    "decision.procedures.readable": {"procedures": [{"procedure_code": None}]}
    | unreadable("procedures[].procedure_code"),
    "decision.procedures.published_after": {
        "procedures": [{"procedure_code": "1.004227", "published_on": "2026-08-04"}]
    },
    "published_metric.indicator_code.known": {"indicator_code": "9.9"},
    "published_metric.numerator.not_negative": {"numerator": -1, "ratio": None},
    "published_metric.denominator.not_negative": {"denominator": -1, "numerator": None},
    "published_metric.denominator.not_below_numerator": {"denominator": 89, "ratio": None},
    "published_metric.ratio.of_its_parts": {"ratio": 50},
    "published_metric.max_score.of_rule_set": {"max_score": 25},
    "published_metric.metric_code.missing": _null("metric_code"),
    "published_group.display_group.known": {"display_group": "XXXX"},
    "published_group.display_group.present": _null("display_group"),
    "published_group.max_score.of_group": {"max_score": 30},
    "published_group.average_score.within_maximum": {"average_score": 21},
    "published_group.score.sum_of_metrics": {"portal_unit_id": "unit-with-metrics", "score": 17.5},
    "certified_copy.is_electronic.present": _null("is_electronic"),
    "certified_copy.issued_at.readable": _null("issued_at") | unreadable("issued_at"),
    "certified_copy.issued_at.present": _null("issued_at"),
    "certified_copy.issued_at.not_future": {"issued_at": FUTURE},
    "certified_copy.dossier_code.missing": _null("dossier_code"),
    "certified_copy.unit_code.missing": _null("unit_code"),
    "certified_copy.unit_code.known": NO_UNIT,
    "sync_receipt.dossier_code.missing": _null("dossier_code"),
    "sync_receipt.synced_at.readable": _null("synced_at") | unreadable("synced_at"),
    "sync_receipt.synced_at.present": _null("synced_at"),
    "sync_receipt.synced_at.not_future": {"synced_at": FUTURE},
    "procedure_part.part.known": _null("part") | unreadable("part"),
    "procedure_part.part.present": _null("part"),
    "service.service_code.missing": _null("service_code"),
    "service.level.known": _null("level") | unreadable("level"),
    "service.level.present": _null("level"),
    "service.state.known": _null("state") | unreadable("state"),
    "service.state.present": _null("state"),
    "service.applied_units.listed": {"applied_units": []},
}
for _entity in ("procedure_part", "unit_procedure_authority", "service"):
    ROW_CASES |= {
        f"{_entity}.procedure_code.missing": _null("procedure_code"),
        f"{_entity}.procedure_code.known": NO_PROCEDURE,
        f"{_entity}.valid_from.readable": _null("valid_from") | unreadable("valid_from"),
        f"{_entity}.valid_to.after_start": ENDS_EARLY,
    }
for _entity in ("procedure_part", "unit_procedure_authority"):
    ROW_CASES |= {
        f"{_entity}.unit_code.missing": _null("unit_code"),
        f"{_entity}.unit_code.known": NO_UNIT,
    }
for _entity in ("national_report_total", "portal_total"):
    ROW_CASES |= {
        f"{_entity}.unit_code.missing": _null("unit_code"),
        f"{_entity}.unit_code.known": NO_UNIT,
        f"{_entity}.period_grain.known": _null("period_grain") | unreadable("period_grain"),
        f"{_entity}.period_grain.present": _null("period_grain"),
        f"{_entity}.period_start.readable": _null("period_start") | unreadable("period_start"),
        f"{_entity}.period_start.present": _null("period_start"),
        f"{_entity}.period_start.aligned": {"period_start": "2026-08-02"},
        f"{_entity}.received_total.present": _null("received_total"),
        f"{_entity}.received_total.once": {"period_start": "1990-01-01"},
        f"{_entity}.received_total.not_negative": {"received_total": -1},
    }
ROW_CASES |= {
    "stated_measure.unit_code.missing": _null("unit_code"),
    "stated_measure.unit_level.known": _null("unit_level") | unreadable("unit_level"),
    "stated_measure.measure_code.missing": _null("measure_code"),
    "stated_measure.period_start.missing": _null("period_start"),
    "stated_measure.period_end.missing": _null("period_end"),
    "stated_measure.period_end.after_start": {"period_end": "2025-12-31"},
    "stated_measure.numerator.present": _null("numerator"),
    "stated_measure.denominator.present": _null("denominator"),
    "stated_measure.numerator.within_denominator": {"numerator": 11, "denominator": 10},
}
for _entity in ("published_metric", "published_group"):
    ROW_CASES |= {
        f"{_entity}.portal_unit_id.missing": _null("portal_unit_id"),
        f"{_entity}.period_grain.known": {"period_grain": "decade"},
        f"{_entity}.period_grain.present": _null("period_grain"),
        f"{_entity}.period_start.present": _null("period_start"),
        f"{_entity}.period_start.aligned": {"period_start": "2026-08-02"},
        f"{_entity}.captured_at.present": _null("captured_at"),
        f"{_entity}.capture_id.present": _null("capture_id"),
        f"{_entity}.ratio.percentage": {"ratio": 100.01}
        | ({"numerator": None} if _entity == "published_metric" else {}),
    }

# Rules that two rows must break together.
TWICE = frozenset({
    "dossier.version_at.one_version", "procedure.procedure_code.once", "org_unit.code.once",
    "national_report_total.received_total.once", "portal_total.received_total.once",
})  # fmt: skip

Batch = tuple[list[dict[str, Any]], int]


def _share(entity: str, rows: int, failing: int, **changes: Any) -> Batch:
    changed = [good(entity, n) | changes for n in range(failing)]
    return changed + [good(entity, n) for n in range(failing, rows)], failing


def _at(received_at: str) -> dict[str, Any]:
    return {"received_at": received_at, "submitted_at": received_at[:11] + "00:30:00+07:00"}


# Batch cases that break another rule too: what is empty everywhere is empty in a province.
IMPLIED = {"dossier.promised_at.some_present": {"dossier.promised_at.of_province": 20}}
# Batch cases of a source that covers other provinces than H44.
COVERS = {"dossier.promised_at.of_province": ("H12", "H44")}

KEYS = {
    "dossier": "dossier_code", "dossier_event": "dossier_code", "procedure": "procedure_code",
    "petition": "petition_id", "rating": "dossier_code", "org_unit": "code", "decision": "decision_no",
    "procedure_part": "procedure_code", "service": "service_code",
    "unit_procedure_authority": "procedure_code",
    "sync_receipt": "dossier_code", "national_report_total": "unit_code", "portal_total": "unit_code",
    "certified_copy": "dossier_code", "published_metric": "portal_unit_id",
    "published_group": "portal_unit_id",
}  # fmt: skip

BATCH_CASES: dict[str, Batch] = {
    **{f"{entity}.{key}.mostly_present": _share(entity, 6, 4, **{key: None}) for entity, key in KEYS.items()},
    "dossier.received_at.some_present": _share("dossier", 6, 6, received_at=None),
    "petition.received_at.some_present": _share("petition", 6, 6, received_at=None),
    "dossier.promised_at.some_present": _share("dossier", 20, 20, promised_at=None),
    "dossier.submitted_at.own": _share("dossier", 20, 11, submitted_at="2026-08-03T08:30:00+07:00"),
    "dossier.received_at.night": _share("dossier", 20, 5, **_at("2026-08-03T01:30:00+07:00")),
    "dossier.received_at.evening": _share("dossier", 20, 7, received_at="2026-08-03T19:30:00+07:00"),
    "dossier.received_at.working_day": _share("dossier", 20, 5, **_at("2026-08-02T08:30:00+07:00")),
    "dossier.finished_at.working_day": _share("dossier", 20, 6, finished_at="2026-08-15T10:00:00+07:00"),
    "dossier.promised_at.working_day": _share("dossier", 20, 5, promised_at="2026-08-16T17:00:00+07:00"),
    "dossier.promised_at.of_province": _share("dossier", 25, 20, promised_at=None, unit_code="H12.07"),
    "dossier_event.occurred_at.working_day": _share(
        "dossier_event", 20, 5, occurred_at="2026-08-15T10:00:00+07:00"
    ),
    "dossier_event.occurred_at.night": _share(
        "dossier_event", 20, 5, occurred_at="2026-08-14T02:00:00+07:00"
    ),
    **{
        f"{entity}.dossier_code.known": _share(entity, 20, 2, dossier_code="H44.07-200101-00001")
        for entity in ("rating", "sync_receipt", "certified_copy", "petition")
    },
    **{
        f"{entity}.received_total.parts_within_year": (
            [good(entity, 0) | {"period_grain": "year", "period_start": "1980-01-01", "received_total": 4}]
            + [
                good(entity, 0) | {"period_start": f"1980-{n + 1:02d}-01", "received_total": 5}
                for n in range(3)
            ]
            + [good(entity, n) for n in range(16)],
            3,
        )
        for entity in ("national_report_total", "portal_total")
    },
    "dossier_event.dossier_code.known": _share("dossier_event", 20, 20),
    "published_metric.score.not_negative": _share("published_metric", 2, 1, score=-0.01),
    "published_group.score.not_negative": _share("published_group", 2, 1, score=-0.01),
    "published_metric.score.within_maximum": _share("published_metric", 2, 1, score=20.01),
    "published_group.score.within_maximum": _share("published_group", 2, 1, score=19, max_score=18.5),
    "published_group.score.within_group_maximum": _share("published_group", 2, 1, score=21, max_score=21),
}
# Share rules at their limit: the same changes, one row fewer, and the rule holds.
WITHIN = {
    "dossier.dossier_code.mostly_present": _share("dossier", 6, 3, dossier_code=None),
    "dossier.received_at.some_present": _share("dossier", 6, 5, received_at=None),
    "dossier.submitted_at.own": _share("dossier", 20, 10, submitted_at="2026-08-03T08:30:00+07:00"),
    "dossier.received_at.night": _share("dossier", 20, 4, **_at("2026-08-03T01:30:00+07:00")),
    "dossier.received_at.evening": _share("dossier", 20, 6, received_at="2026-08-03T19:30:00+07:00"),
    "dossier.received_at.working_day": _share("dossier", 20, 4, **_at("2026-08-02T08:30:00+07:00")),
}
# Rules on the whole batch: their size.
WHOLE_BATCH = frozenset({
    "procedure.batch.row_count", "org_unit.batch.row_count", "procedure.batch.volume",
    "org_unit.batch.volume", "service.batch.volume", "unit_procedure_authority.batch.volume",
    "dossier.received_at.no_empty_day",
})  # fmt: skip

# Rules that compare a batch with those before: what differs from the batches of good rows before it.
HISTORY_CASES: dict[str, dict[str, Any]] = {
    "dossier.batch.volume": {},
    "dossier.version_at.fresh": {"version_at": "2026-07-01T08:00:00+07:00"},
    "dossier.channel.stable_mix": {"channel": 3},
    "dossier.status.stable_mix": {"status": 4},
    "dossier.payment_flag.stable_mix": {"payment_flag": 0},
    "dossier.applicant_type.stable_mix": {"applicant_type": 3},
    "dossier.filed_at_place.stable_mix": {"filed_at_place": 2},
    "dossier_event.batch.volume": {},
    "dossier_event.occurred_at.fresh": {
        "occurred_at": "2026-08-04T10:00:00+07:00", "started_at": "2026-08-04T09:00:00+07:00"
    },
    "dossier_event.status.stable_mix": {"status": 4},
    "petition.batch.volume": {},
    "petition.classification.stable_mix": {"classification": "conduct"},
    "rating.rating.stable_mix": {"rating": "dissatisfied"},
}  # fmt: skip
