"""Targets of published plans against what was measured, read from the marts."""

import csv
import dataclasses
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, Engine, text

from decision766.reporting.lookup import find_unit


@dataclass(frozen=True)
class TargetLine:
    """A row of mart_target_progress: a target in one of its periods, for all levels, a level or a unit.

    Rates in percent, differences in points and cases, negative where behind. Null is not 0: the reason
    stands beside it. Dates are local.
    """

    target_id: str
    plan: str
    issuing_unit: str | None
    measure_code: str
    measure_name_vi: str
    measure_name_en: str
    quote: str | None
    target_level: str
    target_kind: str
    period_grain: str
    period_start: dt.date
    period_end: dt.date | None
    row_kind: str
    unit_code: str
    unit_name: str | None
    unit_level: str
    province_code: str
    numerator: Decimal | None
    denominator: Decimal | None
    actual_percent: Decimal | None
    actual_reason: str | None
    actual_basis: str | None
    actual_as_of: dt.date | None
    coverage: str
    target_percent: Decimal | None
    target_reason: str | None
    base_numerator: Decimal | None
    base_denominator: Decimal | None
    base_percent: Decimal | None
    base_coverage: str | None
    gap_points: Decimal | None
    gap_cases: Decimal | None
    elapsed_share: Decimal | None
    pace_percent: Decimal | None
    is_on_track: bool | None
    forecast_percent: Decimal | None
    forecast_low_percent: Decimal | None
    forecast_high_percent: Decimal | None
    forecast_reason: str | None
    status: str
    status_vi: str
    status_en: str
    judged_on: dt.date
    is_provisional: bool
    evaluated_at: dt.datetime
    data_origin: str


@dataclass(frozen=True)
class TargetsAsked:
    """Which targets: of a unit (None: all), whose period shares a day with first to last (None: any)."""

    unit_code: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None


def load_targets(engine: Engine, asked: TargetsAsked) -> list[TargetLine]:
    """Read the lines, by province, period, measure and level.

    A province's (or ministry's) code stands for all lines of its targets, another code for its own.
    """
    with engine.connect() as connection:
        return list(_rows(connection, asked))


def resolve_unit(engine: Engine, unit: str) -> str:
    """Return the code of the unit (code or name).

    Raises:
        UnknownUnit: with near matches.
    """
    with engine.connect() as connection:
        return find_unit(connection, unit)


def unused_statements(engine: Engine) -> list[str]:
    """Codes of stated measures that no target asks for: a slip of the pen, or a plan still to come."""
    with engine.connect() as connection:
        return list(connection.execute(_UNUSED).scalars())


def levels_by_guess(engine: Engine) -> list[str]:
    """Codes like `H47.18` of units with dossiers that no register holds: district or department?"""
    with engine.connect() as connection:
        return list(connection.execute(_GUESSED).scalars())


def to_json(lines: Sequence[TargetLine]) -> str:
    """Return the lines as a JSON list; decimals are numbers, instants ISO 8601 with offset."""
    return json.dumps(
        [dataclasses.asdict(line) for line in lines], default=_plain, ensure_ascii=False, indent=2
    )


def to_csv(lines: Sequence[TargetLine]) -> str:
    """Return one CSV line per target, period and figure."""
    out = io.StringIO()
    names = [field.name for field in dataclasses.fields(TargetLine)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([getattr(line, name) for name in names] for line in lines)
    return out.getvalue()


def _rows(connection: Connection, asked: TargetsAsked) -> list[TargetLine]:
    rows = connection.execute(_LINES, dataclasses.asdict(asked)).mappings()
    return [TargetLine(**{name: row[name] for name in _NAMES}) for row in rows]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


_NAMES = tuple(field.name for field in dataclasses.fields(TargetLine))
_LINES = text(f"""
    select {", ".join(f"progress.{name}" for name in _NAMES)}
    from marts.mart_target_progress as progress
    left join marts.dim_org_unit as unit on unit.unit_code = progress.unit_code and unit.is_current
    where (
            cast(:unit_code as text) is null or progress.unit_code = :unit_code
            or progress.province_code = :unit_code
        )
        and (cast(:last as date) is null or progress.period_start <= :last)
        and (cast(:first as date) is null or coalesce(progress.period_end >= :first, true))
    order by progress.province_code, progress.period_start, progress.period_end, progress.plan,
        progress.measure_code, progress.target_id, progress.row_kind,
        array_position(array['all', 'ministry', 'province', 'district', 'commune'], progress.unit_level),
        unit.sort_key, progress.unit_code
""")
_UNUSED = text("""
    select distinct stated.measure_code from raw.stated_measure as stated
    where stated.measure_code is not null and not exists (
        select 1 from reference.targets as target where target.measure_code = stated.measure_code
    )
    order by 1
""")
_GUESSED = text(r"""
    select unit.unit_code from marts.dim_org_unit as unit
    where unit.is_current and unit.provenance = 'derived from the unit code'
        and unit.unit_code ~ '^[A-Z]\d+\.\d+$'
        and exists (select 1 from marts.fct_dossier as dossier where dossier.unit_code = unit.unit_code)
    order by unit.sort_key
""")
