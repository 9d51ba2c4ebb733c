"""The world: the same at every build, whole, and never ahead of its present."""

# ruff: noqa: DTZ001 - the world's moments are naive and local

import datetime as dt
import unicodedata
from dataclasses import replace
from typing import Any

import orjson
import pytest

from decision766.simulator.exchange_dossiers import DossierRecords, Window
from decision766.simulator.model import Component, Supplement
from decision766.simulator.periods import Period
from decision766.simulator.rules import GROUPS
from decision766.simulator.tally import fact_of
from decision766.simulator.world import World

NEVER = dt.datetime(1, 1, 1)


def rendered(world: World) -> bytes:
    records = {province: DossierRecords(world, province) for province in world.units}
    return orjson.dumps(
        [[list(found.dossiers(Window())), list(found.events(Window()))] for found in records.values()]
    )


def test_two_builds_are_equal_and_another_seed_is_not() -> None:
    one, two, other = (World.build(seed=seed, dossiers=600) for seed in (766, 766, 767))
    assert rendered(one) == rendered(two)
    assert rendered(one) != rendered(other)
    period = one.periods[-1]
    assert {u: s.figures for u, s in one.published(period).items()} == {
        u: s.figures for u, s in two.published(period).items()
    }


def test_units_are_the_real_ones(world: World) -> None:
    communes = {code: [u for u in units if u.type == "commune"] for code, units in world.units.items()}
    assert {code: len(found) for code, found in communes.items()} == {"H12": 64, "H17": 94, "H29": 168}
    assert communes["H12"][0].code == "H12.100"
    departments = [u for units in world.units.values() for u in units if u.type == "department"]
    assert 14 * 3 <= len(departments) <= 16 * 3
    assert all(unicodedata.is_normalized("NFC", u.name) for units in world.units.values() for u in units)


def test_catalogue(world: World) -> None:
    codes = [procedure.code for procedure in world.procedures]
    assert len(codes) == len(set(codes)) >= 280
    assert {"2.000815", "1.004227"} <= set(codes)
    assert "9.999999" not in codes
    units = {procedure.max_time_unit for procedure in world.procedures}
    assert units == {"working_day", "day", "hour", "month", None}


def test_size_months_and_present(world: World) -> None:
    dossiers = list(world.all_dossiers())
    assert len(dossiers) == 6_000
    assert len({dossier.code for dossier in dossiers}) == 6_000
    assert min(dossier.received_at for dossier in dossiers) >= dt.datetime(2026, 4, 1)
    for dossier in dossiers:
        assert dossier.submitted_at <= dossier.received_at
        assert dossier.updated_at() < world.present
        assert dossier.synced_at is None or dossier.received_at <= dossier.synced_at < world.present
        ended = fact_of(dossier).ends.at(world.present)
        for supplement in dossier.supplements:
            assert dossier.received_at < supplement.requested_at
            latest = supplement.completed_at or supplement.requested_at
            assert ended is None or latest <= ended
    for petitions in world.petitions.values():
        assert all(petition.updated_at() < world.present for petition in petitions)
    statuses = {dossier.status for dossier in dossiers}
    assert {2, 3, 4, 5, 7, 8, 9, 10} <= statuses
    assert {len(dossier.supplements) for dossier in dossiers} == {0, 1, 2}


def test_periods_of_the_main_job(world: World) -> None:
    shown = [(period.grain, period.start.month) for period in world.periods]
    months = [("month", month) for month in range(4, 10)]
    assert shown == [*months, ("quarter", 4), ("quarter", 7), ("year", 1)]


def test_dossiers_are_carried_over(world: World) -> None:
    may = Period("month", dt.date(2026, 5, 1))
    tally = world.true_scores(may)["H29"].tally
    assert tally.population > tally.received > 0


def test_procedures_are_counted_once_over_the_units(world: World) -> None:
    scores = world.true_scores(world.periods[-1])
    communes = [scores[u.code].figures["4.5"] for u in world.units["H29"] if u.type == "commune"]
    province = scores["H29"].figures["4.5"]
    assert province.denominator is not None
    assert max(f.denominator or 0 for f in communes) <= province.denominator
    assert province.denominator < sum(f.denominator or 0 for f in communes)


