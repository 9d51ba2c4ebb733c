"""What a rule can ask: each kind of check with its parameters, as written in a rule file.

A check is defined once. `predicates` turns one on rows into the SQL of the failing rows, `measures` one on
the whole batch into what is measured and when that is unusual, and `expectations` either into the Great
Expectations expectation.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
# Kinds that judge a batch and not its rows; the latter of them need what is known of batches of a source.
AGAINST_BATCHES = frozenset({"volume", "fresh", "no_empty_day", "stable_mix"})
ON_WHOLE_BATCH = AGAINST_BATCHES | {"row_count"}


class Strict(BaseModel):
    """No field that is not declared, and no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NotNull(Strict):
    """The field holds a value."""

    kind: Literal["not_null"]


class Present(Strict):
    """The field was sent. A value that was sent and could not be read is the business of `readable`.

    sent_as: as in `readable`. where: SQL of the rows that must have it; all rows if left out.
    """

    kind: Literal["present"]
    sent_as: tuple[str, ...] = ()
    where: str | None = None


class Readable(Strict):
    """What was sent for the field could be read: no parse error names it.

    sent_as: the field's names at the source, besides its column. A list's name stands for all in it;
    `.NAME` for that field of whatever list.
    """

    kind: Literal["readable"]
    sent_as: tuple[str, ...] = ()


class InSet(Strict):
    """The field, if present, is one of the values."""

    kind: Literal["in_set"]
    values: tuple[int | str, ...] = Field(min_length=1)


class Matches(Strict):
    """The field, if present, matches the POSIX regular expression."""

    kind: Literal["matches"]
    pattern: str = Field(min_length=1)


class Between(Strict):
    """The field, if present, lies between min and max, both included; dates are local days."""

    kind: Literal["between"]
    min: int | float | dt.date | None = None
    max: int | float | dt.date | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> "Between":
        if self.min is None and self.max is None:
            raise ValueError("between needs min or max")
        return self


class Ordered(Strict):
    """The field is not before `not_before`; a row where either is missing passes."""

    kind: Literal["ordered"]
    not_before: Column


class NotFuture(Strict):
    """The field, if present, is not after the batch's observed_at (a date: not after its local day)."""

    kind: Literal["not_future"]
    type: Literal["timestamp", "date"] = "timestamp"


class ExistsIn(Strict):
    """The field, if present, stands in `column` of the accepted, unquarantined rows of another entity.

    or_in: another column of those rows that may hold it instead; not for a register.
    scope covers: applied when accepted rows of that entity cover every province of the batch.
    scope province: applied to the rows of provinces that the register covers: it knows a unit of theirs,
    from a source that covers them or from the batch's own source.
    """

    kind: Literal["exists_in"]
    entity: Column
    column: Column
    or_in: Column | None = None
    scope: Literal["covers", "province"] = "covers"


class Unique(Strict):
    """No other row of the batch has the same values in all columns (rows with a null among them pass)."""

    kind: Literal["unique"]
    columns: tuple[Column, ...] = Field(min_length=1)


class RowCount(Strict):
    """The batch holds between min and max rows."""

    kind: Literal["row_count"]
    min: int | None = None
    max: int | None = None


class _AgainstHistory(Strict):
    """Compares a batch with the accepted batches of the same source and entity before it.

    batches: how many of them, the latest first. least: with fewer the rule is left out.
    """

    batches: int = Field(default=30, ge=1)
    least: int = Field(default=5, ge=1)

    @model_validator(mode="after")
    def _reachable(self) -> "_AgainstHistory":
        if self.least > self.batches:
            raise ValueError("least is more than batches: the rule could never be applied")
        return self


class Volume(_AgainstHistory):
    """The source sends as much as it uses to: records received, per working day if the batch has a window.

    Fails when it is below `min_share` of the median, or above `max_share` times it, and also further from
    the median than `deviations` robust standard deviations (1.4826 × the median absolute deviation).
    """

    kind: Literal["volume"]
    min_share: float = Field(gt=0, lt=1)
    max_share: float | None = Field(default=None, gt=1)
    deviations: float = Field(default=3, ge=0)


class Fresh(_AgainstHistory):
    """The newest instant of the field is about as old as it uses to be when the source is read.

    Fails when its age at observed_at, in days, is above both `max_days` and the median age plus
    `deviations` robust standard deviations.
    """

    kind: Literal["fresh"]
    max_days: float = Field(gt=0)
    deviations: float = Field(default=3, ge=0)


class NoEmptyDay(Strict):
    """No working day that the batch's window ends is without a row of the source on that day.

    Judged only for sources that send at least `min_per_day` records per working day on average, over
    their last `batches` accepted batches and this one. Of a longer window the last `max_days` are judged.
    """

    kind: Literal["no_empty_day"]
    min_per_day: float = Field(gt=0)
    batches: int = Field(default=30, ge=1)
    max_days: int = Field(default=100, ge=1)


class StableMix(_AgainstHistory):
    """The shares of the codes are about those of the source's batches before.

    Fails when the population stability index of the batch against the median shares is above `limit`:
    Σ (a − e) · ln(a / e) over codes, anything else and null together being one more; a share below
    `floor` counts as `floor`.
    """

    kind: Literal["stable_mix"]
    codes: tuple[int | str, ...] = Field(min_length=2)
    limit: float = Field(gt=0)
    floor: float = Field(default=0.0005, gt=0, lt=0.1)


class Sql(Strict):
    """A predicate that holds for failing rows; the row is `r`.

    `$judged` stands for the relation that is judged, `$observed_at`, `$batch_id` and `$covers` for the
    batch's own, `$unreadable` for a parse error of the field.
    """

    kind: Literal["sql"]
    fails: str = Field(min_length=1)
    sent_as: tuple[str, ...] = ()


Check = (
    NotNull | Present | Readable | InSet | Matches | Between | Ordered | NotFuture | ExistsIn | Unique
    | RowCount | Volume | Fresh | NoEmptyDay | StableMix | Sql
)  # fmt: skip
