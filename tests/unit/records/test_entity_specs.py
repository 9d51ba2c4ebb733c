"""Specs, raw tables and docs/records.md say the same."""

import re

import pytest
from sqlalchemy import text

from decision766.records import ENTITIES
from decision766.records.spec import CountedList, Field, ListField, ScalarList
from decision766.settings import PROJECT_ROOT

HEAD = [
    *("raw_id", "batch_id", "source_id", "data_origin", "object_sha256", "source_line", "row_hash"),
    *("parse_errors", "extra"),
]
LONG_NAMES = {"timestamp with time zone": "timestamptz", "integer": "int"}
# The documentation names these by what they become in a jsonb list, or (KENH …) no column keeps them.
ONLY_BY_COLUMN = {
    *("MaPhiLePhi", "LoaiPhiLePhi", "HinhThucThu", "HoSoBoSungId", "TrangThaiBoSung"),
    *("KENH", "MAPHILEPHI", "COQUANTHUCHIEN"),
}
RECORDS = (PROJECT_ROOT / "docs" / "records.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def raw_columns(module_warehouse):
    with module_warehouse.connect() as connection:
        rows = connection.execute(
            text("""
                select class.relname, attribute.attname, format_type(attribute.atttypid, null)
                from pg_attribute as attribute
                inner join pg_class as class on class.oid = attribute.attrelid
                where class.relnamespace = 'raw'::regnamespace and class.relkind = 'r'
                    and attribute.attnum > 0 and not attribute.attisdropped
                order by class.relname, attribute.attnum
            """)
        ).all()
    tables = {}
    for table, name, pg_type in rows:
        tables.setdefault(table, []).append((name, LONG_NAMES.get(pg_type, pg_type)))
    return tables


@pytest.mark.warehouse
def test_every_raw_table_has_a_spec_and_every_spec_a_table(raw_columns):
    assert set(raw_columns) - {"calendar_day"} == set(ENTITIES)


@pytest.mark.warehouse
@pytest.mark.parametrize("entity", ENTITIES)
def test_columns_are_those_of_the_table_in_order_and_type(raw_columns, entity):
    names = [name for name, _ in raw_columns[entity]]
    assert names[: len(HEAD)] == HEAD
    assert [(column.name, column.pg_type) for column in ENTITIES[entity].columns] == raw_columns[entity][
        len(HEAD) :
    ]


@pytest.mark.parametrize("spec", ENTITIES.values(), ids=lambda spec: spec.name)
def test_natural_key_and_column_sources_exist(spec):
    assert set(spec.natural_key) <= set(spec.column_names)
    assert len(set(spec.column_names)) == len(spec.columns)
    declared = {field.source for field in spec.fields} or set(spec.column_names)
    assert {column.source for column in spec.columns} - {None} <= declared


def test_inbox_files_and_services_are_those_of_the_documentation():
    table = re.findall(
        r"^\| `(\w+)` \| `(\w+)\*\.ndjson` \| (?:.*?`(\w+)`(?: \(one\))?|–) \|$", RECORDS, re.MULTILINE
    )
    assert len(table) == 15
    documented = {entity: (stem, service or None) for entity, stem, service in table}
    assert documented == {
        spec.name: (spec.file_stem, spec.service) for spec in ENTITIES.values() if spec.file_stem
    }


@pytest.mark.parametrize("spec", [s for s in ENTITIES.values() if not s.verbatim], ids=lambda spec: spec.name)
def test_every_kept_field_is_documented(spec):
    def kept(fields):
        for field in fields:
            if isinstance(field, ListField):
                yield field.source
                yield from kept(field.fields)
            elif isinstance(field, CountedList | ScalarList) or field.kind.treatment.value != "drop":
                yield field.source

    assert {name for name in kept(spec.fields) if name not in RECORDS} <= ONLY_BY_COLUMN


def test_personal_fields_of_the_documentation_are_dropped_or_keyed():
    personal = {
        "dossier": "ChuHoSo SoGiayToChuHoSo SoDienThoai Email Fax DiaChi DinhDanhCHS TrichYeuHoSo",
        "dossier_event": "NguoiXuLy ChucDanh PhongBanXuLy",
        "petition": "HoTen SoDienThoai Email DiaChi NoiDung TieuDe DonViXuLy",
        "rating": "HoTen SoDienThoai YKien",
    }
    for entity, names in personal.items():
        assert set(names.split()) <= set(ENTITIES[entity].dropped())
        assert ENTITIES[entity].is_personal
    content = next(f for f in ENTITIES["dossier_event"].fields if f.source == "NoiDungXuLy")
    assert isinstance(content, Field)
    assert content.kind.treatment.value == "identity"
