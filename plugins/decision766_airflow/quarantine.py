"""The parameters and the task body of the replaying DAG."""

import logging
from functools import partial
from typing import Any

from airflow.sdk import Param, get_current_context

PARAMS: dict[str, Param] = {
    "rule": Param(None, type=["null", "string"], title="Rule", description="dossier.procedure_code.known"),
    "source": Param(None, type=["null", "string"], title="Source", description="province_h12"),
    "unit": Param(None, type=["null", "string"], title="Unit", description="H12.07, with the units below it"),
    "ids": Param([], type="array", items={"type": "integer"}, title="Entries", description="quarantine_id"),
    "by": Param(
        "airflow", type="string", minLength=1, title="By", description="Who does it; stays on record."
    ),
    "preview": Param(
        False, type="boolean", title="Preview", description="Show what would happen, keep nothing."
    ),
    "effect": Param(True, type="boolean", title="Effect", description="Work out what it does to the scores."),
}
LINES = 60


def replay_or_stop() -> bool:
    """Replay what the parameters select; False, and the run ends here, if nothing changed for the marts."""
    from decision766.quarantine import Selection, carry_out, replay
    from decision766.settings import get_settings
    from decision766.validation.rules import load_suites
    from decision766.warehouse.connect import warehouse_engine

    params: dict[str, Any] = dict(get_current_context()["params"])
    selection = Selection(
        ids=tuple(params["ids"] or ()),
        rule=params["rule"] or None,
        source=params["source"] or None,
        unit=params["unit"] or None,
    )
    settings = get_settings()
    suites = load_suites(settings.project_root / "expectations")
    change = carry_out(
        warehouse_engine(),
        partial(replay, suites=suites, selection=selection, author=params["by"]),
        settings=settings,
        preview=params["preview"],
        with_effect=params["effect"],
    )
    log = logging.getLogger("decision766.airflow")
    for line in change.lines()[:LINES]:
        log.info(line)
    return change.is_made and not change.moves.is_nothing
