"""Parts of the pages that need no database: tables as files, tiles, words, addresses, charts, headers."""

import csv
import datetime as dt
import io
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from decision766.scoreboard import charts
from decision766.scoreboard.addresses import Addresses, beside
from decision766.scoreboard.app import create_app
from decision766.scoreboard.pages.country import Step, _rank, _step
from decision766.scoreboard.tables import Column, Table, to_csv, to_xlsx
from decision766.scoreboard.tiles import tiles
from decision766.scoreboard.words import Speech

HOSTILE = ('=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", " =1")


def table(*values: object) -> Table:
    columns = [Column("name", "=tên"), Column("score", "Điểm", "score")]
    rows = [{"name": value, "score": Decimal("-1.50")} for value in values]
    return Table("thử", "Thử", columns, rows, "name")


@pytest.mark.parametrize("value", HOSTILE)
def test_no_text_of_an_export_runs_as_a_formula(value):
    written = list(csv.reader(io.StringIO(to_csv(table(value), "live").decode("utf-8-sig"))))
    assert written[0][0] == "'=tên"
    assert written[1][0] == f"'{value}"
    sheet = load_workbook(io.BytesIO(to_xlsx(table(value), "live"))).active
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "s"]
    assert sheet["A2"].value.startswith("'")


def test_numbers_stay_numbers_null_stays_empty_and_rows_name_their_origin():
    found = table("a", None)
    found.rows[1]["score"] = None
    assert to_csv(found, "synthetic").decode("utf-8-sig").splitlines()[1:] == [
        "a,-1.5,synthetic",
        ",,synthetic",
    ]
    sheet = load_workbook(io.BytesIO(to_xlsx(found, "synthetic"))).active
    assert sheet["B2"].value == -1.5
    assert sheet["B3"].value is None


def test_control_signs_that_a_workbook_refuses_are_left_out():
    sheet = load_workbook(io.BytesIO(to_xlsx(table("a\x00\x0bb"), "live"))).active
    assert sheet["A2"].value == "ab"


def test_a_page_shows_the_first_rows_and_exports_every_one():
    found = Table("t", "T", [Column("a", "A")], [{"a": n} for n in range(5)], "a", shown=2)
    assert len(found.visible) == 2
    assert len(to_csv(found, "live").splitlines()) == 6


def test_the_34_provinces_of_today_have_one_tile_each():
    placed = tiles()
    assert len({tile.unit_code for tile in placed}) == len(placed) == 34
    assert len({(tile.column, tile.row) for tile in placed}) == 34
    by_code = {tile.unit_code: tile for tile in placed}
    # North to south along the country, and the sea in the east.
    north_to_south = ["H14", "H26", "H56", "H41", "H27", "H57", "H17", "H21", "H36", "H29", "H12"]
    lines = [by_code[code].row for code in north_to_south]
    assert lines == sorted(lines)
    assert by_code["H24"].column > by_code["H26"].column
    assert by_code["H18"].column < by_code["H49"].column


def test_every_tile_is_a_province_that_still_exists():
    from decision766.settings import PROJECT_ROOT

    seed = PROJECT_ROOT / "dbt_project" / "seeds" / "province_succession.csv"
    with seed.open(encoding="utf-8") as file:
        today = {row["org_code"] for row in csv.DictReader(file) if not row["valid_to"]}
    assert {tile.unit_code for tile in tiles()} == today


def test_the_style_places_and_colours_every_tile():
    style = TestClient(create_app()).get("/static/site.css").text
    for tile in tiles():
        assert f".c{tile.column}{{" in style
        assert f".r{tile.row}{{" in style
    for step in range(6):
        assert f".s{step}{{" in style


def contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_on_every_step_of_the_map_can_be_read():
    import re

    style = TestClient(create_app()).get("/static/site.css").text
    steps = re.findall(r"\.s([1-5])\{background:(#[0-9a-f]{6});color:(#[0-9a-f]{3,6})\}", style)
    assert len(steps) == 5
    for _, ground, ink in steps:
        whole = ink if len(ink) == 7 else "#" + "".join(sign * 2 for sign in ink[1:])
        assert contrast(ground, whole) >= 4.5, (ground, ink)


STEPS = [Step(n, str(n), Decimal(least), None, True) for n, least in enumerate((0, 50, 70, 80, 90), start=1)]


@pytest.mark.parametrize(
    ("value", "maximum", "place"),
    [("0", 100, 1), ("49.99", 100, 1), ("50", 100, 2), ("18", 20, 5), ("17.99", 20, 4), ("20", 20, 5)],
)
def test_a_step_is_a_share_of_the_maximum(value, maximum, place):
    assert _step(Decimal(value), Decimal(maximum), STEPS).place == place


