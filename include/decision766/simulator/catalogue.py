"""The procedure catalogue, who handles what, and the online services of each province."""

# ruff: noqa: S311 - a seeded generator is wanted: the world must be the same at every build

import datetime as dt
import random

from decision766.simulator.catalogue_data import (
    ACTIONS,
    CERTIFIED_COPY,
    COMMUNE_SECTORS,
    REAL,
    REAL_LAND,
    SECTORS,
    Sector,
)
from decision766.simulator.model import Authority, Procedure, Service, Unit
from decision766.simulator.places import sector_of

SINCE = dt.date(2025, 7, 1)
SUBJECTS = (("1",), ("1", "2"), ("1", "2", "3"), ("1", "5"), ("5", "6"), ("5",), ("1", "5", "6"))
SUBJECT_WEIGHTS = (25, 15, 15, 20, 12, 6, 7)
TIME_LIMITS: tuple[tuple[str | None, tuple[int, ...], int], ...] = (
    ("working_day", (1, 2, 3, 5, 7, 10, 15, 20, 30), 78),
    ("day", (3, 5, 10, 15, 30), 9),
    ("hour", (4, 8, 24), 6),
    ("month", (1, 2), 4),
    (None, (0,), 3),
)
FEES = (8_000, 15_000, 50_000, 75_000, 100_000, 200_000, 500_000, 1_500_000)


