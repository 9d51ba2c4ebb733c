"""Planted divergences: where the portal's published figures differ from what the records say.

Which unit carries which divergence is fixed by its place in its province, so that a test or a
report can name it for every seed. The numbers are found by comparing truth and publication.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from decision766.simulator.model import Dossier
from decision766.simulator.periods import Period

LATE_SYNC = "late_sync"
QUARANTINED_ROWS = "quarantined_rows"
RULE_SET_DIFFERENCE = "rule_set_difference"
ROUNDING = "rounding"
OTHER_POPULATION = "other_population"
INHERITED_NUMERATORS = "inherited_numerators"

LATE_SYNC_UNIT = "H12.04"
QUARANTINED_UNIT = "H17.107"
RULE_SET_UNIT = "H29.03"
ROUNDING_UNIT = "H29.112"
OTHER_POPULATION_UNIT = "H29.121"
INHERITED_UNIT = "H12"

UNITS = {
    LATE_SYNC: (LATE_SYNC_UNIT, "H12"),
    QUARANTINED_ROWS: (QUARANTINED_UNIT, "H17"),
    RULE_SET_DIFFERENCE: (RULE_SET_UNIT,),
    ROUNDING: (ROUNDING_UNIT,),
    OTHER_POPULATION: (OTHER_POPULATION_UNIT,),
    INHERITED_NUMERATORS: (INHERITED_UNIT,),
}
HEAVY = (LATE_SYNC_UNIT, QUARANTINED_UNIT, RULE_SET_UNIT, ROUNDING_UNIT, OTHER_POPULATION_UNIT)

NOTES = {
    LATE_SYNC: "The portal leaves out the dossiers without a sync receipt, in every dossier-based indicator.",
    QUARANTINED_ROWS: "Dossiers that reach us corrupted are counted by the portal as they truly are.",
    RULE_SET_DIFFERENCE: "The portal gives 4.2 full marks at 80 %; numerator and denominator are the same.",
    ROUNDING: "The portal rounds the score of 2.1 down instead of half-even.",
    OTHER_POPULATION: "The portal computes 4.3 over the dossiers received (R) instead of P.",
    INHERITED_NUMERATORS: "The portal adds the 1.3 that its units inherit: a multiple of the true counts.",
}

UNSYNCED = 12
CORRUPTIONS = ("unknown_procedure", "unreadable_date", "finished_before_received", "received_in_future")
EACH = 3
KEYLESS = 2
UNKNOWN_PROCEDURE = "9.999999"
UNREADABLE_DATE = "20261399000000"


@dataclass(frozen=True, slots=True)
class PlantedDivergence:
    """One planted divergence in one unit: the indicators and periods in which it shows."""

    kind: str
    unit_code: str
    indicator_codes: tuple[str, ...]
    periods: tuple[Period, ...]
    note: str


def plant_late_sync(dossiers: Sequence[Dossier], present: dt.datetime) -> None:
    """Take the receipt from some dossiers, spread over the months; all others synchronise at once."""
    counted = [dossier for dossier in dossiers if dossier.status != 3]
    step = max(1, len(counted) // UNSYNCED)
    chosen = {dossier.code for dossier in counted[step // 2 :: step][:UNSYNCED]}
    for dossier in dossiers:
        minute = dossier.received_at + dt.timedelta(minutes=1)
        dossier.synced_at = None if dossier.code in chosen else min(minute, present - dt.timedelta(seconds=1))


def choose_corrupted(dossiers: Sequence[Dossier]) -> dict[str, str]:
    """Choose the dossiers that are transmitted corrupted: code → kind, spread over the months."""
    finished = [d for d in dossiers if d.status != 3 and d.finished_at is not None]
    wanted = EACH * len(CORRUPTIONS)
    step = max(1, len(finished) // wanted)
    chosen = finished[step // 2 :: step][:wanted]
    return {dossier.code: CORRUPTIONS[place % len(CORRUPTIONS)] for place, dossier in enumerate(chosen)}


def corrupt(record: dict[str, object], kind: str, dossier: Dossier, present: dt.datetime) -> None:
    """Spoil one exchange record in place."""
    if kind == "unknown_procedure":
        record["MaTTHC"] = UNKNOWN_PROCEDURE
    elif kind == "unreadable_date":
        record["NgayTiepNhan"] = UNREADABLE_DATE
    elif kind == "finished_before_received":
        early = dossier.received_at - dt.timedelta(days=3)
        record["NgayKetThucXuLy"] = f"{early:%Y%m%d%H%M%S}"
    else:
        late = present + dt.timedelta(days=20)
        record["NgayTiepNhan"] = f"{late:%Y%m%d%H%M%S}"


def planted_from(
    differences: Mapping[str, Mapping[Period, Sequence[str]]],
) -> list[PlantedDivergence]:
    """Turn the differences found (unit → period → indicator codes) into the list of divergences.

    A unit may carry two kinds: H12's 1.3 is `inherited_numerators`, the rest of it `late_sync`.
    """
    found = []
    for kind, units in UNITS.items():
        for unit in units:
            periods = differences.get(unit, {})
            shown = {
                period: [code for code in codes if (code == "1.3") == (kind == INHERITED_NUMERATORS)]
                for period, codes in periods.items()
            }
            codes = sorted({code for listed in shown.values() for code in listed})
            if codes:
                told = tuple(period for period, listed in shown.items() if listed)
                found.append(PlantedDivergence(kind, unit, tuple(codes), told, NOTES[kind]))
    return found
