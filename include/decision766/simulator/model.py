"""The true objects of the synthetic world.

Date-times are naive and local to Asia/Ho_Chi_Minh (UTC+7 all year), to the second. What a source
transmits about an object is rendered elsewhere and may be worse than what stands here.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Unit:
    """A province, department or commune; `parent_code` is null for a province."""

    code: str
    name: str
    type: str
    parent_code: str | None

    @property
    def province_code(self) -> str:
        """Code of the province the unit belongs to, its own for a province."""
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Person:
    """An applicant or official; every field is personal data and must never leave the adapter."""

    name: str
    id_number: str
    phone: str
    email: str
    address: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """An administrative procedure of the national catalogue.

    max_time counts in max_time_unit (hour, day, working_day, month); both are null where the
    catalogue states none. fees: amounts in đồng. public_to: last public day.
    """

    code: str
    name: str
    sector_code: str
    sector_name: str
    sector: str
    levels: tuple[int, ...]
    subject_codes: tuple[str, ...]
    max_time: int | None
    max_time_unit: str | None
    fees: tuple[int, ...]
    paper_result_required: bool
    is_public: bool
    public_from: dt.date
    public_to: dt.date | None
    publishing_unit_code: str
    decision_no: str

    @property
    def has_fee(self) -> bool:
        """Whether any amount of the catalogue is other than 0."""
        return any(self.fees)

    def public_at(self, day: dt.date) -> bool:
        """Whether the procedure is public on a local day."""
        return (
            self.is_public and self.public_from <= day and (self.public_to is None or day <= self.public_to)
        )


class Component(NamedTuple):
    """One paper of a dossier; `reused` is the raw code 0, 1 or 2."""

    has_file: bool
    digitised: bool
    reused: int
    from_personal_store: bool
    deleted: bool


class Supplement(NamedTuple):
    """A request to the applicant to complete the dossier."""

    requested_at: dt.datetime
    completed_at: dt.datetime | None
    promised_before: dt.datetime | None
    promised_after: dt.datetime | None


class Result(NamedTuple):
    """A result paper: whether a link to its file and a code came with it."""

    has_link: bool
    has_code: bool


class Event(NamedTuple):
    """A progress event; status as in TrangThaiHoSo."""

    status: int
    at: dt.datetime


@dataclass(slots=True)
class Dossier:
    """A dossier as it truly is at the world's present.

    synced_at: when the national feed acknowledged it, null if never. noise: a number from which the
    renderer draws its misbehaviour, so that rendering is the same at every call.
    """

    code: str
    unit_code: str
    procedure: Procedure
    person: Person
    channel: int
    applicant_type: int
    database_codes: tuple[str, ...]
    submitted_at: dt.datetime
    received_at: dt.datetime
    promised_at: dt.datetime | None
    finished_at: dt.datetime | None
    returned_at: dt.datetime | None
    refused_at: dt.datetime | None
    status: int
    delivery: int
    filed_at_place: int
    has_digitised_component: bool
    vneid_verified: bool
    payment_flag: int
    components: tuple[Component, ...]
    fees: tuple[int, ...]
    supplements: tuple[Supplement, ...]
    results: tuple[Result, ...]
    events: tuple[Event, ...]
    synced_at: dt.datetime | None
    noise: int

    def updated_at(self) -> dt.datetime:
        """Return when the record last changed: its latest date that looks back."""
        moments = [self.submitted_at, self.received_at, *(event.at for event in self.events)]
        moments += [at for at in (self.finished_at, self.returned_at, self.refused_at) if at]
        for supplement in self.supplements:
            moments.append(supplement.requested_at)
            if supplement.completed_at:
                moments.append(supplement.completed_at)
        return max(moments)


class Step(NamedTuple):
    """One step of a petition's timeline."""

    status: str
    started_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Petition:
    """A petition (phản ánh, kiến nghị); due_at is stated by the petition system."""

    petition_id: str
    petition_no: str
    unit_code: str
    person: Person
    submitted_at: dt.datetime
    received_at: dt.datetime
    classification: str
    dossier_code: str | None
    predecessor_no: str | None
    likes: int
    dislikes: int
    due_at: dt.datetime
    timeline: tuple[Step, ...]

    def updated_at(self) -> dt.datetime:
        """Return when the record last changed."""
        return max([self.received_at, *(step.started_at for step in self.timeline)])


@dataclass(frozen=True, slots=True)
class Rating:
    """An applicant's rating of how a dossier was handled."""

    dossier_code: str
    rated_at: dt.datetime
    rating: str
    person: Person


@dataclass(frozen=True, slots=True)
class Authority:
    """A unit handles a procedure, from … to (null: still)."""

    unit_code: str
    procedure_code: str
    valid_from: dt.date
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class Service:
    """An online service of a province and the units that apply it."""

    service_code: str
    province_code: str
    procedure_code: str
    level: str
    state: str
    applied_units: tuple[str, ...]
    valid_from: dt.date
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A province's decision announcing procedures; procedures: (code, day made public or null)."""

    decision_no: str
    unit_code: str
    decided_on: dt.date
    kind: str
    is_local: bool
    legal_effect_on: dt.date | None
    procedures: tuple[tuple[str, dt.date | None], ...]


@dataclass(frozen=True, slots=True)
class ProcedurePart:
    """One of the seven parts, present in the province's published procedure from … to."""

    unit_code: str
    procedure_code: str
    part: str
    valid_from: dt.date
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """Dossiers received in a period, as a reporting system states them."""

    unit_code: str
    period_grain: str
    period_start: dt.date
    received_total: int


@dataclass(frozen=True, slots=True)
class CertifiedCopy:
    """A certified copy issued by a commune."""

    dossier_code: str
    unit_code: str
    issued_at: dt.datetime
    is_electronic: bool


def valid_on(valid_from: dt.date, valid_to: dt.date | None, day: dt.date) -> bool:
    """Whether a span of days, both ends included, holds a day."""
    return valid_from <= day and (valid_to is None or day <= valid_to)
