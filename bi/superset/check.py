"""Ask a running Superset for the data of the bundle's charts, and hold them against SQL on the marts.

    python bi/superset/check.py http://127.0.0.1:28088 admin PASSWORD postgresql://…/decision766

It runs in the environment of Superset (requests, psycopg2). Exit 1 where a figure differs.
"""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import requests
import yaml

CHARTS = Path(__file__).with_name("assets") / "charts"
FILTERS = [
    {"col": "period_code", "op": "IN", "val": ["2026-08"]},
    {"col": "boundary", "op": "IN", "val": ["as_was"]},
    {"col": "unit_type", "op": "IN", "val": ["province"]},
]
PERIOD = "period_grain = 'month' and period_start = '2026-08-01' and boundary = 'as_was'"
PROVINCES = "unit_code in (select unit_code from marts.dim_org_unit where unit_type = 'province')"
# chart → columns, metrics, SQL of the marts with the same columns in the same order
ASKED: dict[str, tuple[list[str], list[str], str]] = {
    "total": (
        ["unit_code"],
        ["total", "published_total"],
        f"""select unit_code, total_score, published_total_score from marts.mart_scorecard
        where {PERIOD} and unit_type = 'province'""",
    ),
    "groups": (
        ["unit_code", "display_group"],
        ["group_points"],
        f"select unit_code, display_group, score from marts.mart_group_score where {PERIOD} and {PROVINCES}",
    ),
    "ratio": (
        ["indicator_code"],
        ["ratio", "numerators", "denominators"],
        f"""select indicator_code, case when count(*) = 1 or adds_up
                then 100 * sum(numerator) / nullif(sum(denominator), 0) end,
            case when count(*) = 1 or adds_up then sum(numerator) end,
            case when count(*) = 1 or adds_up then sum(denominator) end
        from (
            select value.*, case_kind in ('dossier', 'petition') as adds_up from marts.fct_indicator as value
            inner join reference.indicator_readings using (indicator_code)
            where {PERIOD} and {PROVINCES} and procedure_code = '*' and indicator_code <> '2.2'
        ) as value group by indicator_code, adds_up""",
    ),
}


def main(address: str, user: str, password: str, database: str) -> int:
    """Compare every chart; return how many figures differ."""
    web = requests.Session()
    login = {"username": user, "password": password, "provider": "db"}
    token = web.post(f"{address}/api/v1/security/login", json=login, timeout=60).json()["access_token"]
    web.headers["Authorization"] = f"Bearer {token}"
    wrong = 0
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        for chart, (columns, metrics, query) in ASKED.items():
            cursor.execute(query)
            held = {row[: len(columns)]: row[len(columns) :] for row in cursor.fetchall()}
            shown = {
                tuple(row[name] for name in columns): tuple(row[name] for name in metrics)
                for row in chart_data(web, address, chart, columns, metrics)
            }
            differing = [
                key for key in held.keys() | shown.keys() if not equal(held.get(key), shown.get(key))
            ]
            figures = sum(value is not None for row in held.values() for value in row)
            print(f"{chart}: {len(held)} rows, {figures} figures, {len(differing)} rows differ")
            for key in differing[:10]:
                print("  ", key, "marts:", held.get(key), "Superset:", shown.get(key))
            wrong += len(differing) + (not figures)
    return wrong


def chart_data(
    web: requests.Session, address: str, chart: str, columns: list[str], metrics: list[str]
) -> list[dict[str, Any]]:
    """The rows of Superset's chart data API for the chart's dataset."""
    stated = yaml.safe_load((CHARTS / f"{chart}.yaml").read_text(encoding="utf-8"))
    found = web.get(f"{address}/api/v1/chart/{stated['uuid']}", timeout=60)
    found.raise_for_status()
    params = web.get(f"{address}/api/v1/chart/{found.json()['result']['id']}", timeout=60).json()["result"]
    dataset = int(yaml.safe_load(params["params"])["datasource"].split("__")[0])
    query = {"columns": columns, "metrics": metrics, "filters": FILTERS, "row_limit": 1000}
    body = {
        "datasource": {"id": dataset, "type": "table"},
        "force": True,
        "queries": [query],
        "result_format": "json",
        "result_type": "full",
    }
    answer = web.post(f"{address}/api/v1/chart/data", json=body, timeout=120)
    if not answer.ok:
        raise SystemExit(f"{chart}: {answer.status_code} {answer.text[:2000]}")
    rows: list[dict[str, Any]] = answer.json()["result"][0]["data"]
    return rows


def equal(ours: tuple[Any, ...] | None, theirs: tuple[Any, ...] | None) -> bool:
    """Null is null; numbers agree to nine digits (Superset answers with floats)."""
    if ours is None or theirs is None:
        return False
    for one, other in zip(ours, theirs, strict=True):
        if (one is None) != (other is None):
            return False
        if one is not None and abs(Decimal(one) - Decimal(str(other))) > abs(Decimal(one)) / 10**9:
            return False
    return True


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:5]), 1))
