"""Family igate against the stand-in: complete, first and last record, tokens that expire, lists that move."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from source_double import PRESENT, Double, Reply, Request, json_reply

from decision766.settings import get_settings
from decision766.simulator.exchange_dossiers import DossierRecords
from decision766.simulator.igate_api import IGATE_PROVINCE
from decision766.simulator.world import World
from decision766.sources import Connection, SourceAnswer, SourceError, find_source
from decision766.sources.igate import IgateAdapter
from decision766.sources.igate_config import IgateSource
from stand_in_server import connection_to, serving

# What the exchange says of a dossier and this interface does not.
NOT_OFFERED = {
    *("DSKetNoiCSDL", "DinhDanhCHS", "Fax", "NoiNopHoSo", "HoSoCoThanhPhanSoHoa", "DanhSachGiayToKetQua"),
    *("TenTTHC", "SoGiayToChuHoSo", "PhienBanPhanMem", "SoLuongBanSao", "ThoiDiemDongBo", "NguoiNopThay"),
    "SoDinhDanhNguoiNopThay",
}


def _source(**changes: Any) -> IgateSource:
    source = find_source(get_settings().sources_folder, "igate_h12")
    assert isinstance(source, IgateSource)
    quick = source.retries.model_copy(update={"attempts": 2, "backoff_seconds": 0.01})
    return source.model_copy(update={"retries": quick, **changes})


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=900)


@pytest.fixture(scope="module", params=[False, True], ids=["offset", "false-z"])
def stand_in(world: World, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    options = {"token_calls": 5, "marks_local_z": request.param}
    with serving(world, igate=options) as url:
        yield url, "local" if request.param else "utc"


def _fetch(adapter: IgateAdapter, entity: str = "dossier", cursor: str | None = None) -> list[SourceAnswer]:
    return list(adapter.fetch(entity, cursor=cursor, observed_at=PRESENT))


def _records(answers: list[SourceAnswer]) -> list[dict[str, Any]]:
    return [record for answer in answers for records in answer.records.values() for record in records]


def _bare(value: Any) -> Any:
    """A record without what is absent: the exchange writes "", this interface nothing."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if item not in ("", None)}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _expected(world: World) -> list[dict[str, Any]]:
    records, found = DossierRecords(world, IGATE_PROVINCE), []
    dossiers = sorted(world.all_dossiers(IGATE_PROVINCE), key=lambda item: item.received_at)
    for dossier in dossiers:
        record = records.record(dossier)
        record.setdefault("KenhThucHien", "1")
        record["SoGiayToChuHoSo"] = dossier.person.id_number
        found.append(_bare({key: value for key, value in record.items() if key not in NOT_OFFERED}))
    return found


@pytest.mark.parametrize("page_size", [7, 50, 2000])
def test_every_dossier_arrives_once_as_the_exchange_would_say_it(
    world: World, stand_in: tuple[str, str], page_size: int
) -> None:
    url, z_means = stand_in
    source = _source(z_means=z_means, page_size=page_size)
    answers = _fetch(IgateAdapter(source, connection_to(url, source)))
    expected = _expected(world)
    records = [
        {
            key: value
            for key, value in _bare(record).items()
            if key in expected[0] or key.startswith(("Ngay", "DanhSach"))
        }
        for record in _records(answers)
    ]
    for record in [*records, *expected]:
        record.pop("SoGiayToChuHoSo", None)
    by_code = {record["MaHoSo"]: record for record in records}
    assert len(records) == len(by_code) == len(expected)
    assert (records[0]["MaHoSo"], records[-1]["MaHoSo"]) == (expected[0]["MaHoSo"], expected[-1]["MaHoSo"])
    assert by_code == {record["MaHoSo"]: record for record in expected}


def test_units_are_read_whole(world: World, stand_in: tuple[str, str]) -> None:
    url, _ = stand_in
    size = len(world.units[IGATE_PROVINCE]) - 1  # the last page holds one row
    source = _source(page_size=size)
    answers = _fetch(IgateAdapter(source, connection_to(url, source)), "org_unit")
    assert [len(answer.records["org_unit"]) for answer in answers] == [size, 1]
    assert [record["code"] for record in _records(answers)] == [u.code for u in world.units[IGATE_PROVINCE]]


def test_pages_move_the_cursor_and_a_crawl_goes_on_from_it(world: World, stand_in: tuple[str, str]) -> None:
    url, z_means = stand_in
    source = _source(z_means=z_means, page_size=10)
    source = source.model_copy(update={"entities": (_no_overlap(source),)})
    adapter = IgateAdapter(source, connection_to(url, source))
    whole, held = _records(_fetch(adapter)), set()
    cursor = None
    for position, answer in enumerate(adapter.fetch("dossier", cursor=None, observed_at=PRESENT)):
        held |= {record["MaHoSo"] for record in _records([answer])}
        assert answer.window is not None
        cursor = adapter.next_cursor("dossier", cursor=cursor, observed_at=answer.window.end)
        if position == 7:
            break
    rest = _fetch(IgateAdapter(source, connection_to(url, source)), cursor=cursor)
    held |= {record["MaHoSo"] for record in _records(rest)}
    assert held == {record["MaHoSo"] for record in whole}
    assert len(_records(rest)) < len(whole)
    far = (PRESENT + dt.timedelta(days=900)).isoformat()
    assert _fetch(adapter, cursor=far) == []


