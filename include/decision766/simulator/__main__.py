"""Start the stand-in sources: `python -m decision766.simulator --port 18766 [--faults plan.yaml]`."""

import argparse
import os
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import create_engine

from decision766.settings import get_settings
from decision766.simulator.exchange_api import CACHED_REPLIES
from decision766.simulator.fault_plan import FaultPlanError, load_fault_plan
from decision766.simulator.faults import FaultInjector
from decision766.simulator.inbox import fill_inbox
from decision766.simulator.misbehaviour import CASES
from decision766.simulator.planting import Planting
from decision766.simulator.replica import fill_replica
from decision766.simulator.server import create_app
from decision766.simulator.world import (
    DEFAULT_DOSSIERS,
    DEFAULT_FIRST_MONTH,
    DEFAULT_MONTHS,
    DEFAULT_PRESENT,
    DEFAULT_SEED,
    World,
)


def main(arguments: list[str] | None = None) -> None:
    """Build the world, then serve it until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m decision766.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=get_settings().simulator_port)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--dossiers", type=int, default=DEFAULT_DOSSIERS, help="how many in all")
    parser.add_argument("--first-month", default=DEFAULT_FIRST_MONTH, help="yyyy-mm")
    parser.add_argument("--months", type=int, default=DEFAULT_MONTHS)
    parser.add_argument("--present", default=DEFAULT_PRESENT, help="the world's fixed now, ISO with offset")
    parser.add_argument(
        "--replica",
        default=os.environ.get("DECISION766_STAND_IN_REPLICA"),
        help="SQLAlchemy URL of a database to fill with one province's tables "
        "(DECISION766_STAND_IN_REPLICA: no password on the command line)",
    )
    parser.add_argument("--inbox", type=Path, help="a folder to fill with the files that one province sends")
    parser.add_argument(
        "--cached-replies", type=int, default=CACHED_REPLIES, help="exchange replies kept ready"
    )
    parser.add_argument("--log-level", default="warning")
    parser.add_argument("--faults", type=Path, help="a fault plan, YAML (simulator/fault_plan.py)")
    parser.add_argument("--misbehave", nargs="+", choices=CASES, default=[], help="cases of bad data")
    parser.add_argument("--plant-bad", type=float, default=0.0, help="share of records to spoil: 0.05")
    parser.add_argument(
        "--withhold-procedures", type=int, default=0, help="how many the catalogue leaves out"
    )
    parser.add_argument("--planted", type=Path, help="write which record was spoiled how to this file")
    asked = parser.parse_args(arguments)
    try:
        plan = load_fault_plan(asked.faults) if asked.faults else None
    except FaultPlanError as error:
        parser.error(str(error))
    world = World.build(asked.seed, asked.dossiers, asked.first_month, asked.months, asked.present)
    if asked.replica:
        engine = create_engine(asked.replica)
        fill_replica(engine, world)
        engine.dispose()
    if asked.inbox:
        fill_inbox(asked.inbox, world)
    planting = None
    if asked.plant_bad or asked.withhold_procedures:
        planting = Planting(asked.plant_bad, withheld=asked.withhold_procedures)
    app: Any = create_app(
        world,
        misbehave=asked.misbehave,
        planting=planting,
        cached_replies=asked.cached_replies,
        filled=bool(asked.replica and asked.inbox),
    )
    if planting and asked.planted:
        planting.write(asked.planted)
    if plan is not None:
        app = FaultInjector(app, plan)
    uvicorn.run(app, host=asked.host, port=asked.port, log_level=asked.log_level)


if __name__ == "__main__":
    main()
