"""Rows put straight into raw: good ones of every entity, and batches of them."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, text

OBSERVED_AT = "2026-09-28T08:00:00+07:00"
# Dossier numbers that follow one another in a circle, and an old number that a dossier has claimed already.
CIRCLE, CLAIMED = ("H44.07-260803-88888", "H44-260803-88888"), "H44.07-250101-00001"
CAPTURE = {
    "capture_id": "capture-1",
    "captured_at": "2026-09-28T14:00:00+07:00",
    "endpoint": "dvc-progress-tree",
    "unit_code": "H44.07",
    "unit_name": "Sở Ví dụ",
    "unit_type": "PROVINCIAL_DEPARTMENT",
    "root_unit_id": "root",
    "period_grain": "month",
    "period_start": "2026-08-01",
}


def good(entity: str, n: int) -> dict[str, Any]:
    """The n-th good row of an entity: a key of its own, no rule fails on it."""
    code = f"H44.07-260803-{n:05d}"
    total = {
        "unit_code": "H44.07",
        "period_grain": "month",
        "period_start": f"{2000 + n // 12}-{n % 12 + 1:02d}-01",
        "received_total": n,
    }
    span = {"valid_from": "2025-07-01", "valid_to": None}
    rows: dict[str, dict[str, Any]] = {
        "dossier": {
            "dossier_code": code,
            "unit_code": "H44.07",
            "procedure_code": "1.004227",
            "procedure_code_as_sent": "1.004227",
            "channel": 2,
            "applicant_type": 1,
            "submitted_at": "2026-08-03T08:00:00+07:00",
            "received_at": "2026-08-03T08:30:00+07:00",
            "promised_at": "2026-08-17T17:00:00+07:00",
            "finished_at": "2026-08-14T10:00:00+07:00",
            "returned_at": "2026-08-17T08:00:00+07:00",
            "status": 10,
            "delivery": 0,
            "filed_at_place": 1,
            "payment_flag": 1,
            "components": [],
            "fees": [{"fee_code": "LP01", "amount": 100000}],
            "supplements": [
                {
                    "requested_at": "2026-08-05T08:00:00+07:00",
                    "completed_at": "2026-08-06T08:00:00+07:00",
                }
            ],
            "version_at": "2026-08-17T08:00:00+07:00",
        },
        "dossier_event": {
            "dossier_code": code,
            "occurred_at": "2026-08-14T10:00:00+07:00",
            "status": 9,
            "started_at": "2026-08-13T10:00:00+07:00",
            "due_at": "2026-08-17T17:00:00+07:00",
            "content_hash": f"k1:{n}",
        },
        "procedure": {
            "procedure_code": f"1.{n:06d}",
            "procedure_code_as_sent": f"1.{n:06d}",
            "name": "Thủ tục ví dụ",
            "is_public": True,
            "publishing_unit_code": "H44",
            "levels": [1, 3],
            "subject_codes": ["1", "5"],
            "max_time": 10,
            "max_time_unit": "working_day",
            "has_fee": True,
            "fee_amounts": [0, 100000],
            "public_from": "2025-07-01T00:00:00+07:00",
        },
        "petition": {
            "petition_id": f"PA-{n}",
            "petition_no": f"PAKN-{n}",
            "unit_code": "H44.07",
            "submitted_at": "2026-08-03T08:00:00+07:00",
            "received_at": "2026-08-03T09:00:00+07:00",
            "status": "published",
            "classification": "procedure",
            "predecessor_no": f"PAKN-0{n}",
            "likes": 1,
            "dislikes": 0,
            "due_at": "2026-08-24T09:00:00+07:00",
            "completed_at": "2026-08-10T09:00:00+07:00",
            "timeline": [{"status": "received", "started_at": "2026-08-03T09:00:00+07:00", "ended_at": None}],
        },
        "rating": {"dossier_code": code, "rated_at": "2026-08-20T09:00:00+07:00", "rating": "satisfied"},
        "org_unit": {
            "code": f"H44.{1000 + n}",
            "name": "Xã Ví dụ",
            "type": "commune",
            "parent_code": "H44",
            **span,
        },
        "decision": {
            "decision_no": f"{n}/QĐ-UBND",
            "unit_code": "H44",
            "decided_on": "2026-08-05",
            "kind": "new",
            "is_local": True,
            "legal_effect_on": "2026-08-12",
            "procedures": [{"procedure_code": "1.004227", "published_on": "2026-08-07"}],
        },
        "procedure_part": {"unit_code": "H44", "procedure_code": "1.004227", "part": "name", **span},
        "service": {
            "service_code": f"DVC-{n}",
            "procedure_code": "1.004227",
            "level": "full",
            "state": "public",
            "applied_units": ["H44.07"],
            **span,
        },
        "unit_procedure_authority": {"unit_code": "H44.07", "procedure_code": "1.004227", **span},
        "sync_receipt": {"dossier_code": code, "synced_at": "2026-08-03T09:00:00+07:00"},
        "national_report_total": total,
        "portal_total": total,
        "certified_copy": {
            "dossier_code": code,
            "unit_code": "H44.100",
            "issued_at": "2026-08-03T09:00:00+07:00",
            "is_electronic": True,
        },
        "stated_measure": {
            "unit_code": "H44.100",
            "measure_code": "remote_filing",
            "period_start": "2026-01-01",
            "period_end": "2026-08-31",
            "numerator": n,
            "denominator": n + 10,
            "document_no": f"{n + 1}/BC-UBND",
        },
        "published_metric": {
            **CAPTURE,
            "portal_unit_id": f"unit-{n}",
            "metric_code": "totalOnTime/totalReceived",
            "indicator_code": "2.1",
            "numerator": 90,
            "denominator": 100,
            "ratio": 90,
            "score": 18,
            "max_score": 20,
        },
        "published_group": {
            **CAPTURE,
            "portal_unit_id": f"unit-{n}",
            "display_group": "TDGQ",
            "score": 18,
            "max_score": 20,
            "ratio": 90,
            "average_score": 17,
        },
    }
    return rows[entity]


def add_source(connection: Connection, source_id: str, covers: Iterable[str]) -> None:
    """A source, if it is not there yet."""
    connection.execute(
        text("""
            insert into audit.source (source_id, family, name, covers, data_origin, settings_hash)
            values (:source_id, 'file_drop', 'Nguồn ví dụ', :covers, 'synthetic', 'none')
            on conflict do nothing
        """),
        {"source_id": source_id, "covers": list(covers)},
    )


def add_batch(
    engine: Engine,
    entity: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    source_id: str = "inbox_h44",
    covers: Iterable[str] = ("H44",),
    status: str = "loaded",
    rows_received: int | None = None,
    window: tuple[str, str] | None = None,
) -> str:
    """Put rows into raw as one batch; row n of them has source_line n, from 1. Returns the batch id."""
    rows, batch_id = list(rows), str(uuid.uuid4())
    with engine.begin() as connection:
        add_source(connection, source_id, covers)
        connection.execute(
            text("""
                insert into audit.batch (batch_id, source_id, entity, covers, data_origin, object_ids,
                    window_start, window_end, rows_received, rows_new, status, observed_at, run_id)
                values (:batch_id, :source_id, :entity, :covers, 'synthetic', '{}', :window_start,
                    :window_end, :received, :new, :status, :observed_at, 'run-1')
            """),
            {
                "batch_id": batch_id,
                "source_id": source_id,
                "entity": entity,
                "covers": list(covers),
                "received": len(rows) if rows_received is None else rows_received,
                "new": len(rows),
                "status": status,
                "observed_at": OBSERVED_AT,
                "window_start": window[0] if window else None,
                "window_end": window[1] if window else None,
            },
        )
        head = {
            "batch_id": batch_id,
            "source_id": source_id,
            "data_origin": "synthetic",
            "object_sha256": hashlib.sha256(batch_id.encode()).hexdigest(),
        }
        payload = [
            {**head, **row, "source_line": line, "row_hash": f"\\x{uuid.uuid4().hex}"}
            for line, row in enumerate(rows, start=1)
        ]
        columns = ", ".join(
            connection.execute(
                text("""
                    select quote_ident(column_name) from information_schema.columns
                    where table_schema = 'raw' and table_name = :entity and column_name <> 'raw_id'
                """),
                {"entity": entity},
            ).scalars()
        )
        connection.execute(
            text(f"""
                insert into raw.{entity} ({columns})
                select {columns}
                from jsonb_array_elements(cast(:rows as jsonb)) as list (item)
                cross join lateral jsonb_populate_record(null::raw.{entity}, item)
            """),
            {"rows": json.dumps(payload)},
        )
    return batch_id


def add_references(engine: Engine) -> None:
    """What good rows refer to: the units of H44 and one procedure, accepted."""
    units = [
        good("org_unit", 0) | {"code": "H44", "type": "province", "parent_code": None},
        good("org_unit", 0) | {"code": "H44.07", "type": "department"},
        good("org_unit", 0) | {"code": "H44.100"},
    ]
    add_batch(engine, "org_unit", units, source_id="register_h44", status="accepted")
    procedure = good("procedure", 0) | {"procedure_code": "1.004227"}
    add_batch(engine, "procedure", [procedure], source_id="register_h44", status="accepted")


def add_renumbered_dossiers(engine: Engine) -> None:
    """Dossiers with an old number, accepted: one that claims CLAIMED, one that CIRCLE comes back to."""
    claiming = good("dossier", 998) | {"former_code": CLAIMED}
    circling = good("dossier", 999) | {
        "dossier_code": CIRCLE[1],
        "unit_code": "H44",
        "former_code": CIRCLE[0],
    }
    add_batch(engine, "dossier", [claiming, circling], source_id="renumbered_h44", status="accepted")


def add_dossiers(engine: Engine) -> None:
    """Accepted dossiers that events, ratings and receipts refer to; four of them are odd ones."""
    odd = {
        90001: {"received_at": "2026-08-20T08:30:00+07:00"},
        90002: {},
        90003: {"promised_at": None, "finished_at": None},
        90004: {"status": 9},
    }
    numbers = [*range(250), *range(500, 505)]
    rows = [good("dossier", n) for n in numbers] + [good("dossier", n) | odd[n] for n in odd]
    add_batch(engine, "dossier", rows, source_id="register_h44", status="accepted")
    stopped = good("dossier_event", 90002) | {"status": 5}
    add_batch(engine, "dossier_event", [stopped], source_id="register_h44", status="accepted")


def unreadable(field: str) -> dict[str, Any]:
    """The parse error that the redactor leaves for a field as sent."""
    return {"parse_errors": [{"field": field, "rule": "exchange_datetime", "length": 8}]}
