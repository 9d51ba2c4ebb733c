"""The scoreboard inside Airflow: a menu entry, a tab on the DAGs, and Airflow's own login before every page.

Every process of Airflow loads this file, so the pages and what they draw with are imported by the API
server alone, at the first request.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI

PREFIX = "/decision766"


class LazyScoreboard:
    """The pages as an ASGI application that is made when it is first asked."""

    def __init__(self) -> None:
        self._app: FastAPI | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if self._app is None:
            from decision766.scoreboard.app import create_app
            from decision766.settings import get_settings

            limit = get_settings().api_requests_per_minute
            self._app = create_app(guards=[login_guard()], requests_per_minute=limit, under_airflow_at=PREFIX)
        await self._app(scope, receive, send)


def login_guard() -> Any:
    """Make the dependency that lets in only users whom Airflow knows and lets see its website.

    Airflow does not guard the applications of plugins: each asks for its user itself. Who is not logged in
    is sent to Airflow's login and comes back to the page.
    """
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import Depends, HTTPException, Request

    from decision766.scoreboard.visitors import load_visitors
    from decision766.settings import get_settings

    visitors = load_visitors(get_settings())

    # Not annotations of the names above as strings: FastAPI reads them from the function itself.
    async def logged_in(request: Request, bearer: Any = Depends(bearer_scheme)) -> None:  # noqa: B008
        try:
            user = await get_user(request, None, bearer)
        except HTTPException as refusal:
            if refusal.status_code != 401 or bearer:
                raise
            root = request.scope.get("root_path", "").removesuffix(PREFIX)
            login = f"{root}/api/v2/auth/login?next={quote(str(request.url), safe='')}"
            raise HTTPException(307, headers={"Location": login}) from None
        if not get_auth_manager().is_authorized_view(access_view=AccessView.WEBSITE, user=user):
            raise HTTPException(403)
        request.state.identity = visitors.of(user.get_name(), _roles(user))

    return logged_in


def _roles(user: Any) -> list[str]:
    """Names of the user's roles: the simple manager's users have one, Flask-AppBuilder's a list."""
    held = getattr(user, "roles", None) or [getattr(user, "role", None)]
    return [str(getattr(role, "name", role)) for role in held if role]


def _view(name: str, path: str, destination: str, route: str) -> dict[str, str]:
    base = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    return {
        "name": name,
        "href": f"{base}{PREFIX}{path}",
        "destination": destination,
        "url_route": route,
        "icon": f"{base}{PREFIX}/static/icon.svg",
    }


class ScoreboardPlugin(AirflowPlugin):
    """Registers the pages with Airflow."""

    name = "decision766_scoreboard"  # Airflow takes one plugin of a name
    fastapi_apps = [  # noqa: RUF012 - Airflow reads a list from the class
        {"app": LazyScoreboard(), "url_prefix": PREFIX, "name": "Decision 766: scoreboard"}
    ]
    external_views = [  # noqa: RUF012
        _view("Điểm 766", "/vi", "nav", "decision766"),
        _view("Dòng dữ liệu 766", "/vi/pipeline", "dag", "decision766-pipeline"),
    ]