def test_units_inherit_the_province(world: World) -> None:
    scores = world.true_scores(world.periods[0])
    for code in ("1.1", "1.2", "1.3"):
        assert {scores[unit.code].figures[code] for unit in world.units["H17"]} == {
            scores["H17"].figures[code]
        }


def test_every_branch_of_the_reported_total_occurs(world: World) -> None:
    bases = {s.context.total_basis for p in world.periods for s in world.true_scores(p).values()}
    assert bases == {"national", "portal", "year_before", "none"}


def test_units_differ(world: World) -> None:
    totals = {round(float(scores.total()), 2) for scores in world.published(world.periods[-1]).values()}
    assert len(totals) > 250
    assert set(GROUPS) == {"CKMB", "TDGQ", "CLGQ", "TTTT", "MDSH", "MDHL"}


def test_identities_cover_what_is_transmitted(world: World) -> None:
    identities = set(world.identities())
    assert len(identities) > 5_000
    for province in world.units:
        for record in DossierRecords(world, province).dossiers(Window()):
            assert record["ChuHoSo"] in identities
            assert record["DinhDanhCHS"][0]["SoDinhDanh"] in identities
            assert {record["SoDienThoai"], record["Email"], record["DiaChi"]} <= identities
            assert record.get("NguoiNopThay", record["ChuHoSo"]) in identities
        for event in DossierRecords(world, province).events(Window()):
            assert event["NguoiXuLy"] in identities


def test_nobody_is_named_like_a_place(world: World) -> None:
    places = "\n".join(unit.name for units in world.units.values() for unit in units)
    assert not any(person.name in places for person in world.people.all())


def test_another_calendar_builds_too() -> None:
    world = World.build(dossiers=300, first_month="2026-01", months=2, present="2026-02-13T17:00:00+07:00")
    assert [period.start for period in world.periods if period.grain == "month"] == [
        dt.date(2026, 1, 1),
        dt.date(2026, 2, 1),
    ]
    with pytest.raises(ValueError, match="no working day"):
        World.build(dossiers=10, present="2026-03-01T00:00:00+07:00")


def test_what_is_transmitted_says_all_that_scores(world: World) -> None:
    """A dossier read back from its record is the same dossier."""

    def moment(text: str) -> dt.datetime | None:
        return dt.datetime.strptime(text, "%Y%m%d%H%M%S") if text else None  # noqa: DTZ007

    true = {dossier.code: dossier for dossier in world.all_dossiers("H12")}
    latest: dict[str, dict[str, Any]] = {}
    for record in DossierRecords(world, "H12").dossiers(Window()):
        held = latest.get(record["MaHoSo"])
        if (
            held is None
            or record["NgayKetThucXuLy"] + record["NgayTra"] > held["NgayKetThucXuLy"] + held["NgayTra"]
        ):
            latest[record["MaHoSo"]] = record
    assert latest.keys() == true.keys()
    for code, record in latest.items():
        dossier = true[code]
        read = replace(
            dossier,
            channel=int(record.get("KenhThucHien", "1")),
            received_at=moment(record["NgayTiepNhan"]) or NEVER,
            promised_at=moment(record["NgayHenTra"]),
            finished_at=moment(record["NgayKetThucXuLy"]),
            returned_at=moment(record["NgayTra"]),
            refused_at=moment(record["NgayTuChoi"]),
            supplements=tuple(
                Supplement(
                    moment(row["NgayBoSung"]) or NEVER,
                    moment(row["NgayTiepNhanBoSung"]),
                    moment(row["NgayHenTraTruoc"]),
                    moment(row["NgayHenTraMoi"]),
                )
                for row in record["DanhSachHoSoBoSung"]
            ),
            components=tuple(
                Component(
                    row["TepDinhKemId"] != "",
                    row["DuocSoHoa"] == "1",
                    int(row["DuocTaiSuDung"]),
                    row["DuocLayTuKhoDMQG"] == "1",
                    row["IsDeleted"] == "1",
                )
                for row in record["TaiLieuNop"]
            ),
            fees=tuple(
                0 if row["Gia"] == "Không" else int(row["Gia"].replace(".", ""))
                for row in record["DanhSachLePhi"]
            ),
        )
        assert read == dossier
