"""Rules as records: what stands in `expectations/<entity>.yaml` and `expectations/marts/<mart>.yaml`.

Every fault of a file is named with file, line and rule, before any of its rules is used.
"""

import datetime as dt
import graphlib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from decision766.validation.checks import (
    AGAINST_BATCHES,
    ON_WHOLE_BATCH,
    Check,
    Column,
    ExistsIn,
    Ordered,
    Strict,
)
from decision766.validation.errors import RuleFileError
from decision766.validation.summary import Severity

MARTS = "marts"
Owner = Literal[
    "data-engineering",
    "data-platform",
    "national-portal",
    "one-stop-system",
    "petition-system",
    "procedure-control",
    "reporting-system",
]
ID_PATTERN = re.compile(r"^[a-z_]+(\.[a-z0-9_]+){2}$")
BIND_PATTERN = re.compile(r"(?<![:\w\\]):\w")


class Basis(Strict):
    """Why a rule exists: a law or decision, or how the data are made and used."""

    type: Literal["legal", "technical"]
    reference: str = Field(min_length=3)


class Rule(Strict):
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


class _File(Strict):
    entity: Column
    key: Column | None = None
    unit: str | None = None
    affected: str | None = Field(default=None, pattern=r"^[a-z_]+\.[a-z_]+$")
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


@dataclass(frozen=True)
class Suite:
    """The rules of one raw entity or one mart.

    version: hash of the file, so that a result says what it was judged by. relation: the table judged.
    affected: of a mart, the relation of those rows that a build following the last one may have changed;
    None: every build is judged by all rows.
    key: column that names a record in quarantine. unit: SQL of its unit code, None if it has none.
    lines: rule → line of its file.
    """

    entity: str
    key: str
    unit: str | None
    version: str
    rules: tuple[Rule, ...]
    relation: str
    file: str
    lines: Mapping[str, int]
    affected: str | None = None

    @property
    def is_mart(self) -> bool:
        """Whether it judges what was computed and not what was received."""
        return self.relation.startswith(f"{MARTS}.")

    def place(self, rule: Rule) -> str:
        """Where a rule stands, for messages."""
        return f"{self.file}, line {self.lines[rule.id]}, rule {rule.id}"


def load_suite(path: Path) -> Suite:
    """Read one rule file; one in a folder `marts` judges a mart.

    Raises:
        RuleFileError: the file is no YAML, or a rule in it is wrong; every fault is named.
    """
    name = f"{MARTS}/{path.name}" if path.parent.name == MARTS else path.name
    try:
        text = path.read_text(encoding="utf-8")
        node, raw = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise RuleFileError(f"{name}: cannot be read as YAML in UTF-8: {error}") from None
    if not isinstance(raw, dict):
        raise RuleFileError(f"{name}: no rules in it; it starts with entity, key and rules")
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        faults = error.errors()
        if len(faults) > 1:  # rules that are wrong one by one also leave the list empty
            faults = [item for item in faults if item["type"] != "too_short" or len(item["loc"]) > 1]
        raise RuleFileError("\n".join(_explain(name, raw, node, item) for item in faults)) from None
    lines = [_line(node, ["rules", number]) for number in range(len(file.rules))]
    schema = MARTS if path.parent.name == MARTS else "raw"
    if problems := list(_problems(file, path, schema, name, lines)):
        raise RuleFileError("\n".join(problems))
    return Suite(
        entity=file.entity,
        key=file.key or "",
        unit=file.unit,
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        rules=file.rules,
        relation=f"{schema}.{file.entity}",
        file=name,
        lines={rule.id: line for rule, line in zip(file.rules, lines, strict=True)},
        affected=file.affected,
    )


def _problems(file: _File, path: Path, schema: str, name: str, lines: list[int]) -> Iterator[str]:
    """What is wrong with rules that are right one by one."""
    if file.entity != path.stem:
        yield f"{name}: entity is {file.entity}; name the file {file.entity}.yaml"
    if file.key is None and schema != MARTS:
        yield f"{name}: key is missing: the column that names a record in quarantine"
    if file.affected and schema != MARTS:
        yield f"{name}: affected is of marts alone; a batch is judged whole"
    first: dict[str, int] = {}
    for rule, line in zip(file.rules, lines, strict=True):
        where = f"{name}, line {line}"
        if rule.id in first:
            yield f"{where}: rule listed twice: {rule.id}, first in line {first[rule.id]}"
        first.setdefault(rule.id, line)
        if not rule.id.startswith(f"{file.entity}."):
            yield f"{where}: rule of another entity: {rule.id}"
        if schema == MARTS and rule.severity == "quarantine":
            yield f"{where}, rule {rule.id}: a computed row cannot be set aside; let the rule block or warn"
        if schema == MARTS and rule.check.kind in AGAINST_BATCHES:
            yield f"{where}, rule {rule.id}: {rule.check.kind} judges batches of a source, not a mart"


@lru_cache(maxsize=8)
def load_suites(folder: Path) -> dict[str, Suite]:
    """Read every rule file of a folder, once per process; entities that others refer to come first.

    Raises:
        RuleFileError: no folder, files that cannot be used, or a reference to an entity without rules.
    """
    if not folder.is_dir():
        raise RuleFileError(f"{folder}: no such folder; one rule file per entity is expected there")
    found, problems = {}, []
    for path in sorted(folder.glob("*.yaml")):
        try:
            suite = load_suite(path)
            found[suite.entity] = suite
        except RuleFileError as error:
            problems.append(str(error))
    references: dict[str, set[str]] = {entity: set() for entity in found}
    for entity, suite in found.items():
        for rule in suite.rules:
            if isinstance(rule.check, ExistsIn) and not suite.is_mart and rule.check.entity != entity:
                references[entity].add(rule.check.entity)
                if rule.check.entity not in found:
                    problems.append(f"{suite.place(rule)}: refers to {rule.check.entity}, which has no rules")
    if problems:
        raise RuleFileError("\n".join(problems))
    return {entity: found[entity] for entity in graphlib.TopologicalSorter(references).static_order()}


def load_mart_suites(folder: Path) -> dict[str, Suite]:
    """Read the suites of the marts, in the folder `marts` of the rule files; none if there is no such folder.

    Raises:
        RuleFileError: as `load_suites`.
    """
    return load_suites(folder / MARTS) if (folder / MARTS).is_dir() else {}


def _line(node: Any, location: Sequence[Any]) -> int:
    """Line, from 1, of what stands at a location of the document, or of the last part that is there."""
    line = node.start_mark.line
    for part in location:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next(((key, value) for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = (node.value[part], node.value[part])
        if below is not None:
            line, node = below[0].start_mark.line, below[1]
    return int(line) + 1


def _explain(name: str, raw: dict[str, Any], node: Any, item: Any) -> str:
    """Turn one pydantic error into file, line, rule, key and cause."""
    location = list(item["loc"])
    where = f"{name}, line {_line(node, location)}"
    if len(location) >= 2 and location[0] == "rules" and isinstance(location[1], int):
        rule = raw["rules"][location[1]]
        title = rule.get("id") if isinstance(rule, dict) else None
        where += f", rule {title or f'number {location[1] + 1}'}"
        location = location[2:]
    key = ".".join(str(part) for part in location)
    return f"{where}{f', {key}' if key else ''}: {item['msg'].removeprefix('Value error, ')}"
