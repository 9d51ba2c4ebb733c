"""The task bodies of the DAG that enforces retention. Counts alone travel between them."""

import datetime as dt
import logging
from typing import TYPE_CHECKING

from airflow.sdk import get_current_context

from decision766_airflow.conventions import evaluated_at

if TYPE_CHECKING:
    from decision766.retention import Plan

log = logging.getLogger("decision766.airflow")


def plan() -> int:
    """Write to the log what is due, by rule, source and entity; return how many lines that is."""
    found = _plan()
    for due in found.due:
        log.info(
            "rule %s (%d days), %s, %s: %d landed objects, %d bytes, %d raw rows, from %s to %s",
            *(due.rule.id, due.rule.keep_days, due.source_id, due.entity, len(due.objects), due.bytes),
            *(due.rows, f"{due.oldest:%Y-%m-%d}", f"{due.newest:%Y-%m-%d}"),
        )
    log.info("%d removals broke off and will be finished", found.unfinished)
    return len(found.due)


def enforce(planned: int) -> dict[str, int]:
    """Take away what is due now; the plan is made anew, for a task may be cleared long after its run."""
    from decision766.landing import open_landing
    from decision766.retention import enforce as carry_out
    from decision766.retention import load_rules
    from decision766.settings import get_settings
    from decision766.warehouse.connect import warehouse_engine

    settings = get_settings()
    done = carry_out(warehouse_engine(), open_landing(settings), _plan(), load_rules(settings.retention_file))
    log.info("%d landed objects gone, %d raw rows without their details", done.objects, done.rows)
    return dict(vars(done))


def _plan() -> "Plan":
    from decision766.landing import open_landing
    from decision766.retention import load_rules, make_plan
    from decision766.settings import get_settings
    from decision766.warehouse.connect import warehouse_engine

    settings = get_settings()
    present = min(evaluated_at(get_current_context()), dt.datetime.now(dt.UTC))
    return make_plan(
        warehouse_engine(), open_landing(settings), load_rules(settings.retention_file), as_of=present
    )
