"""Settings that every source YAML shares: who it is, where, how patiently it is read."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from decision766.sources.periods import LOCAL, OBSERVED_AT, Grain, Period, parse_period

DataOrigin = Literal["live", "recorded", "synthetic"]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
UnitCode = Annotated[str, Field(pattern=r"^[A-Z]\d{2}$")]
RecordEntity = Literal[
    "org_unit",
    "procedure",
    "unit_procedure_authority",
    "service",
    "procedure_part",
    "decision",
    "dossier",
    "dossier_event",
    "sync_receipt",
    "national_report_total",
    "portal_total",
    "petition",
    "rating",
    "certified_copy",
    "stated_measure",
]


class Strict(BaseModel):
    """Settings in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rate(Strict):
    """Pause between two calls to one source: min_delay_seconds plus a random part up to jitter_seconds."""

    min_delay_seconds: float = Field(default=0.0, ge=0)
    jitter_seconds: float = Field(default=0.0, ge=0)


class Timeout(Strict):
    """Seconds to connect, between two bytes, and for one whole answer (which ends a slow drip)."""

    connect_seconds: float = Field(default=5.0, gt=0)
    read_seconds: float = Field(default=60.0, gt=0)
    total_seconds: float = Field(default=600.0, gt=0)


class Retries(Strict):
    """How often one call is tried, and how long a wait between tries may be.

    The wait doubles from backoff_seconds. A Retry-After header is honoured up to max_wait_seconds;
    a longer one ends the call. `statuses` are tried again without such a header too.
    """

    attempts: int = Field(default=4, ge=1, le=10)
    backoff_seconds: float = Field(default=0.5, ge=0)
    max_wait_seconds: float = Field(default=120.0, ge=0)
    statuses: tuple[int, ...] = (429, 500, 502, 503, 504)


class Circuit(Strict):
    """What follows a refusal (403, 429, a firewall's page): silence, for all sources of the connection.

    cool_down_hours: how long, unless a person ends it (`decision766 sources reopen`).
    """

    cool_down_hours: float = Field(default=6.0, gt=0)


class QuietHours(Strict):
    """When a system is not asked: each day from `from` to `to`, local time of Asia/Ho_Chi_Minh, HH:MM.

    `to` may lie on the next day. A reading that is under way stops at `from` and goes on after `to`.
    """

    from_: ClockTime = Field(alias="from")
    to: ClockTime

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _in_quotes(cls, value: Any) -> Any:
        if isinstance(value, int):  # YAML reads 22:00 as 22 × 60
            raise ValueError('a time of day must stand in quotes, like "22:00"')
        return value

    @model_validator(mode="after")
    def _not_empty(self) -> "QuietHours":
        if self.from_ == self.to:
            raise ValueError("`from` and `to` are the same time; leave quiet_hours out to read at any time")
        return self

    def ends(self, instant: dt.datetime) -> dt.datetime | None:
        """Return when the quiet hours end in which `instant` (aware) lies; None if it lies in none."""
        local = instant.astimezone(LOCAL)
        begin, end = dt.time.fromisoformat(self.from_), dt.time.fromisoformat(self.to)
        now, over_midnight = local.time(), begin > end
        if not (begin <= now or now < end if over_midnight else begin <= now < end):
            return None
        day = local.date() + dt.timedelta(days=1 if over_midnight and now >= begin else 0)
        return dt.datetime.combine(day, end, LOCAL)


class Source(Strict):
    """What every family's YAML holds."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")
    name: str = Field(min_length=1, description="Vietnamese name of the source, as officials know it.")
    connection: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Airflow connection id.")
    covers: tuple[UnitCode, ...] = Field(
        min_length=1, description="Codes of the provinces or ministries supplied."
    )
    data_origin: DataOrigin
    enabled: bool = Field(
        default=True,
        description="false: read only when it is asked for by its id, or with all sources.",
    )
    pool: str = Field(default="default_pool", description="Airflow pool that holds the source to its rate.")
    precedence: int = Field(
        default=100,
        ge=1,
        le=999,
        description="Of several sources that supply the same record, the one with the lowest number speaks.",
    )
    quiet_hours: QuietHours | None = Field(default=None, description="None: it may be asked at any time.")
    rate: Rate = Rate()
    timeout: Timeout = Timeout()
    retries: Retries = Retries()
    circuit: Circuit | None = Field(default=None, description="None: a refusal ends the run alone.")


class PeriodRange(Strict):
    """Periods of one grain, both ends included: `2026-04`, `2026-Q2`, `2026`; `to` may be observed_at.

    expected: a period that the source does not hold is a failure if true, a note in the summary if not.
    """

    grain: Grain
    from_: str = Field(alias="from", json_schema_extra={"type": ["string", "integer"]})
    to: str = Field(default=OBSERVED_AT, json_schema_extra={"type": ["string", "integer"]})
    expected: bool = True

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | dt.date) else value

    @model_validator(mode="after")
    def _readable(self) -> "PeriodRange":
        first = parse_period(self.grain, self.from_)
        if self.to != OBSERVED_AT and parse_period(self.grain, self.to).start < first.start:
            raise ValueError(f"`to` ({self.to}) lies before `from` ({self.from_})")
        return self

    def periods(self, observed_at: dt.datetime) -> list[Period]:
        """Return the periods of the range that have begun by `observed_at`, oldest first."""
        end = None if self.to == OBSERVED_AT else parse_period(self.grain, self.to)
        period, found = parse_period(self.grain, self.from_), []
        while period.begins <= observed_at and (end is None or period.start <= end.start):
            found.append(period)
            period = period.following()
        return found


class EntityList(Source):
    """A source whose YAML lists entities, each once."""

    @field_validator("entities", check_fields=False)
    @classmethod
    def _once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [item.entity for item in value]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"entity listed twice: {', '.join(repeated)}")
        return value