def test_what_has_no_figure_has_no_colour():
    assert _step(None, Decimal(100), STEPS) is None


def test_invented_figures_do_not_compete_with_real_ones():
    scores = [("live", 70), ("synthetic", 90), ("live", 80), ("live", 80), ("live", None)]
    places = [{"data_origin": origin, "computed": score} for origin, score in scores]
    _rank(places, "computed")
    assert [place["computed_rank"] for place in places] == [3, 1, 1, 1, None]
    assert [place["computed_peers"] for place in places] == [3, 1, 3, 3, 3]


def test_each_language_writes_numbers_its_own_way():
    vi, en = Speech("vi"), Speech("en")
    assert (vi.fixed(Decimal("1234.5")), en.fixed(Decimal("1234.5"))) == ("1.234,50", "1,234.50")
    assert (vi.number(Decimal("1234.50")), en.number(Decimal("1234.50"))) == ("1.234,5", "1,234.5")
    assert vi.fixed(None) == en.number(None) == "–"
    assert [vi.change(Decimal(n)) for n in ("1.5", "-2", "0")] == ["▲ +1,50", "▼ −2,00", "= 0"]
    assert [vi.period(c) for c in ("2026-08", "2026-Q3", "2026")] == [
        "Tháng 8/2026",
        "Quý III/2026",
        "Năm 2026",
    ]
    assert [en.period(c) for c in ("2026-08", "2026-Q3", "2026")] == ["August 2026", "Q3 2026", "2026"]
    assert vi.instant(dt.datetime(2026, 8, 3, 7, 5)) == "03/08/2026 07:05"  # noqa: DTZ001
    assert en.instant(dt.datetime(2026, 8, 3)) == "2026-08-03"  # noqa: DTZ001
    assert vi.ago(26 * 3600) == "1 ngày 2 giờ"


def test_addresses_are_stable_and_carry_a_boundary_that_is_not_the_usual_one():
    to = Addresses("/decision766", "vi")
    assert to.unit("H12.01", "2026-08") == "/decision766/vi/unit/H12.01/2026-08"
    assert to.unit("a/b?<", "2026") == "/decision766/vi/unit/a%2Fb%3F%3C/2026"
    as_is = Addresses("", "en", "as_is").country("2026", show="2.1")
    assert as_is == "/en/country/2026?show=2.1&boundary=as_is"
    assert (
        beside(as_is, "table", "ranking.csv") == "/en/country/2026/table/ranking.csv?show=2.1&boundary=as_is"
    )


def test_a_chart_is_the_same_for_the_same_figures_and_a_gap_is_not_zero():
    labels = ("2026-06", "2026-07", "2026-08")
    drawn = charts.trend(labels, (("Điểm", (70.0, None, 72.0)),), decimal_comma=True)
    charts.trend.cache_clear()
    assert charts.trend(labels, (("Điểm", (70.0, None, 72.0)),), decimal_comma=True) == drawn
    assert drawn != charts.trend(labels, (("Điểm", (70.0, 0.0, 72.0)),), decimal_comma=True)
    root = ET.fromstring(drawn)
    words = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert set(labels) <= words  # text stays text
    assert b"http://" not in drawn.replace(b"http://www.w3.org", b"").replace(
        b"http://purl.org", b""
    ).replace(b"http://creativecommons.org", b"")


def test_a_distribution_counts_each_unit_once():
    drawn = charts.distribution(
        (1.0, 1.1, 9.9, 10.0), 10.0, across="điểm", upward="đơn vị", decimal_comma=True
    )
    words = [text.text for text in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert words.count("2") >= 2


def test_nothing_is_loaded_from_elsewhere_and_no_script_runs():
    answer = TestClient(create_app()).get("/static/icon.svg")
    assert answer.status_code == 200
    client = TestClient(create_app())
    answer = client.get("/xx/country/2026")
    assert answer.status_code == 404
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
    assert "unsafe" not in policy
    assert "script" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_guard_stands_before_every_page_but_not_before_the_style():
    from fastapi import HTTPException

    def refuse() -> None:
        raise HTTPException(401)

    client = TestClient(create_app(guards=[refuse]))
    for path in ("/", "/vi", "/vi/country/2026", "/en/unit/H12/2026-08", "/vi/pipeline", "/vi/find?q=a"):
        assert client.get(path, follow_redirects=False).status_code == 401, path
    for path in (
        "/vi/unit/H12/2026-08/table/groups.csv",
        "/vi/unit/H12/2026-08/chart/trend.svg",
        "/vi/dossier/x",
    ):
        assert client.get(path).status_code == 401, path
    assert client.get("/openapi.json").status_code == 401
    assert client.get("/static/site.css").status_code == 200
