"""The true objects of a synthetic world: what its portal computes from, and its sources transmit."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from decision766.simulator.model import (
    Authority,
    CertifiedCopy,
    Decision,
    Dossier,
    PeriodTotal,
    Petition,
    Procedure,
    ProcedurePart,
    Rating,
    Service,
    Unit,
)
from decision766.simulator.names import People
from decision766.simulator.periods import Period, WorkingDays


@dataclass
class Truth:
    """The true objects of the world, by unit where they belong to one."""

    seed: int
    present: dt.datetime
    periods: list[Period]
    days: WorkingDays
    units: dict[str, list[Unit]]
    people: People
    procedures: list[Procedure]
    authorities: dict[str, list[Authority]]
    services: list[Service]
    dossiers: dict[str, list[Dossier]]
    petitions: dict[str, list[Petition]]
    ratings: dict[str, list[Rating]]
    decisions: dict[str, list[Decision]]
    parts: dict[str, list[ProcedurePart]]
    national_totals: list[PeriodTotal]
    portal_totals: list[PeriodTotal]
    certified_copies: dict[str, list[CertifiedCopy]]
    corrupted: dict[str, str]

    @cached_property
    def procedures_by_code(self) -> Mapping[str, Procedure]:
        """The catalogue by national code."""
        return {procedure.code: procedure for procedure in self.procedures}

    def all_dossiers(self, province: str | None = None) -> Iterator[Dossier]:
        """Yield the dossiers of a province, or of all."""
        for code, found in self.dossiers.items():
            if province in (None, code.partition(".")[0]):
                yield from found
