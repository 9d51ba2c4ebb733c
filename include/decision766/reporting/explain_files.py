"""An explanation or a dossier's trail as JSON and CSV, for machines and spreadsheets."""

import csv
import dataclasses
import datetime as dt
import io
import json
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from decision766.reporting.cells import formula_safe
from decision766.reporting.explain import DossierTrail, Explanation

CASE_COLUMNS = (
    *("case_kind", "case_code", "case_unit_code", "procedure_code", "procedure_name", "is_in_denominator"),
    *(
        "is_in_numerator",
        "denominator_part",
        "numerator_part",
        "effect",
        "reason_code",
        "reason_vi",
        "reason_en",
    ),
    *("late_by_seconds", "late_by_working_days", "started_at", "due_at", "ended_at", "detail", "batch_id"),
    *("source_id", "object_path", "object_sha256", "source_line"),
)
TOUCHED_COLUMNS = (
    *("unit_code", "unit_name", "period_code", "indicator_code", "name_vi", "name_en", "through_kind"),
    *(
        "through_code",
        "is_in_denominator",
        "is_in_numerator",
        "effect",
        "reason_code",
        "reason_vi",
        "reason_en",
    ),
    *("late_by_seconds", "late_by_working_days"),
)


def explanation_json(explanation: Explanation) -> str:
    """Everything of the explanation with every listed case; decimals are numbers, instants ISO 8601."""
    stated = {field.name: getattr(explanation, field.name) for field in dataclasses.fields(explanation)}
    stated["period"] = dataclasses.asdict(explanation.period)
    stated["is_rederived"] = explanation.is_rederived
    # Cases one a line: tens of thousands of them, which the indenting encoder would take seconds for.
    cases = ",\n    ".join([orjson.dumps(case, default=plain).decode() for case in stated.pop("cases")])
    return f'{_json(stated)[:-2]},\n  "cases": [\n    {cases}\n  ]\n}}'


def trail_json(trail: DossierTrail) -> str:
    """The dossier, its landed records, and every number it has a part in."""
    return _json(dataclasses.asdict(trail))


def explanation_csv(explanation: Explanation) -> str:
    """One line per case, with unit, indicator and period repeated on each; no cell runs as a formula."""
    heading, value = explanation.heading, explanation.value
    repeated = {
        "unit_code": heading["unit_code"],
        "indicator_code": heading["indicator_code"],
        "period": explanation.period.code,
        "boundary": explanation.boundary,
        "data_origin": value["data_origin"] if value else "recorded",
    }
    return rows_csv(repeated, CASE_COLUMNS, explanation.cases)


def trail_csv(trail: DossierTrail) -> str:
    """One line per number that the dossier has a part in."""
    origin = trail.dossier["data_origin"] if trail.dossier else ""
    repeated = {"dossier_code": trail.dossier_code, "data_origin": origin}
    return rows_csv(repeated, TOUCHED_COLUMNS, trail.touched)


def rows_csv(repeated: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, `repeated` at the start of each; no cell runs as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*repeated, *columns])
    first = [formula_safe(value) for value in repeated.values()]
    for row in rows:
        writer.writerow([*first, *(formula_safe(_cell(row[name])) for name in columns)])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=plain)
    return value


def _json(value: object) -> str:
    return json.dumps(value, default=plain, ensure_ascii=False, indent=2)


def plain(value: object) -> object:
    """A value of the marts as JSON has it: decimals are numbers, instants ISO 8601."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
