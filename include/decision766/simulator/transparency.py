"""What groups 1 and 4.7 need besides dossiers: decisions, parts, reported totals, certified copies."""

# ruff: noqa: S311 - a seeded generator is wanted: the world must be the same at every build

import datetime as dt
import random
from collections.abc import Mapping, Sequence

from decision766.simulator.catalogue_data import CERTIFIED_COPY
from decision766.simulator.model import (
    CertifiedCopy,
    Decision,
    Dossier,
    PeriodTotal,
    Procedure,
    ProcedurePart,
    Unit,
)
from decision766.simulator.periods import Period, WorkingDays

PARTS = ("name", "steps", "manner", "components", "time_limit", "subjects", "implementing_body")
NOT_ACCEPTED = 3


def make_decisions(
    seed: int,
    province: str,
    *,
    months: Sequence[Period],
    procedures: Sequence[Procedure],
    days: WorkingDays,
    present: dt.datetime,
) -> list[Decision]:
    """Make a province's decisions, none to four a month; some late, some never made public.

    H17 decides nothing in the second month, so that a period without decisions exists.
    """
    rng = random.Random(f"{seed}:decisions:{province}")
    found: list[Decision] = []
    for index, month in enumerate(months):
        for _ in range(0 if (province == "H17" and index == 1) else rng.randint(1, 4)):
            decided = month.start + dt.timedelta(days=rng.randint(0, 27))
            while not days.is_working(decided):
                decided -= dt.timedelta(days=1)
            if decided < month.start or decided >= present.date():
                continue
            effect: dt.date | None = days.add(decided, rng.choice((0, 2, 4, 5, 6, 10, 15)))
            if rng.random() < 0.08:
                effect = None
            named = []
            for procedure in rng.sample(list(procedures), rng.randint(2, 7)):
                shown: dt.date | None = days.add(decided, rng.choice((0, 1, 2, 3, 4, 5, 5, 6, 9)))
                if rng.random() < 0.06 or (shown is not None and shown >= present.date()):
                    shown = None
                named.append((procedure.code, shown))
            found.append(
                Decision(
                    decision_no=f"{rng.randint(100, 3999)}/QĐ-UBND-{province}-{len(found) + 1:02d}",
                    unit_code=province,
                    decided_on=decided,
                    kind=rng.choices(("new", "amended", "abolished"), (35, 55, 10))[0],
                    is_local=rng.random() < 0.65,
                    legal_effect_on=effect,
                    procedures=tuple(named),
                )
            )
    return found


def make_parts(
    seed: int, province: str, procedure_codes: Sequence[str], present: dt.datetime
) -> list[ProcedurePart]:
    """Say which of the seven parts each published procedure holds; a few lack one, some until mid-period."""
    rng = random.Random(f"{seed}:parts:{province}")
    found = []
    for code in procedure_codes:
        lacking = rng.choice(PARTS) if rng.random() < 0.09 else None
        for part in PARTS:
            since, until = dt.date(2025, 7, 1), None
            if part == lacking:
                mended = rng.random()
                day = (present.date() - dt.timedelta(days=31 * rng.randint(1, 4))).replace(day=13)
                if mended < 0.4:
                    continue
                since, until = (day, None) if mended < 0.8 else (since, day)
            found.append(ProcedurePart(province, code, part, since, until))
    return found


def make_totals(
    seed: int,
    units: Mapping[str, Sequence[Unit]],
    dossiers: Mapping[str, Sequence[Dossier]],
    periods: Sequence[Period],
    present: dt.datetime,
) -> tuple[list[PeriodTotal], list[PeriodTotal]]:
    """Return (national report totals, portal totals) of every unit and period, and of the year before.

    The national report of H17 has no row for the province: its units' rows stand for it. Some units
    miss one total or both in a period, some of those have no total of the year before either.
    """
    national: list[PeriodTotal] = []
    portal: list[PeriodTotal] = []
    year_before = periods[0].start.replace(year=periods[0].start.year - 1, month=1, day=1)
    received = _received(units, dossiers, periods, present)
    for members in units.values():
        province = members[0].code
        rng = random.Random(f"{seed}:totals:{province}")
        for unit in members:
            whole = sum(received[unit.code, period] for period in periods if period.grain == "month")
            draw = rng.random()
            if not (unit.type == "province" and province == "H17") and draw > 0.05:
                # A multiple of 12: a twelfth and a quarter of it are whole dossiers.
                annual = 12 * round(whole * rng.uniform(2.0, 2.4) / 12)
                national.append(PeriodTotal(unit.code, "year", year_before, annual))
            for period in periods:
                count, draw = received[unit.code, period], rng.random()
                if unit.type == "province":
                    draw = 1.0
                reported = count + rng.randint(0, max(1, count // 50))
                counted = count - rng.randint(0, max(0, count // 60))
                if unit.type == "province" and province == "H17":
                    portal.append(PeriodTotal(unit.code, period.grain, period.start, counted))
                elif draw < 0.03:  # neither knows anything
                    if draw < 0.015:
                        national.append(PeriodTotal(unit.code, period.grain, period.start, 0))
                        portal.append(PeriodTotal(unit.code, period.grain, period.start, 0))
                elif draw < 0.1:  # the portal alone, which counts everything
                    portal.append(PeriodTotal(unit.code, period.grain, period.start, count))
                else:
                    national.append(PeriodTotal(unit.code, period.grain, period.start, reported))
                    portal.append(PeriodTotal(unit.code, period.grain, period.start, counted))
    return national, portal


def _received(
    units: Mapping[str, Sequence[Unit]],
    dossiers: Mapping[str, Sequence[Dossier]],
    periods: Sequence[Period],
    present: dt.datetime,
) -> dict[tuple[str, Period], int]:
    """Count the dossiers received by unit and period, status 3 left out."""
    counts = {(unit.code, period): 0 for members in units.values() for unit in members for period in periods}
    for code, found in dossiers.items():
        province = code.partition(".")[0]
        for dossier in found:
            if dossier.status == NOT_ACCEPTED or dossier.received_at > present:
                continue
            for period in periods:
                if period.first_moment <= dossier.received_at <= period.last_moment:
                    counts[code, period] += 1
                    counts[province, period] += 1
    return counts


def make_certified_copies(
    seed: int, units: Sequence[Unit], dossiers: Mapping[str, Sequence[Dossier]]
) -> list[CertifiedCopy]:
    """Make the certified copies that communes issued; about two communes in three issue electronic ones."""
    found = []
    for unit in units:
        if unit.type != "commune":
            continue
        rng = random.Random(f"{seed}:copies:{unit.code}")
        electronic = 0.25 if rng.random() < 0.66 else 0.0
        for dossier in dossiers[unit.code]:
            if dossier.procedure.code == CERTIFIED_COPY and dossier.finished_at:
                found.append(
                    CertifiedCopy(dossier.code, unit.code, dossier.finished_at, rng.random() < electronic)
                )
    return found
