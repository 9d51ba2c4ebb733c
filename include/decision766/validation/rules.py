"""Rules as records: what stands in `expectations/<entity>.yaml`, read and checked.

Each rule defines its check once; `predicates` turns it into the SQL of the failing rows and
`expectations` into the Great Expectations expectation.
"""

import datetime as dt
import graphlib
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from decision766.validation.errors import RuleFileError
from decision766.validation.summary import Severity

Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Owner = Literal[
    "data-platform",
    "national-portal",
    "one-stop-system",
    "petition-system",
    "procedure-control",
    "reporting-system",
]
ID_PATTERN = re.compile(r"^[a-z_]+(\.[a-z0-9_]+){2}$")
BIND_PATTERN = re.compile(r"(?<![:\w\\]):\w")
ON_WHOLE_BATCH = frozenset({"row_count", "volume"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NotNull(_Strict):
    """The field holds a value."""

    kind: Literal["not_null"]


class Present(_Strict):
    """The field was sent. A value that was sent and could not be read is the business of `readable`.

    sent_as: as in `readable`. where: SQL of the rows that must have it; all rows if left out.
    """

    kind: Literal["present"]
    sent_as: tuple[str, ...] = ()
    where: str | None = None


class Readable(_Strict):
    """What was sent for the field could be read: no parse error names it.

    sent_as: the field's names at the source, besides its column. A list's name stands for all in it;
    `.NAME` for that field of whatever list.
    """

    kind: Literal["readable"]
    sent_as: tuple[str, ...] = ()


class InSet(_Strict):
    """The field, if present, is one of the values."""

    kind: Literal["in_set"]
    values: tuple[int | str, ...] = Field(min_length=1)


class Matches(_Strict):
    """The field, if present, matches the POSIX regular expression."""

    kind: Literal["matches"]
    pattern: str = Field(min_length=1)


class Between(_Strict):
    """The field, if present, lies between min and max, both included; dates are local days."""

    kind: Literal["between"]
    min: int | float | dt.date | None = None
    max: int | float | dt.date | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> "Between":
        if self.min is None and self.max is None:
            raise ValueError("between needs min or max")
        return self


class Ordered(_Strict):
    """The field is not before `not_before`; a row where either is missing passes."""

    kind: Literal["ordered"]
    not_before: Column


class NotFuture(_Strict):
    """The field, if present, is not after the batch's observed_at (a date: not after its local day)."""

    kind: Literal["not_future"]
    type: Literal["timestamp", "date"] = "timestamp"


class ExistsIn(_Strict):
    """The field, if present, stands in `column` of the accepted, unquarantined rows of another entity.

    or_in: another column of those rows that may hold it instead.
    scope covers: applied when accepted rows of that entity cover every province of the batch.
    scope province: applied to the rows of provinces that the register covers: it knows a unit of theirs,
    from a source that covers them or from the batch's own source.
    """

    kind: Literal["exists_in"]
    entity: Column
    column: Column
    or_in: Column | None = None
    scope: Literal["covers", "province"] = "covers"


class Unique(_Strict):
    """No other row of the batch has the same values in all columns (rows with a null among them pass)."""

    kind: Literal["unique"]
    columns: tuple[Column, ...] = Field(min_length=1)


class RowCount(_Strict):
    """The batch holds between min and max rows."""

    kind: Literal["row_count"]
    min: int | None = None
    max: int | None = None


class Volume(_Strict):
    """The source sent at least this share of what it sent in its largest accepted batch of the entity."""

    kind: Literal["volume"]
    min_share: float = Field(gt=0, le=1)


class Sql(_Strict):
    """A predicate that holds for failing rows; the row is `r`.

    `$observed_at`, `$batch_id` and `$covers` stand for the batch's own, `$unreadable` for a parse error
    of the field.
    """

    kind: Literal["sql"]
    fails: str = Field(min_length=1)
    sent_as: tuple[str, ...] = ()


Check = (
    NotNull | Present | Readable | InSet | Matches | Between | Ordered | NotFuture | ExistsIn | Unique
    | RowCount | Volume | Sql
)  # fmt: skip


class Basis(_Strict):
    """Why a rule exists: a law or decision, or how the data are made and used."""

    type: Literal["legal", "technical"]
    reference: str = Field(min_length=3)


class Rule(_Strict):
    """One rule.

    tolerate: share of the batch's rows that may fail before the rule does (block and warn only).
    min_rows: the rule is left out for a batch of fewer rows, where a share says nothing.
    """

    id: str
    version: int = Field(ge=1)
    severity: Severity
    protects: str = Field(min_length=3)
    owner: Owner
    reason_vi: str = Field(min_length=10)
    reason_en: str = Field(min_length=10)
    source: Basis
    since: dt.date
    field: Column
    check: Annotated[Check, Field(discriminator="kind")]
    tolerate: float | None = Field(default=None, gt=0, lt=1)
    min_rows: int = Field(default=0, ge=0)

    @property
    def on_whole_batch(self) -> bool:
        """Whether the rule judges the batch and not its rows."""
        return self.check.kind in ON_WHOLE_BATCH

    @model_validator(mode="after")
    def _consistent(self) -> "Rule":
        if not ID_PATTERN.match(self.id):
            raise ValueError("id must read <entity>.<field>.<what is asked>")
        if self.severity == "quarantine" and (self.on_whole_batch or self.tolerate or self.min_rows):
            raise ValueError(
                "a quarantine rule judges single rows: no tolerate, min_rows or check of the whole batch"
            )
        if self.on_whole_batch and self.tolerate:
            raise ValueError("a check of the whole batch tolerates nothing")
        texts = [getattr(self.check, name, "") for name in ("fails", "pattern", "where")]
        if any(BIND_PATTERN.search(part or "") for part in texts):
            raise ValueError("a colon before a word reads as a bind parameter; write the SQL without it")
        if isinstance(self.check, Ordered) and self.check.not_before == self.field:
            raise ValueError("ordered compares two different fields")
        return self


class _File(_Strict):
    entity: Column
    key: Column
    unit: str | None = None
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, value: Any) -> Any:
        """Give `owner` and `since` of the file's defaults to the rules that do not state their own."""
        if not isinstance(value, dict) or not isinstance(value.get("defaults"), dict):
            return value
        defaults = value["defaults"]
        if strangers := sorted(defaults.keys() - {"owner", "since"}):
            raise ValueError(f"defaults may hold owner and since, not {', '.join(strangers)}")
        rules = [defaults | rule if isinstance(rule, dict) else rule for rule in value.get("rules") or ()]
        return {key: item for key, item in value.items() if key != "defaults"} | {"rules": rules}

    @model_validator(mode="after")
    def _own_rules(self) -> "_File":
        ids = [rule.id for rule in self.rules]
        repeated = sorted({rule_id for rule_id in ids if ids.count(rule_id) > 1})
        if repeated:
            raise ValueError(f"rule listed twice: {', '.join(repeated)}")
        strangers = [rule_id for rule_id in ids if not rule_id.startswith(f"{self.entity}.")]
        if strangers:
            raise ValueError(f"rule of another entity: {', '.join(strangers)}")
        return self


@dataclass(frozen=True)
class Suite:
    """The rules of one raw entity. version: hash of the file, so that a result says what it was judged by.

    key: column that names a record in quarantine. unit: SQL of its unit code, None if it has none.
    """

    entity: str
    key: str
    unit: str | None
    version: str
    rules: tuple[Rule, ...]


def load_suite(path: Path) -> Suite:
    """Read one rule file.

    Raises:
        RuleFileError: the file is no YAML, or a rule in it is wrong; every fault is named.
    """
    try:
        text = path.read_text(encoding="utf-8")
        raw = yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise RuleFileError(f"{path.name}: cannot be read as YAML in UTF-8: {error}") from None
    if not isinstance(raw, dict):
        raise RuleFileError(f"{path.name}: no rules in it; it starts with entity, key and rules")
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise RuleFileError("\n".join(_explain(path, raw, item) for item in error.errors())) from None
    if file.entity != path.stem:
        raise RuleFileError(f"{path.name}: entity is {file.entity}; name the file {file.entity}.yaml")
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Suite(entity=file.entity, key=file.key, unit=file.unit, version=version, rules=file.rules)


@lru_cache(maxsize=8)
def load_suites(folder: Path) -> dict[str, Suite]:
    """Read every rule file of a folder, once per process; entities that others refer to come first.

    Raises:
        RuleFileError: no folder, files that cannot be used, or a reference to an entity without rules.
    """
    if not folder.is_dir():
        raise RuleFileError(f"{folder}: no such folder; one rule file per raw entity is expected there")
    found, problems = {}, []
    for path in sorted(folder.glob("*.yaml")):
        try:
            suite = load_suite(path)
            found[suite.entity] = suite
        except RuleFileError as error:
            problems.append(str(error))
    references = {
        entity: {rule.check.entity for rule in suite.rules if isinstance(rule.check, ExistsIn)} - {entity}
        for entity, suite in found.items()
    }
    for entity, named in references.items():
        problems += [
            f"{entity}.yaml: refers to {other}, which has no rules" for other in named - found.keys()
        ]
    if problems:
        raise RuleFileError("\n".join(problems))
    return {entity: found[entity] for entity in graphlib.TopologicalSorter(references).static_order()}


def _explain(path: Path, raw: dict[str, Any], item: Any) -> str:
    """Turn one pydantic error into file, rule, key and cause."""
    location = list(item["loc"])
    where = path.name
    if len(location) >= 2 and location[0] == "rules" and isinstance(location[1], int):
        rule = raw["rules"][location[1]]
        name = rule.get("id") if isinstance(rule, dict) else None
        where += f", rule {name or f'number {location[1] + 1}'}"
        location = location[2:]
    key = ".".join(str(part) for part in location)
    return f"{where}{f', {key}' if key else ''}: {item['msg'].removeprefix('Value error, ')}"
