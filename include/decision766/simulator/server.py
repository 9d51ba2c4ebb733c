"""The stand-in's HTTP server: the portal's evaluation API and the provinces' exchange gateways."""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import FastAPI

from decision766.simulator.evaluation_api import evaluation_router
from decision766.simulator.exchange_api import CACHED_REPLIES, SESSION_CALLS, exchange_router
from decision766.simulator.gateway_api import gateway_router
from decision766.simulator.igate_api import IGATE_PROVINCE, igate_router
from decision766.simulator.misbehaviour import Misbehaviour
from decision766.simulator.places import portal_id
from decision766.simulator.planting import Planting
from decision766.simulator.recordings import Recordings
from decision766.simulator.world import World


def create_app(
    world: World,
    recordings: Recordings | None = None,
    *,
    session_calls: int = SESSION_CALLS,
    igate: Mapping[str, Any] | None = None,
    misbehave: Collection[str] = (),
    filled: bool = False,
    planting: Planting | None = None,
    cached_replies: int = CACHED_REPLIES,
) -> FastAPI:
    """Return the application that speaks for a world and for the recordings.

    session_calls: how many calls an exchange session lasts. igate: options of `igate_router`.
    misbehave: names of `misbehaviour.CASES`. planting: bad rows in the exchange, planned here. filled:
    whether a replica and an inbox of this world stand ready besides, which `/healthz` tells.
    cached_replies: replies of the exchange that are kept ready.

    Raises:
        ValueError: misbehave names no case.
    """
    app = FastAPI(title="Decision 766 stand-in sources", openapi_url=None)
    recorded = recordings or Recordings()
    misbehaviour = Misbehaviour(misbehave)
    app.include_router(evaluation_router(world, recorded, misbehaviour))
    app.include_router(exchange_router(world, session_calls, misbehaviour, planting, cached_replies))
    app.include_router(igate_router(world, IGATE_PROVINCE, **(igate or {})), prefix="/igate")
    app.include_router(gateway_router(world))

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        """Answer once the world is built: its parameters and the roots that may be asked for."""
        return {
            "status": "ok",
            "replica_and_inbox": filled,
            "seed": world.seed,
            "dossiers": sum(len(found) for found in world.dossiers.values()),
            "present": f"{world.present.isoformat()}+07:00",
            "roots": {**{code: portal_id("unit", code) for code in world.units}, "H44": recorded.root_id},
        }

    return app