class _Codes:
    """National-looking codes, each used once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used = {code for code, *_ in REAL} | {REAL_LAND[0], "1.003560", "2.002621"}

    def take(self) -> str:
        while True:
            code = f"{self._rng.choices((1, 2, 3), (70, 20, 10))[0]}.{self._rng.randint(2, 13_999):06d}"
            if code not in self._used:
                self._used.add(code)
                return code


def build_procedures(seed: int, present: dt.datetime) -> list[Procedure]:
    """Make the national catalogue: some 300 procedures, the same for every province."""
    rng = random.Random(f"{seed}:catalogue")
    codes = _Codes(rng)
    found: list[Procedure] = []

    def add(
        code: str, name: str, sector: Sector, group: str, levels: tuple[int, ...], *, citizen: bool
    ) -> None:
        unit, choices, _weight = rng.choices(TIME_LIMITS, [w for *_, w in TIME_LIMITS])[0]
        fees = tuple(sorted(rng.sample(FEES, rng.choice((1, 1, 2))))) if rng.random() < 0.45 else ()
        if code == CERTIFIED_COPY:
            unit, choices, fees = "working_day", (1,), (2_000,)
        if not fees and rng.random() < 0.2:
            fees = (0,)
        found.append(
            Procedure(
                code=code,
                name=name,
                sector_code=sector.code,
                sector_name=sector.name,
                sector=group,
                levels=levels,
                subject_codes=("1",) if citizen else rng.choices(SUBJECTS, SUBJECT_WEIGHTS)[0],
                max_time=rng.choice(choices) if unit else None,
                max_time_unit=unit,
                fees=fees,
                paper_result_required=rng.random() < 0.5,
                is_public=citizen or rng.random() < 0.97,
                public_from=dt.date(2025, 7, 1) - dt.timedelta(days=rng.randint(0, 900)),
                public_to=None,
                publishing_unit_code=sector.ministry,
                decision_no=f"{rng.randint(100, 2999)}/QĐ-B{sector.code[4:6]}",
            )
        )

    for code, name, sector_code, sector_name, ministry in REAL:
        add(code, name, Sector(sector_code, sector_name, ministry, ()), "commune", (3,), citizen=True)
    for sector in COMMUNE_SECTORS:
        for thing in sector.objects:
            for action in rng.sample(ACTIONS, 5):
                add(codes.take(), f"{action} {thing}", sector, "commune", (3,), citizen=False)
    for group, sector in SECTORS.items():
        if group == "agriculture":
            add(REAL_LAND[0], REAL_LAND[1], sector, group, (1, 3), citizen=True)
        for place, thing in enumerate(sector.objects):
            for turn, action in enumerate(rng.sample(ACTIONS, 4)):
                levels = (1, 3) if rng.random() < 0.05 else (1,)
                name = f"{action} {thing}"
                add(codes.take(), name, sector, group, levels, citizen=place == 0 and turn == 0)
    return _with_changes(rng, found, present)


def _with_changes(rng: random.Random, procedures: list[Procedure], present: dt.datetime) -> list[Procedure]:
    """Let a few procedures become public, or stop being public, in the half year before the present."""
    fields = Procedure.__slots__
    changed = []
    for procedure in procedures:
        draw = rng.random()
        # The middle of a month: never a period's last day nor the present.
        day = (present.date() - dt.timedelta(days=31 * rng.randint(1, 5))).replace(day=rng.randint(9, 20))
        values = {name: getattr(procedure, name) for name in fields}
        if draw < 0.04:
            values["public_from"] = day
        elif 0.04 <= draw < 0.07 and procedure.code not in (CERTIFIED_COPY, REAL_LAND[0]):
            values["public_to"] = day
        changed.append(Procedure(**values))
    return changed


def build_authorities(
    seed: int, units: dict[str, list[Unit]], procedures: list[Procedure], present: dt.datetime
) -> dict[str, list[Authority]]:
    """Say which unit handles which procedures: a department its sector's, communes a common list.

    A department holds 85 to 100 % of its sector; each commune lacks a few procedures of the common
    list; some authorities end or begin in the half year before the present.
    """
    by_sector: dict[str, list[Procedure]] = {}
    for procedure in procedures:
        by_sector.setdefault(procedure.sector, []).append(procedure)
        if procedure.sector != "commune" and 3 in procedure.levels:
            by_sector.setdefault("commune", []).append(procedure)
    found: dict[str, list[Authority]] = {}
    for province in units.values():
        rng = random.Random(f"{seed}:authority:{province[0].code}")
        moved = (present.date() - dt.timedelta(days=62)).replace(day=14)
        commune_list = by_sector["commune"]
        late_comers = {p.code for p in rng.sample(commune_list[len(REAL) :], 3)}
        leavers = {p.code for p in rng.sample(commune_list[len(REAL) :], 2)} - late_comers
        for unit in province[1:]:
            rows = []
            for position, procedure in enumerate(by_sector[sector_of(unit)]):
                core = position < (len(REAL) if unit.type == "commune" else 2)
                if not core and rng.random() < (0.03 if unit.type == "commune" else 0.12):
                    continue
                start = moved if unit.type == "commune" and procedure.code in late_comers else SINCE
                end = moved if unit.type == "commune" and procedure.code in leavers else None
                rows.append(Authority(unit.code, procedure.code, start, end))
            found[unit.code] = rows
    return found


def build_services(
    seed: int,
    units: dict[str, list[Unit]],
    procedures: list[Procedure],
    authorities: dict[str, list[Authority]],
    present: dt.datetime,
) -> list[Service]:
    """Make the online services of each province: most procedures have one, in one state or another."""
    found = []
    for province in units.values():
        code = province[0].code
        rng = random.Random(f"{seed}:services:{code}")
        holders: dict[str, list[str]] = {}
        for unit in province[1:]:
            for row in authorities[unit.code]:
                holders.setdefault(row.procedure_code, []).append(unit.code)
        coverage = {"H12": 0.9, "H17": 0.82, "H29": 0.7}.get(code, 0.8)
        for number, procedure in enumerate(procedures, start=1):
            if procedure.code not in holders:
                continue
            levels = []
            if rng.random() < coverage:
                levels.append(rng.choices(("full", "partial"), (55, 45))[0])
            if rng.random() < (0.04 if levels else 0.5):
                levels.append("information" if levels == [] or rng.random() < 0.5 else "partial")
            for turn, level in enumerate(dict.fromkeys(levels)):
                states = ("public", "awaiting_stop", "under_test", "stopped")
                since = (
                    SINCE if rng.random() < 0.93 else (present.date() - dt.timedelta(days=75)).replace(day=11)
                )
                until = (
                    (present.date() - dt.timedelta(days=45)).replace(day=17) if rng.random() < 0.02 else None
                )
                found.append(
                    Service(
                        service_code=f"{code}.DVC.{number:04d}{'AB'[turn]}",
                        province_code=code,
                        procedure_code=procedure.code,
                        level=level,
                        state=rng.choices(states, (88, 4, 4, 4))[0],
                        applied_units=tuple(u for u in holders[procedure.code] if rng.random() < 0.97),
                        valid_from=since,
                        valid_to=until if until and until > since else None,
                    )
                )
    return found
