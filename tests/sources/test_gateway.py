"""The old gateway: every captured row with every digit, and each way in which a list can end or fail."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from source_double import PRESENT, Double, Reply, Request, json_reply

from decision766.settings import get_settings
from decision766.simulator.gateway_api import captured_scores
from decision766.simulator.world import World
from decision766.sources import Connection, SourceAnswer, SourceError, find_source
from decision766.sources.gateway import GatewayAdapter
from decision766.sources.gateway_config import GatewaySource
from stand_in_server import serving

REPORT = "report_tinh_766_service"


def _source(**changes: Any) -> GatewaySource:
    source = find_source(get_settings().sources_folder, "gateway_2025")
    assert isinstance(source, GatewaySource)
    return source.model_copy(update=changes)


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=60)


@pytest.fixture(scope="module")
def base_url(world: World) -> Iterator[str]:
    with serving(world) as url:
        yield url


def _fetch(adapter: GatewayAdapter, entity: str = REPORT) -> list[SourceAnswer]:
    return list(adapter.fetch(entity, cursor=None, observed_at=PRESENT))


@pytest.mark.parametrize("page_size", [10, 11, 33, 34, 35, 1000])
def test_every_published_figure_arrives_with_its_digits(base_url: str, page_size: int) -> None:
    answers = _fetch(GatewayAdapter(_source(page_size=page_size), Connection(base_url)))
    assert all(answer.verbatim and json.loads(answer.body) for answer in answers)
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for answer in answers:
        for row in answer.records["published_group"]:
            period = (row["period_grain"], row["period_start"])
            found.setdefault(period, {}).setdefault(row["unit_code"], {})[row["display_group"]] = str(
                row["score"]
            )
    captured = captured_scores()
    for (grain, start), units in found.items():
        rows = captured[grain, start[: 4 if grain == "year" else 7]]
        assert list(units) == [row["unit_code"] for row in rows]
        for row in rows:
            ours = units[row["unit_code"]]
            assert ours == {
                **{name: row[name.lower()] for name in ("TDGQ", "MDHL", "MDSH", "TTTT", "CLGQ", "CKMB")},
                "TOTAL": row["tong_score"],
            }
    assert len(found) == len(captured) == 2


def test_legacy_codes_are_read_and_kept(base_url: str) -> None:
    rows = [
        row
        for answer in _fetch(GatewayAdapter(_source(), Connection(base_url)))
        for row in answer.records["published_group"]
    ]
    lang_son = [row for row in rows if row["unit_code"] == "H37" and row["period_grain"] == "year"]
    assert {row["parameters"]["MA_COQUAN"] for row in lang_son} == {"000.00.00.H37"}
    assert len({row["capture_id"] for row in lang_son}) == 7


def test_the_catalogue_is_whole(world: World, base_url: str) -> None:
    answers = _fetch(GatewayAdapter(_source(page_size=7), Connection(base_url)), "procedure")
    codes = [row["MATTHC"] for answer in answers for row in answer.records["procedure"]]
    assert codes == [procedure.code for procedure in world.procedures]


# --- a scripted gateway ------------------------------------------------------------------------------


class Scripted:
    def __init__(self, double: Double, count: int, *, states_total: bool = False, size: int = 3) -> None:
        self.count, self.states_total, self.pages = count, states_total, list[int]()
        self.bend: Any = lambda page, rows: rows
        double.answer = self.answer
        self.adapter = GatewayAdapter(_source(page_size=size), Connection(double.url))

    def answer(self, request: Request) -> Reply:
        params = json.loads(request.payload["params"])
        assert params["provider"] == "dvcquocgia"
        page, size = params["pageIndex"], params["recordPerPage"]
        self.pages.append(page)
        rows = [self.row(number) for number in range(1, self.count + 1)][(page - 1) * size : page * size]
        return json_reply(self.bend(page, rows))

    def row(self, number: int) -> dict[str, str]:
        row = {"ROW_STT": str(number), "PROCEDURE_CODE": f"1.{number:06d}"}
        return {**row, "TOTAL": str(self.count)} if self.states_total else row

    def codes(self) -> list[int]:
        answers = _fetch(self.adapter, "procedure")
        return [int(row["MATTHC"][2:]) for answer in answers for row in answer.records["procedure"]]


@pytest.mark.parametrize("states_total", [False, True])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 7])
def test_a_list_ends_where_it_ends(double: Double, count: int, states_total: bool) -> None:
    gateway = Scripted(double, count, states_total=states_total)
    assert gateway.codes() == list(range(1, count + 1))
    if states_total and count:
        assert len(gateway.pages) == -(-count // 3)  # the total spares the empty page


def test_a_service_that_ignores_paging_is_read_once(double: Double) -> None:
    gateway = Scripted(double, 5)
    gateway.bend = lambda page, rows: [gateway.row(number) for number in range(1, 6)]
    assert gateway.codes() == [1, 2, 3, 4, 5]
    assert gateway.pages == [1, 2]


def test_a_stuck_page_below_the_total_is_a_failure(double: Double) -> None:
    gateway = Scripted(double, 9, states_total=True)
    gateway.bend = lambda page, rows: [gateway.row(number) for number in range(1, 4)]
    with pytest.raises(SourceError, match="3 rows came of 9 announced, 3 times") as raised:
        gateway.codes()
    assert raised.value.kind == "incomplete"


@pytest.mark.parametrize(
    ("bend", "cause"),
    [
        (lambda page, rows: rows if page == 1 else rows[1:], "does not go on from 3"),
        (lambda page, rows: [{**row, "TOTAL": str(8 + page)} for row in rows], "TOTAL moved"),
        (
            lambda page, rows: [{**row, "ROW_STT": str(n)} for n, row in enumerate(rows, 1)],
            "but the rows are others",
        ),
    ],
)
def test_a_list_that_moves_is_a_failure_with_nothing_handed_over(
    double: Double, bend: Any, cause: str
) -> None:
    gateway = Scripted(double, 9)
    gateway.bend = bend
    found: list[SourceAnswer] = []
    with pytest.raises(SourceError, match=cause):
        found.extend(gateway.adapter.fetch("procedure", cursor=None, observed_at=PRESENT))
    assert found == []


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ({"ROW_STT": "1", "MA_COQUAN": "Nguyễn Văn A"}, "MA_COQUAN is no unit code"),
        ({"ROW_STT": "x", "MA_COQUAN": "H05"}, "no readable ROW_STT"),
        ({"ROW_STT": "1", "MA_COQUAN": "H05"}, "a row lacks CKMB"),
        ({"ROW_STT": "1", "MA_COQUAN": "H05", "CKMB": "cao"}, "CKMB of a row is no number"),
    ],
)
def test_a_row_of_another_shape_is_named_without_its_content(
    double: Double, row: dict[str, str], cause: str
) -> None:
    double.answer = lambda request: json_reply([row])
    with pytest.raises(SourceError, match=cause) as raised:
        _fetch(GatewayAdapter(_source(), Connection(double.url)))
    assert "Nguyễn" not in str(raised.value)


def test_an_expected_period_without_rows_is_a_failure(double: Double) -> None:
    double.answer = lambda request: json_reply([])
    with pytest.raises(SourceError, match="no rows for this expected period"):
        _fetch(GatewayAdapter(_source(), Connection(double.url)))
