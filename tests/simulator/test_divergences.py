"""Each planted divergence exists, where it should and nowhere else."""

from decimal import Decimal

from decision766.simulator import divergences
from decision766.simulator.exchange_dossiers import DossierRecords, Window
from decision766.simulator.rules import half_even, points
from decision766.simulator.world import World


def test_all_kinds_are_planted_where_they_should(world: World) -> None:
    planted = {(found.kind, found.unit_code) for found in world.planted}
    assert planted == {(kind, unit) for kind, units in divergences.UNITS.items() for unit in units}


def test_everything_else_is_published_as_transmitted(world: World) -> None:
    planted = {
        (found.unit_code, code, period)
        for found in world.planted
        for code in found.indicator_codes
        for period in found.periods
    }
    for period in world.periods:
        visible = world.visible_scores(period)
        for unit, scores in world.published(period).items():
            for code in scores.differs_from(visible[unit]):
                assert (unit, code, period) in planted


def test_late_sync_leaves_out_the_unsynced(world: World) -> None:
    unit, province = divergences.UNITS[divergences.LATE_SYNC]
    missing = [d for d in world.dossiers[unit] if d.synced_at is None]
    assert len(missing) == divergences.UNSYNCED
    assert all(d.status != 3 for d in missing)
    year = world.periods[-1]
    for code in (unit, province):
        published, truth = (s[code].figures["2.1"] for s in (world.published(year), world.true_scores(year)))
        assert truth.denominator is not None
        assert published.denominator == truth.denominator - divergences.UNSYNCED


def test_quarantined_rows_are_counted_by_the_portal_alone(world: World) -> None:
    assert len(world.corrupted) == 12
    assert set(world.corrupted.values()) == set(divergences.CORRUPTIONS)
    year = world.periods[-1]
    unit = divergences.QUARANTINED_UNIT
    published = world.published(year)[unit].figures["2.1"].denominator
    visible = world.visible_scores(year)[unit].figures["2.1"].denominator
    assert published is not None
    assert visible == published - 12


def test_corrupted_records_are_transmitted_corrupted(world: World) -> None:
    records = list(DossierRecords(world, "H17").dossiers(Window()))
    bad = [record for record in records if record["MaHoSo"] in world.corrupted]
    assert len(bad) == 12
    present = f"{world.present:%Y%m%d%H%M%S}"
    shown = dict.fromkeys(divergences.CORRUPTIONS, 0)
    for record in bad:
        kind = world.corrupted[record["MaHoSo"]]
        shown[kind] += {
            "unknown_procedure": record["MaTTHC"] == "9.999999",
            "unreadable_date": record["NgayTiepNhan"] == "20261399000000",
            "finished_before_received": record["NgayKetThucXuLy"] < record["NgayTiepNhan"],
            "received_in_future": record["NgayTiepNhan"] > present,
        }[kind]
    assert set(shown.values()) == {3}
    assert sum(record["MaHoSo"] == "" for record in records) == 2
    good = [r for r in records if r["MaHoSo"] not in world.corrupted]
    assert not any(r["NgayKetThucXuLy"] and r["NgayKetThucXuLy"] < r["NgayTiepNhan"] for r in good)


def test_rule_set_difference(world: World) -> None:
    unit = divergences.RULE_SET_UNIT
    for period in world.periods:
        published = world.published(period)[unit].figures["4.2"]
        truth = world.true_scores(period)[unit].figures["4.2"]
        assert (published.numerator, published.denominator) == (truth.numerator, truth.denominator)
        assert truth.ratio is not None
        assert 30 < truth.ratio < 95
        assert published.score != truth.score


def test_rounding_is_down(world: World) -> None:
    unit = divergences.ROUNDING_UNIT
    found = next(planted for planted in world.planted if planted.kind == divergences.ROUNDING)
    for period in found.periods:
        published = world.published(period)[unit].figures["2.1"]
        assert published.numerator is not None
        assert published.denominator
        exact = half_even(points("2.1", published.numerator, published.denominator))
        assert published.score == exact - Decimal("0.01")


def test_other_population(world: World) -> None:
    unit = divergences.OTHER_POPULATION_UNIT
    found = next(planted for planted in world.planted if planted.kind == divergences.OTHER_POPULATION)
    for period in found.periods:
        scores = world.published(period)[unit]
        assert scores.figures["4.3"].denominator == scores.tally.received < scores.tally.population


def test_inherited_numerators_are_a_multiple(world: World) -> None:
    units = len(world.units["H12"]) - 1
    for period in world.periods:
        published = world.published(period)["H12"].figures["1.3"]
        truth = world.true_scores(period)["H12"].figures["1.3"]
        assert truth.numerator is not None
        assert published.numerator == units * truth.numerator
        assert (published.ratio, published.score) == (truth.ratio, truth.score)
