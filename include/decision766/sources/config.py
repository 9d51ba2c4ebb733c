"""The source YAML: one file per source system, read and checked here.

A source is added by adding a file to `include/sources/`. Nothing secret stands in it: base URL and
credentials come from the connection that it names. Unknown keys are errors, so that a typing error
never turns a setting off in silence.
"""

import datetime as dt
import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from decision766.sources.base import (
    Circuit,
    EntityList,
    PeriodRange,
    RecordEntity,
    Source,
    Strict,
    UnitCode,
)
from decision766.sources.database_config import DatabaseSource
from decision766.sources.gateway_config import GatewaySource
from decision766.sources.igate_config import IgateSource

EvaluationEndpoint = Literal[
    "transparency",
    "dvc-progress-tree",
    "provide-online-tree",
    "formality-online-payment-tree",
    "dossier-digitized",
    "handling-satisfaction",
]


class SourceConfigError(ValueError):
    """A source YAML cannot be used. The message names file, line, key and what to do."""


class DrillDown(Strict):
    """One procedure asked for by itself, in the periods of a range and at the endpoints that know it."""

    procedure_code: str = Field(pattern=r"^\d\.\d{6}$")
    formality_id: str = Field(min_length=1)
    periods: PeriodRange
    endpoints: tuple[EvaluationEndpoint, ...] = Field(min_length=1)

    @field_validator("endpoints")
    @classmethod
    def _knows_procedures(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "handling-satisfaction" in value:
            raise ValueError("handling-satisfaction takes no procedure; leave it out")
        return value


class RootUnit(Strict):
    """The province or ministry asked for: the portal's departmentId and the unit code."""

    department_id: str = Field(min_length=1)
    code: UnitCode


class Capture(Strict):
    """How long a closed period is read again, because the portal restates closed periods.

    recheck_closed_days: days after a period's end; None reads every period at every run.
    """

    recheck_closed_days: int | None = Field(default=None, ge=0)


class EvaluationSource(Source):
    """Published scores of one province, from the portal's evaluation API (family dvcqg_evaluation)."""

    family: Literal["dvcqg_evaluation"]
    root: RootUnit
    path: str = Field(default="/evaluation", description="Below the connection's base URL.")
    endpoints: tuple[EvaluationEndpoint, ...] = Field(min_length=1)
    periods: tuple[PeriodRange, ...] = Field(min_length=1)
    drill_down: tuple[DrillDown, ...] = ()
    page_size: int = Field(default=200, ge=1, le=1000)
    no_data_codes: tuple[str, ...] = ("NO_DATA", "NOT_FOUND", "DATA_NOT_FOUND")
    circuit: Circuit | None = Circuit()
    capture: Capture = Capture()

    @model_validator(mode="after")
    def _one_root(self) -> "EvaluationSource":
        if self.covers != (self.root.code,):
            raise ValueError(f"covers must be the root unit alone: [{self.root.code}]")
        return self


class ExchangeWindow(Strict):
    """Time window of a call, by the record's own update time.

    overlap_hours: how far a run reads back behind the last one, for records that the source stamped
    late; what comes twice is recognised and stored once.
    """

    from_parameter: str = "tungay"
    to_parameter: str = "denngay"
    overlap_hours: float = Field(default=24.0, ge=0)


class ExchangeList(Strict):
    """A service that lists keys, each of which is then asked for: `key` of a row goes in as `parameter`."""

    service: str
    key: str
    parameter: str


class ExchangeEntity(Strict):
    """One entity of docs/records.md and the service that supplies it."""

    entity: RecordEntity
    service: str = Field(min_length=1)
    parameters: dict[str, str] = Field(default_factory=dict)
    window: ExchangeWindow | None = Field(
        default=None, description="None: a catalogue, read whole each time."
    )
    each_of: ExchangeList | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "ExchangeEntity":
        if self.window and self.each_of:
            raise ValueError("an entity is read by window or key by key (each_of), not both")
        return self


class ExchangeSource(EntityList):
    """Records of one provincial system, from the exchange gateway (family dvcqg_exchange).

    entities are read in the order of the file: catalogues first. first_window_start: where the first
    run begins, local date. slice: span of one call of a windowed entity.
    """

    family: Literal["dvcqg_exchange"]
    login_path: str = "/exchange/login"
    service_path: str = "/exchange/service"
    first_window_start: dt.date
    slice: Literal["day", "week", "month", "quarter", "year"] = "month"
    session_error_codes: tuple[str, ...] = ("401", "-401")
    entities: tuple[ExchangeEntity, ...] = Field(min_length=1)


class FileEntity(Strict):
    """One entity and the names of its files, without suffix (.ndjson, .jsonl, .csv, .tsv; .gz after either).

    `*` stands for anything. forms: names of workbooks (.xlsx) with forms II.06a and II.07a, which fill
    national_report_total.
    """

    entity: RecordEntity
    files: str = Field(min_length=1)
    forms: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _forms_hold_totals(self) -> "FileEntity":
        if self.forms and self.entity != "national_report_total":
            raise ValueError("forms fill national_report_total only; take the key out")
        return self


class FileDropSource(EntityList):
    """Files in a folder: newline-delimited JSON, CSV, report forms (family file_drop).

    covers may stay `*`: the units in the files say whom they speak for. settle_seconds: a file that was
    written within this time is looked at again after it, and left alone if it still grows. unit_names:
    names in report forms → unit codes, where the units' own files do not say it.
    """

    family: Literal["file_drop"]
    covers: tuple[Literal["*"] | UnitCode, ...] = ("*",)
    part_bytes: int = Field(default=8 * 1024 * 1024, ge=1024, description="A larger file is read in parts.")
    settle_seconds: float = Field(default=2.0, ge=0, le=600)
    unit_names: dict[str, str] = Field(default_factory=dict)
    entities: tuple[FileEntity, ...] = Field(min_length=1)


SourceConfig = (
    EvaluationSource | ExchangeSource | FileDropSource | IgateSource | GatewaySource | DatabaseSource
)
FAMILIES = ("dvcqg_evaluation", "dvcqg_exchange", "dvcqg_gateway", "igate", "database", "file_drop")
ANY_SOURCE: TypeAdapter[SourceConfig] = TypeAdapter(Annotated[SourceConfig, Field(discriminator="family")])


def load_source(path: Path) -> SourceConfig:
    """Read one source YAML.

    Raises:
        SourceConfigError: the file is no YAML, or a key is missing, unknown or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise SourceConfigError(
            f"{path.name}: not UTF-8 at byte {error.start}. Save the file as UTF-8."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        raise SourceConfigError(f"{path.name}{line}: {problem}. Mend the YAML there.") from None
    if not isinstance(raw, dict):
        raise SourceConfigError(f"{path.name}: no settings in it. Start from another file of the folder.")
    try:
        config = ANY_SOURCE.validate_python(raw)
    except ValidationError as error:
        raise SourceConfigError("\n".join(_explain(path, node, item) for item in error.errors())) from None
    if config.id != path.stem:
        raise SourceConfigError(
            f"{path.name}, line {_line(node, ('id',))}, key id: {config.id} is not the file's name. "
            f"Name the file {config.id}.yaml or set id: {path.stem}."
        )
    return config


def load_sources(folder: Path, *, enabled_only: bool = True) -> list[SourceConfig]:
    """Read every *.yaml of `folder`, ordered by id; those with `enabled: false` only if all are asked for.

    Raises:
        SourceConfigError: no folder, or files that cannot be used; all of them are named.
    """
    if not folder.is_dir():
        raise SourceConfigError(f"{folder}: no such folder. Source YAMLs are expected there.")
    found, problems = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(load_source(path))
        except SourceConfigError as error:
            problems.append(str(error))
    if problems:
        raise SourceConfigError("\n".join(problems))
    return [source for source in found if source.enabled or not enabled_only]


def find_source(folder: Path, source_id: str) -> SourceConfig:
    """Read the source `source_id`.

    Raises:
        SourceConfigError: there is none of that id; the message lists near matches.
    """
    path = folder / f"{source_id}.yaml"
    if source_id.replace("_", "").isalnum() and path.is_file():
        return load_source(path)
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    near = difflib.get_close_matches(source_id, known, n=3, cutoff=0.5)
    hint = f"Did you mean {', '.join(near)}?" if near else f"Known sources: {', '.join(known) or 'none'}."
    raise SourceConfigError(f"unknown source {source_id!r}. {hint}")


def _explain(path: Path, node: yaml.Node | None, item: Any) -> str:
    """Turn one pydantic error into file, line, key, cause and what to do."""
    location = tuple(part for part in item["loc"] if part not in FAMILIES)
    key = ".".join(str(part) for part in location) or "(file)"
    advice = {
        "missing": "add the key",
        "extra_forbidden": "remove the key, or mend its spelling",
        "union_tag_invalid": f"set family to one of {', '.join(FAMILIES)}",
        "union_tag_not_found": "add the key family",
    }.get(item["type"], "mend the value")
    cause = item["msg"].removeprefix("Value error, ")
    return f"{path.name}, line {_line(node, location)}, key {key}: {cause}; {advice}."


def _line(node: yaml.Node | None, location: tuple[Any, ...]) -> int:
    """Line (from 1) of the deepest part of `location` that the file holds."""
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
