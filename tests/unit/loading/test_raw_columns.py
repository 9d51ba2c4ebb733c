"""A record of every kind, field by field in its raw columns."""

import datetime as dt

import pytest
from tests.unit.loading.loads import numbered
from tests.unit.record_samples import DOSSIER, EVENT, KEYS, PETITION, PROCEDURE, RATING

from decision766.records import ENTITIES

pytestmark = pytest.mark.warehouse


def local(*parts):
    return dt.datetime(*parts, tzinfo=dt.timezone(dt.timedelta(hours=7)))


def test_a_dossier_in_columns(load, rows):
    load("dossier", [DOSSIER])
    (row,) = rows("dossier")
    expected = {
        "dossier_code": "H44.07-260815-00012",
        "unit_code": "H44.07",
        "procedure_code": "1.003560",
        "procedure_code_as_sent": "1.003560.000.00.00.H44",
        "sector_code": "G15-TP02",
        "channel": 2,
        "applicant_type": 1,
        "database_codes": ["1"],
        "submitted_at": local(2026, 8, 15, 8),
        "received_at": local(2026, 8, 15, 9, 30),
        "promised_at": local(2026, 8, 29, 17),
        "finished_at": local(2026, 8, 20, 10),
        "returned_at": local(2026, 8, 21, 10),
        "refused_at": None,
        "status": 10,
        "delivery": 0,
        "filed_at_place": 1,
        "has_digitised_component": True,
        "vneid_verified": True,
        "payment_flag": 2,
        "version_at": local(2026, 8, 22, 8),  # the supplement came after the result; promises do not count
        "fees": [
            {"fee_code": "LP01", "amount": 10000, "fee_type": "1", "method": "1"},
            {"fee_code": "LP02", "amount": 0, "fee_type": None, "method": None},
        ],
        "results": [{"has_link": True, "has_code": False}],
        "data_origin": "synthetic",
        "source_line": 1,
        "parse_errors": None,
        "extra": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert [{**item, "component_code": None} for item in row["components"]] == [
        {
            "has_file": True,
            "component_code": None,
            "digitised": False,
            "reused": 2,
            "from_personal_store": True,
            "deleted": False,
        },
        {
            "has_file": False,
            "component_code": None,
            "digitised": True,
            "reused": None,
            "from_personal_store": None,
            "deleted": None,
        },
    ]
    assert [{**item, "supplement_id": None} for item in row["supplements"]] == [
        {
            "supplement_id": None,
            "requested_at": "2026-08-16T08:00:00+07:00",
            "completed_at": "2026-08-22T08:00:00+07:00",
            "promised_before": "2026-08-28T17:00:00+07:00",
            "promised_after": "2026-08-29T17:00:00+07:00",
            "status": "1",
        }
    ]


def test_a_petition_an_event_and_a_rating_in_columns(load, rows):
    load("petition", [PETITION])
    (row,) = rows("petition")
    assert (row["unit_code"], row["likes"], row["dislikes"]) == ("H44.07", 3, 4)
    assert row["version_at"] == local(2026, 8, 21, 9)
    assert row["timeline"][1] == {
        "status": "answered",
        "started_at": "2026-08-21T09:00:00+07:00",
        "ended_at": None,
    }
    load("dossier_event", [EVENT])
    (row,) = rows("dossier_event")
    assert (row["status"], row["occurred_at"]) == (4, local(2026, 8, 16, 8))
    assert row["content_hash"] == KEYS.event.keyed("dossier_event.NoiDungXuLy", EVENT["NoiDungXuLy"])
    load("rating", [RATING])
    assert rows("rating", "rating") == [{"rating": "very_satisfied"}]


def test_a_procedure_in_columns(load, rows):
    load("procedure", [PROCEDURE])
    (row,) = rows("procedure")
    expected = {
        "procedure_code": "1.003560",
        "name": "Cấp giấy phép",
        "is_public": True,
        "publishing_unit_code": "H44",
        "decision_no": "101/QĐ-UBND",
        "levels": [1, 3],
        "sector_code": "G15-TP02",
        "subject_codes": ["1", "5"],
        "max_time": 15,  # 15 working days last longer than 20 days
        "max_time_unit": "working_day",
        "has_fee": True,
        "fee_amounts": [100000, 0],
        "paper_result_required": True,
        "public_from": local(2025, 8, 1),
        "public_to": None,
        "extra": {"THANHPHANHOSO": 2, "TRINHTUTHUCHIEN": 0},
    }
    assert {name: row[name] for name in expected} == expected


def test_our_own_entities_in_columns(load, rows):
    name = 'Sở "Tư\tpháp" \\ {Ví dụ}'
    load(
        "org_unit",
        [
            {
                "code": "H44.07",
                "name": name,
                "type": "department",
                "parent_code": "H44",
                "portal_id": None,
                "valid_from": "2025-07-01",
                "valid_to": None,
                "successor_code": "",
            }
        ],
    )
    (row,) = rows("org_unit")
    assert row["name"] == 'Sở "Tư pháp" \\ {Ví dụ}'
    assert (row["valid_from"], row["valid_to"], row["successor_code"]) == (dt.date(2025, 7, 1), None, None)
    decided = {"procedure_code": "1.004227.H44", "published_on": None}
    load("decision", [{"decision_no": "1/QĐ", "unit_code": "H44", "is_local": True, "procedures": [decided]}])
    (row,) = rows("decision")
    assert row["procedures"] == [{"procedure_code": "1.004227", "published_on": None}]
    assert row["is_local"] is True
    load(
        "service",
        [
            {
                "service_code": "DVC-01",
                "procedure_code": "1.004227",
                "level": "full",
                "state": "public",
                "applied_units": ["H44.07", "000.00.14.H44"],
                "valid_from": "2025-07-01",
            }
        ],
    )
    assert rows("service", "applied_units") == [{"applied_units": ["H44.07", "H44.14"]}]


def test_a_published_capture_is_one_row_however_often_it_is_fetched(load, rows):
    metric = {
        **dict.fromkeys(set(ENTITIES["published_metric"].column_names) - {"captured_at"}),
        "capture_id": "c",
        "unit_name": "Phú\\Thọ",
        "numerator": 3,
        "newField": {"x": 1},
    }
    for day in (26, 27):
        load("published_metric", [metric], fetched_at=local(2026, 9, day, 8))
    (row,) = rows("published_metric")
    assert row["captured_at"] == local(2026, 9, 26, 8)
    assert (row["unit_name"], row["numerator"], row["ratio"]) == ("Phú\\Thọ", 3, None)
    assert row["extra"] == {"newField": {"x": 1}}


def test_unreadable_fields_are_null_and_named(load, rows):
    load("dossier", [numbered(1, NgayTiepNhan="20261345", MaTTHC="TTHC khác", GhiChu=7, MaHoSo="x")])
    (row,) = rows("dossier")
    assert (row["dossier_code"], row["unit_code"], row["received_at"], row["procedure_code"]) == (None,) * 4
    assert [error["field"] for error in row["parse_errors"]] == ["MaHoSo", "MaTTHC", "NgayTiepNhan"]
    assert row["extra"] == {"GhiChu": 7}
