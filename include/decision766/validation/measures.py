"""Checks of a whole batch: what is measured, and when a measure is unusual.

Comparisons with a source's own past are robust: the median, and the median absolute deviation, of its
accepted batches, so that one spoilt batch moves no threshold. Every threshold stands in the rule.
"""

import datetime as dt
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from decision766.validation.checks import Check, Fresh, NoEmptyDay, RowCount, StableMix, Volume
from decision766.validation.facts import BatchFacts
from decision766.validation.rules import Rule

NORMAL = 1.4826  # median absolute deviation → standard deviation, for normally distributed values
REST = "rest"


@dataclass(frozen=True)
class Verdict:
    """What a check of the whole batch found.

    skipped: why it cannot be judged, None if it was. measured: kept, for batches to come. usual: what it
    was compared with.
    """

    fails: bool
    skipped: str | None = None
    measured: Mapping[str, Any] = field(default_factory=dict)
    usual: Mapping[str, Any] = field(default_factory=dict)


def measure(rule: Rule, row: str = "r") -> str | None:
    """Return the aggregate that measures the batch's rows, a jsonb object; None if rows are not looked at."""
    column = f"{row}.{rule.field}"
    match rule.check:
        case RowCount():
            return "jsonb_build_object('rows', count(*))"
        case Fresh():
            return f"jsonb_build_object('newest', extract(epoch from max({column})))"
        case StableMix(codes=codes):
            counts = [f"{_text(code)}, count(*) filter (where {column} = {_literal(code)})" for code in codes]
            return f"jsonb_build_object('all', count(*), {', '.join(counts)})"
    return None


def verdict(
    check: Check,
    measured: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    observed_at: dt.datetime,
) -> Verdict:
    """Judge a measure by the check and the measures of batches before."""
    match check:
        case RowCount():
            rows = int(measured["rows"])
            fails = (check.min is not None and rows < check.min) or (
                check.max is not None and rows > check.max
            )
            return Verdict(fails, measured=measured, usual={"min": check.min, "max": check.max})
        case Volume():
            return _volume(check, measured, history)
        case Fresh():
            return _fresh(check, measured, history, observed_at)
        case StableMix():
            return _stable_mix(check, measured, history)
    raise AssertionError(f"{check.kind} judges rows")  # pragma: no cover


def sent(facts: BatchFacts) -> dict[str, Any]:
    """How much the source sent, as `volume` looks at it."""
    return {"received": facts.rows_received, "working_days": facts.working_days}


def empty_days(rule: Rule, check: NoEmptyDay, facts: BatchFacts) -> str:
    """Query of the working days without a row of the source; nothing for a source that sends little.

    Days before the first of the source's rows are none of its history.
    A day is looked up among the batch's own rows, and among the source's others only if it is not there.
    """
    past = [item for item in facts.history.get(rule.id, ()) if item["working_days"]]
    received = facts.rows_received + sum(int(item["received"]) for item in past)
    days = (facts.working_days or 0) + sum(float(item["working_days"]) for item in past)
    if not facts.working_days or received < check.min_per_day * days:
        return "select 1 as failed where false"
    column = rule.field
    day = f"(r.{column} at time zone 'Asia/Ho_Chi_Minh')::date"
    return f"""
        with own as materialized (
            select source_id, window_start, window_end from audit.batch where batch_id = '{facts.batch_id}'
        ),
        absent as materialized (
            select calendar.day from raw.calendar_day as calendar, own
            where calendar.is_working and calendar.day >= own.window_start::date
                and calendar.day < own.window_end::date
                and calendar.day >= own.window_end::date - {check.max_days}
                and calendar.day not in (
                    select {day} from raw.{facts.entity} as r
                    where r.batch_id = '{facts.batch_id}' and r.{column} is not null
                )
        )
        select 1 as failed
        from absent, own
        where exists (
                select 1 from raw.{facts.entity} as r
                where r.source_id = own.source_id and r.{column} < absent.day::timestamptz
                offset 0  -- the first row found answers it: no join
            )
            and not exists (
                select 1 from raw.{facts.entity} as r
                where r.source_id = own.source_id and r.{column} >= absent.day::timestamptz
                    and r.{column} < (absent.day + 1)::timestamptz
            )
    """


def _volume(check: Volume, measured: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> Verdict:
    days = measured["working_days"]
    if days == 0:
        return Verdict(False, "no office hours in its window", measured)
    own = _rate(measured)
    past = [_rate(item) for item in history if _alike(item["working_days"], days)]
    if len(past) < check.least:
        return Verdict(False, _too_young(past, check.least), measured)
    median, spread = _robust(past)
    far = abs(own - median) > check.deviations * spread
    low = own < check.min_share * median
    high = check.max_share is not None and own > check.max_share * median
    usual = {"median": median, "spread": spread, "batches": len(past)}
    return Verdict(far and (low or high), measured=measured, usual=usual)


def _fresh(
    check: Fresh,
    measured: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    observed_at: dt.datetime,
) -> Verdict:
    if measured.get("newest") is None:
        return Verdict(False, "no row holds the field", measured)
    age = (observed_at.timestamp() - float(measured["newest"])) / 86400
    kept = dict(measured) | {"age_days": round(age, 6)}
    past = [float(item["age_days"]) for item in history if "age_days" in item]
    if len(past) < check.least:
        return Verdict(False, _too_young(past, check.least), kept)
    median, spread = _robust(past)
    limit = max(check.max_days, median + check.deviations * spread)
    return Verdict(age > limit, measured=kept, usual={"limit_days": limit, "batches": len(past)})


def _stable_mix(
    check: StableMix, measured: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
) -> Verdict:
    if len(history) < check.least:
        return Verdict(False, _too_young(history, check.least), measured)
    codes = [str(code) for code in check.codes]
    past = [_shares(item, codes) for item in history]
    expected = {code: statistics.median(item[code] for item in past) for code in [*codes, REST]}
    index = stability_index(_shares(measured, codes), expected, check.floor)
    usual = {"index": index, "limit": check.limit, "shares": expected, "batches": len(past)}
    return Verdict(index > check.limit, measured=measured, usual=usual)


def stability_index(actual: Mapping[str, float], expected: Mapping[str, float], floor: float) -> float:
    """Population stability index of two distributions over the same codes; expected need not add up to 1."""
    total = sum(expected.values()) or 1.0
    index = 0.0
    for code, share in expected.items():
        a, e = max(actual[code], floor), max(share / total, floor)
        index += (a - e) * math.log(a / e)
    return index


def _shares(counts: Mapping[str, Any], codes: Sequence[str]) -> dict[str, float]:
    everything = int(counts["all"]) or 1
    shares = {code: int(counts.get(code, 0)) / everything for code in codes}
    return shares | {REST: max(0.0, 1 - sum(shares.values())) if counts["all"] else 0.0}


def _alike(days: float | None, own: float | None) -> bool:
    """Whether both batches have a window with office hours in it, or neither has a window."""
    return days is None if own is None else bool(days)


def _rate(item: Mapping[str, Any]) -> float:
    return float(item["received"]) / float(item.get("working_days") or 1)


def _robust(values: Sequence[float]) -> tuple[float, float]:
    median = statistics.median(values)
    return median, NORMAL * statistics.median(abs(value - median) for value in values)


def _too_young(past: Sequence[Any], least: int) -> str:
    return f"{len(past)} batches to compare with, {least} needed"


def _text(code: int | str) -> str:
    return "'" + str(code).replace("'", "''") + "'"


def _literal(code: int | str) -> str:
    return str(code) if isinstance(code, int) else _text(code)
