"""A gain as JSON and CSV: every case that could be taken, the suggested ones marked."""

import dataclasses
import json

from decision766.reporting.explain_files import plain, rows_csv
from decision766.reporting.gain import Gain, Line

CASE_COLUMNS = (
    *("indicator_code", "is_suggested", "case_kind", "case_code", "case_unit_code", "procedure_code"),
    *("procedure_name", "reason_code", "reason_vi", "reason_en", "action_vi", "action_en", "effort"),
    *("started_at", "due_at"),
)


def gain_json(gain: Gain) -> str:
    """The whole answer; decimals are numbers, instants ISO 8601."""
    stated = {
        "unit_code": gain.heading["unit_code"],
        "unit_name": gain.heading["unit_name"],
        "period": dataclasses.asdict(gain.period),
        "rule_set": gain.heading["rule_set"],
        "data_origin": gain.heading["data_origin"],
        "is_provisional": gain.heading["is_provisional"],
        "evaluated_at": gain.heading["evaluated_at"],
        "total": gain.total,
        "wanted": gain.wanted,
        "is_reached_now": gain.is_reached_now,
        "is_reachable": gain.is_reachable,
        "reachable": gain.reachable,
        "total_after": gain.total_after,
        "cases": gain.cases,
        "dossiers_due_soon": gain.due_soon,
        "cost": gain.cost,
        "distinct_things": gain.things,
        "indicators": [_line(line) for line in gain.lines],
    }
    return json.dumps(stated, default=plain, ensure_ascii=False, indent=2)


def gain_csv(gain: Gain) -> str:
    """One line per case that could be taken, with unit, period and totals repeated on each."""
    repeated = {
        "unit_code": gain.heading["unit_code"],
        "period": gain.period.code,
        "total": gain.total,
        "wanted": gain.wanted,
        "total_after": gain.total_after,
        "data_origin": gain.heading["data_origin"],
    }
    rows = [
        {**case, "is_suggested": place < line.taken}
        for line in gain.lines
        for place, case in enumerate(line.fixable)
    ]
    return rows_csv(repeated, CASE_COLUMNS, rows)


def _line(line: Line) -> dict[str, object]:
    need = line.need
    return {
        **{name: need[name] for name in ("indicator_code", "name_vi", "name_en", "numerator", "denominator")},
        **{name: need[name] for name in ("score", "max_score", "next_point", "cases_to_next_point")},
        **{name: need[name] for name in ("cases_to_full_marks", "target_id", "target_percent")},
        **{name: need[name] for name in ("is_target_in_force", "cases_to_target", "cases_to_next_band")},
        "cases_taken": line.taken,
        "score_after": line.score_after,
        "suggested": line.suggested,
        "cases_fixable": len(line.fixable),
        "not_fixable": line.lost,
    }
