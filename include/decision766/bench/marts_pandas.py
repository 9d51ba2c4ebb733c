"""Computes the indicators with pandas from the Parquet files of a folder, one period at a time.

`python -m decision766.bench.marts_pandas FOLDER` prints what it took as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

_KEYS = ["unit_code", "procedure_code"]
_DAY, _LOCAL = 86_400, 25_200


def main(folder: str) -> None:
    """Write pandas.parquet: numerator and denominator per unit, period and indicator."""
    started = time.perf_counter()
    path = Path(folder)
    tables = {file.stem: pd.read_parquet(file) for file in path.glob("*.parquet") if file.stem != "indicator"}
    dossiers = tables["dossier"].astype(dict.fromkeys((*_KEYS, "max_time_unit"), "category"))
    periods: Any = tables["period"].to_dict("records")
    figures: list[pd.DataFrame] = [_period(dossiers, tables, period) for period in periods]
    found = pd.concat(figures)
    found.to_parquet(path / "pandas.parquet")
    sys.stdout.write(json.dumps({"rows": len(found), "seconds": time.perf_counter() - started}) + "\n")


def _period(dossiers: pd.DataFrame, tables: dict[str, pd.DataFrame], period: dict[str, Any]) -> pd.DataFrame:
    start, instant = period["starts_at"], period["judged_at"]
    ended = _first_known([dossiers[name] for name in ("done_at", "returned_at", "closed_at")], instant)
    member = (dossiers.received_at <= instant) & (
        (dossiers.received_at >= start) | ended.isna() | (ended >= start)
    )
    chosen = dossiers[member]
    on_time = _on_time(chosen, ended[member], instant, tables["workday"])
    received = chosen.received_at >= start
    fee = chosen.has_fee & ~chosen.has_only_zero_fees
    counted = pd.DataFrame(
        {
            "population": True, "on_time": on_time, "received": received,
            "received_online": received & chosen.is_online,
            "received_synced": received & (chosen.synced_at <= instant),
            "portal_fee": received & chosen.is_filed_on_portal & chosen.has_positive_fee,
            "paid_online": chosen.is_paid_online,
            "fee_population": fee, "fee_paid_online": fee & chosen.is_paid_online,
            "with_result_link": chosen.has_result_link,
            "digitised":
                chosen.has_component_file & (chosen.has_result_link | ~chosen.is_paper_result_required),
            "reused": chosen.is_reused, "from_store": chosen.has_from_personal_store,
            "marked": chosen.has_population_mark,
            "satisfied": on_time & ~(chosen.first_complained_at <= instant),
        }, index=chosen.index,
    )  # fmt: skip
    own = counted.groupby([chosen[name] for name in _KEYS], observed=True).sum().reset_index()
    provinces = own.assign(unit_code=own.unit_code.astype(str).str.split(".").str[0])
    counts = (
        pd.concat([own.astype({"unit_code": str}), provinces])
        .groupby(_KEYS, observed=True)
        .sum()
        .reset_index()
    )
    rows = [
        *_dossier_indicators(counts, tables["total"], period),
        *_procedure_indicators(counts.astype({"procedure_code": str}), tables),
        _times(dossiers[dossiers.processing_time.notna() & dossiers.received_at.between(start, instant)]),
    ]
    return pd.concat(rows).assign(period_grain=period["period_grain"], period_start=period["period_start"])


def _times(done: pd.DataFrame) -> pd.DataFrame:
    own = done.groupby(_KEYS, observed=True).processing_time.agg(["sum", "count"]).reset_index()
    provinces = own.assign(unit_code=own.unit_code.astype(str).str.split(".").str[0])
    taken = (
        pd.concat([own.astype({"unit_code": str}), provinces])
        .groupby(_KEYS, observed=True)
        .sum()
        .reset_index()
    )
    taken = taken.rename(columns={"sum": "numerator", "count": "denominator"}).astype({"denominator": float})
    return taken.assign(indicator_code="2.2")


def _first_known(instants: list[pd.Series], instant: float) -> pd.Series:
    known = instants[0].where(instants[0] <= instant)
    for each in instants[1:]:
        known = known.fillna(each.where(each <= instant))
    return known


def _on_time(chosen: pd.DataFrame, ended: pd.Series, instant: float, workday: pd.DataFrame) -> pd.Series:
    requested, completed = chosen.first_requested_at, chosen.first_completed_at
    waiting = (requested <= instant) & ~(completed <= instant) & ~(chosen.second_requested_at <= instant)
    end = ended.fillna(requested.where(waiting)).fillna(instant)
    until = (
        completed.clip(upper=end).clip(lower=requested).where((requested <= instant) & (completed <= instant))
    )
    waited = (until - requested).fillna(0)
    promised = chosen.first_promised_before.where(requested <= instant).fillna(chosen.promised_at)
    number = pd.Series(workday.number.to_numpy(), index=workday.day.to_numpy())

    def days(instants: pd.Series) -> pd.Series:
        return ((instants + _LOCAL) // _DAY).map(number)

    elapsed = end - chosen.received_at - waited
    within = (elapsed <= chosen.max_time * 3600).where(
        chosen.max_time_unit == "hour", elapsed <= chosen.max_time * _DAY
    )
    by_days = (chosen.max_time_unit == "working_day") & promised.isna()
    asked = chosen[by_days]
    supplement = (days(until[by_days]) - days(requested[by_days])).fillna(0)
    within[by_days] = days(end[by_days]) - days(asked.received_at) - supplement <= asked.max_time
    on_time = (end - waited <= promised).where(promised.notna(), within & chosen.max_time.notna())
    judged: pd.Series = on_time & ~(chosen.second_requested_at <= instant)
    return judged


def _dossier_indicators(
    counts: pd.DataFrame, total: pd.DataFrame, period: dict[str, Any]
) -> list[pd.DataFrame]:
    unit = counts.drop(columns="procedure_code").groupby("unit_code").sum()
    stated = total[
        (total.period_grain == period["period_grain"]) & (total.period_start == period["period_start"])
    ]
    unit["stated"] = stated.set_index("unit_code").received_total.reindex(unit.index)
    unit["synced_of_stated"] = unit.received_synced.where(unit.stated > 0)
    parts = {
        "1.4": ("synced_of_stated", "stated"), "2.1": ("on_time", "population"),
        "3.3": ("received_online", "received"), "3.6": ("fee_paid_online", "fee_population"),
        "4.1": ("with_result_link", "population"), "4.2": ("digitised", "population"),
        "4.3": ("reused", "population"), "4.4": ("from_store", "population"), "4.6": ("marked", "population"),
        "5.3": ("satisfied", "population"),
    }  # fmt: skip
    return [_rows(unit, code, *names) for code, names in parts.items()]


def _procedure_indicators(counts: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    asked = (
        tables["authority"]
        .merge(tables["procedure"], on="procedure_code")
        .merge(counts, on=_KEYS, how="left")
    )
    citizen, fee = asked.is_citizen, asked.has_fee
    flags = pd.DataFrame(
        {
            "all": True, "offered": asked.is_offered, "fee": fee, "citizen": citizen,
            "fee_paid": fee & (asked.paid_online > 0), "fee_integrated": fee & (asked.portal_fee > 0),
            "connected": citizen & (asked.marked > 0),
        }, index=asked.index,
    )  # fmt: skip
    unit = flags.groupby(asked.unit_code).sum()
    services = tables["service"].merge(counts, on=_KEYS, how="left")
    used = services[services.received_online > 0].groupby("unit_code").service_code.nunique()
    offered = services.groupby("unit_code").service_code.nunique().to_frame("services")
    offered["used"] = used.reindex(offered.index).fillna(0)
    parts = {"3.1": ("offered", "all"), "3.4": ("fee_paid", "fee"), "3.5": ("fee_integrated", "fee")}
    parts["4.5"] = ("connected", "citizen")
    return [
        _rows(offered, "3.2", "used", "services"),
        *(_rows(unit, code, *names) for code, names in parts.items()),
    ]


def _rows(unit: pd.DataFrame, code: str, numerator: str, denominator: str) -> pd.DataFrame:
    frame = unit[[numerator, denominator]].set_axis(["numerator", "denominator"], axis=1).astype(float)
    return frame.assign(indicator_code=code).reset_index(names="unit_code")


if __name__ == "__main__":
    main(*sys.argv[1:])
