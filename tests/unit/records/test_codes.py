"""Codes are read in every form that systems write them, and sorted by numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision766.records.codes import (
    legacy_unit_code,
    parse_procedure_code,
    parse_unit_code,
    procedure_sort_key,
    province_of,
    unit_of_dossier,
    unit_sort_key,
)

roots = st.builds("{}{:02d}".format, st.sampled_from("HG"), st.integers(1, 99))
parts = st.lists(st.integers(1, 999).map("{:02d}".format), max_size=3)
units = st.builds(lambda root, rest: ".".join([root, *rest]), roots, parts)
national = st.builds("{}.{:06d}".format, st.integers(0, 9), st.integers(0, 999_999))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("H44", "H44"),
        ("H44.07", "H44.07"),
        (" h44.100 ", "H44.100"),
        ("H47.18.5", "H47.18.5"),
        ("G01", "G01"),
        ("000.14.01.H56", "H56.01.14"),
        ("000.00.00.H37", "H37"),
        ("000.00.14.H44", "H44.14"),
        ("H37.00.00.000", "H37"),
    ],
)
def test_unit_codes(sent, code):
    assert parse_unit_code(sent) == code


@pytest.mark.parametrize(
    "sent", ["", "H4", "H44.", "H44.07.", "X44", "Sở Tư pháp", "H44.1234", "0912345678", "H44-07", "H44.٠٧"]
)
def test_what_is_no_unit_code(sent):
    assert parse_unit_code(sent) is None


@given(units)
def test_a_unit_code_is_its_own_normal_form(code):
    assert parse_unit_code(code) == code
    assert province_of(code) == code[:3]


@given(units)
def test_the_reversed_form_reads_back(code):
    assert parse_unit_code(legacy_unit_code(code)) == code


@given(st.lists(units, min_size=2, max_size=2))
def test_units_sort_by_parts_as_numbers(pair):
    first, second = sorted(pair, key=unit_sort_key)
    numbers = [[int(part) for part in code[1:].split(".")] for code in (first, second)]
    assert (first[0], numbers[0]) <= (second[0], numbers[1])


def test_units_do_not_sort_as_text():
    assert sorted(["H44.100", "H44.14", "H44.7"], key=unit_sort_key) == ["H44.7", "H44.14", "H44.100"]


@given(national, st.sampled_from(["", ".H56", ".000.00.00.H56", ".000.14.01.H56", ".h56"]))
def test_procedure_codes_lose_what_a_locality_appends(code, suffix):
    assert parse_procedure_code(code + suffix) == code
    assert parse_procedure_code(parse_procedure_code(code + suffix)) == code
    assert procedure_sort_key(code) == (int(code[0]), int(code[2:]))


@pytest.mark.parametrize(
    "sent", ["", "1.00422", "1.0042270", "TTHC", "1.004227.", "1.004227.X1", "079185001234"]
)
def test_what_is_no_procedure_code(sent):
    assert parse_procedure_code(sent) is None


@given(units, st.dates(), st.integers(0, 99_999))
def test_a_dossier_number_names_its_unit(unit, day, serial):
    number = f"{unit}-{day:%y%m%d}-{serial:05d}"
    assert unit_of_dossier(number) == unit
    assert unit_of_dossier(f"{legacy_unit_code(unit)}-{day:%y%m%d}-{serial:05d}") == unit


@pytest.mark.parametrize(
    "sent",
    ["", "H44.07", "H44.07-260815", "-260815-1", "H44.07-260815-", "H44.07-260815-0912345678", "A-260815-1"],
)
def test_what_is_no_dossier_number(sent):
    assert unit_of_dossier(sent) is None
