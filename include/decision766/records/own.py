"""Entities of our own, which no exchange record carries: snake_case, natural JSON types, ISO dates."""

import re
from collections.abc import Mapping

from decision766.records.kinds import (
    BIGINT,
    DECISION_NO,
    DOSSIER_CODE,
    FLAG,
    ISO_DATE,
    ISO_DATETIME,
    PROCEDURE_CODE,
    TEXT,
    TOKEN,
    UNIT_CODE,
    Kind,
    one_of,
)
from decision766.records.people import reads_as_person
from decision766.records.spec import EntitySpec, Field, ListField, ScalarList, json_list, plain, text_array

GRAIN = one_of("month", "quarter", "year")
_DECIDED = {"procedure_code": ("procedure_code", PROCEDURE_CODE), "published_on": ("published_on", ISO_DATE)}


def _entity(
    name: str, kinds: Mapping[str, Kind], natural_key: tuple[str, ...], file_stem: str, service: str | None
) -> EntitySpec:
    fields, columns = plain(**kinds)
    return EntitySpec(name, fields, columns, natural_key, file_stem, service)


ORG_UNIT = _entity(
    "org_unit",
    {
        "code": UNIT_CODE,
        "name": TEXT,
        "type": one_of("ministry", "province", "department", "district", "commune", "other"),
        "parent_code": UNIT_CODE,
        "portal_id": TOKEN,
        "valid_from": ISO_DATE,
        "valid_to": ISO_DATE,
        "successor_code": UNIT_CODE,
    },
    ("code", "valid_from"),
    "units",
    "LayDanhMucDonVi",
)

_decision_fields, _decision_columns = plain(
    decision_no=DECISION_NO,
    unit_code=UNIT_CODE,
    decided_on=ISO_DATE,
    kind=one_of("new", "amended", "abolished"),
    is_local=FLAG,
    legal_effect_on=ISO_DATE,
)
DECISION = EntitySpec(
    name="decision",
    fields=(
        *_decision_fields,
        ListField("procedures", tuple(Field(theirs, kind) for theirs, kind in _DECIDED.values())),
    ),
    columns=(*_decision_columns, json_list("procedures", "procedures", _DECIDED)),
    natural_key=("unit_code", "decision_no"),
    file_stem="decisions",
    service="LayQuyetDinhCongBo",
)

PROCEDURE_PART = _entity(
    "procedure_part",
    {
        "unit_code": UNIT_CODE,
        "procedure_code": PROCEDURE_CODE,
        "part": one_of(
            "name", "steps", "manner", "components", "time_limit", "subjects", "implementing_body"
        ),
        "valid_from": ISO_DATE,
        "valid_to": ISO_DATE,
    },
    ("unit_code", "procedure_code", "part", "valid_from"),
    "procedure_parts",
    "LayBoPhanTTHC",
)

_service_fields, _service_columns = plain(
    service_code=TOKEN,
    procedure_code=PROCEDURE_CODE,
    level=one_of("full", "partial", "information"),
    state=one_of("public", "awaiting_stop", "under_test", "stopped"),
)
_validity_fields, _validity_columns = plain(valid_from=ISO_DATE, valid_to=ISO_DATE)
SERVICE = EntitySpec(
    name="service",
    fields=(*_service_fields, ScalarList("applied_units", UNIT_CODE), *_validity_fields),
    columns=(*_service_columns, text_array("applied_units", "applied_units"), *_validity_columns),
    natural_key=("service_code", "valid_from"),
    file_stem="services",
    service="LayDichVuCong",
)

AUTHORITY = _entity(
    "unit_procedure_authority",
    {
        "unit_code": UNIT_CODE,
        "procedure_code": PROCEDURE_CODE,
        "valid_from": ISO_DATE,
        "valid_to": ISO_DATE,
    },
    ("unit_code", "procedure_code", "valid_from"),
    "authorities",
    "LayThamQuyen",
)

SYNC_RECEIPT = _entity(
    "sync_receipt",
    {"dossier_code": DOSSIER_CODE, "synced_at": ISO_DATETIME},
    ("dossier_code", "synced_at"),
    "sync_receipts",
    "LayBienNhanDongBo",
)

_TOTAL = {
    "unit_code": UNIT_CODE,
    "period_grain": GRAIN,
    "period_start": ISO_DATE,
    "received_total": BIGINT,
}
_TOTAL_KEY = ("unit_code", "period_grain", "period_start")
NATIONAL_REPORT_TOTAL = _entity(
    "national_report_total", _TOTAL, _TOTAL_KEY, "national_totals", "LayTongHopBCQG"
)
PORTAL_TOTAL = _entity("portal_total", _TOTAL, _TOTAL_KEY, "portal_totals", "LayTongHopCongDVC")

CERTIFIED_COPY = _entity(
    "certified_copy",
    {
        "dossier_code": DOSSIER_CODE,
        "unit_code": UNIT_CODE,
        "issued_at": ISO_DATETIME,
        "is_electronic": FLAG,
    },
    ("dossier_code", "issued_at"),
    "certified_copies",
    "LayBanSaoChungThuc",
)

_MEASURE = re.compile(r"\d\.\d|[a-z]+(?:_[a-z]+){1,5}", re.ASCII)


def _measure_code(value: object) -> str | None:
    """Read the code of a measure (seed target_measures): an indicator, `3.3`, or words, `remote_filing`."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= 60 and _MEASURE.fullmatch(text) and not reads_as_person(text) else None


STATED_MEASURE = _entity(
    "stated_measure",
    {
        "unit_code": UNIT_CODE,
        "unit_level": one_of("all", "ministry", "province", "district", "commune"),
        "measure_code": Kind("measure_code", "text", _measure_code),
        "period_start": ISO_DATE,
        "period_end": ISO_DATE,
        "numerator": BIGINT,
        "denominator": BIGINT,
        "document_no": DECISION_NO,
    },
    ("unit_code", "unit_level", "measure_code", "period_start", "period_end"),
    "stated_measures",
    None,  # no exchange service carries it: files only
)