def _no_overlap(source: IgateSource) -> Any:
    (dossier,) = [item for item in source.entities if item.entity == "dossier"]
    assert dossier.window is not None
    return dossier.model_copy(update={"window": dossier.window.model_copy(update={"overlap_days": 0})})


def test_wrong_credentials_are_named_not_shown(stand_in: tuple[str, str]) -> None:
    url, _ = stand_in
    source = _source()
    connection = Connection(f"{url}/igate", "igate", "not-the-password", {"client_id": "decision766-reader"})
    with pytest.raises(SourceError, match="login refused, status 401") as raised:
        _fetch(IgateAdapter(source, connection))
    assert raised.value.kind == "session"
    assert "not-the-password" not in str(raised.value)
    with pytest.raises(SourceError, match="client_id"):
        _fetch(IgateAdapter(source, Connection(url, "a", "b")))


# --- a scripted system -------------------------------------------------------------------------------


class Scripted:
    """Answers from a list of records; each test bends one thing."""

    def __init__(self, double: Double, count: int) -> None:
        self.rows = [
            {
                "id": f"{n:03d}",
                "nationCode": f"H12.01-260801-{n:05d}",
                "acceptedDate": "2026-08-01T08:00:00+0700",
            }
            for n in range(count)
        ]
        self.stated: int | None = None
        self.expired: set[int] = set()
        self.calls: list[tuple[int, int]] = []
        self.bend: Any = lambda page, size, rows: rows
        double.answer = self.answer
        source = _source(page_size=4, first_window_start=dt.date(2026, 8, 1), slice="year")
        (dossier,) = [item for item in source.entities if item.entity == "dossier"]
        self.source = source.model_copy(update={"entities": (dossier.model_copy(update={"detail": None}),)})
        self.adapter = IgateAdapter(self.source, Connection(double.url, "u", "p", {"client_id": "c"}))

    def answer(self, request: Request) -> Reply:
        if "/token" in request.path:
            return json_reply({"access_token": "t"})
        if "digitization" in request.path:
            return json_reply([{"totalReceiver": len(self.rows) if self.stated is None else self.stated}])
        query = dict(part.split("=") for part in request.path.partition("?")[2].split("&"))
        page, size = int(query["page"]), int(query["size"])
        self.calls.append((page, size))
        if len(self.calls) in self.expired:
            return Reply(401)
        rows = self.bend(page, size, self.rows[page * size : (page + 1) * size])
        return json_reply({"content": rows, "number": page})

    def codes(self) -> list[str]:
        return [record["MaHoSo"][-2:] for record in _records(_fetch(self.adapter))]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9])
def test_the_short_page_is_the_last(double: Double, count: int) -> None:
    system = Scripted(double, count)
    assert system.codes() == [f"{n:02d}" for n in range(count)]
    pages = [page for page, size in system.calls if size == 4]
    assert pages == list(range(count // 4 + 1))


def test_a_token_that_expires_mid_crawl_is_renewed_once(double: Double) -> None:
    system = Scripted(double, 9)
    system.expired = {2}
    assert system.codes() == [f"{n:02d}" for n in range(9)]
    logins = [request for request in double.requests if "/token" in request.path]
    assert len(logins) == 2
    system.expired = set(range(1, 99))
    with pytest.raises(SourceError, match="status 401 again") as raised:
        system.codes()
    assert raised.value.kind == "session"


def test_a_page_sent_for_ever_ends_in_a_failure(double: Double) -> None:
    system = Scripted(double, 9)
    system.bend = lambda page, size, rows: system.rows[:4] if size == 4 else rows
    with pytest.raises(SourceError, match=r"3 times") as raised:
        system.codes()
    assert raised.value.kind == "incomplete"


def test_a_page_sent_twice_once_is_read_again(double: Double) -> None:
    system = Scripted(double, 9)
    bent = []

    def bend(page: int, size: int, rows: list[Any]) -> list[Any]:
        if page == 1 and size == 4 and not bent:
            bent.append(page)
            return system.rows[:4]
        return rows

    system.bend = bend
    assert system.codes() == [*(f"{n:02d}" for n in range(4)), *(f"{n:02d}" for n in range(9))]


def test_a_list_that_shrinks_while_it_is_read_loses_nothing(double: Double) -> None:
    """A record of page 0 goes away after page 0 was read: the first of page 1 slips into page 0."""
    system = Scripted(double, 9)
    bent = []

    def bend(page: int, size: int, rows: list[Any]) -> list[Any]:
        if page == 1 and size == 4 and not bent:
            bent.append(page)
            del system.rows[0]
            return system.rows[4:8]
        return rows

    system.bend = bend
    assert set(system.codes()) == {f"{n:02d}" for n in range(9)}


def test_a_total_that_differs_is_a_failure_after_everything_was_handed_over(double: Double) -> None:
    system = Scripted(double, 9)
    system.stated = 11
    found: list[SourceAnswer] = []
    with pytest.raises(SourceError, match="9 records came, the statistics state 11") as raised:
        found.extend(system.adapter.fetch("dossier", cursor=None, observed_at=PRESENT))
    assert raised.value.kind == "incomplete"


def test_an_unsorted_list_is_not_trusted(double: Double) -> None:
    system = Scripted(double, 9)
    system.rows[5]["acceptedDate"] = "2026-08-20T08:00:00+0700"
    with pytest.raises(SourceError, match="not sorted by acceptedDate"):
        system.codes()
