"""The Airflow plugin: light to load, and closed to whom Airflow does not know."""

import subprocess
import sys

import pytest

from decision766.settings import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.airflow]

LOADED = """
import sys
before = set(sys.modules)
sys.path.insert(0, {plugins!r})
import airflow.plugins_manager, airflow.configuration
known = set(sys.modules)
from decision766_airflow.scoreboard import ScoreboardPlugin
roots = {{name.split(".")[0] for name in set(sys.modules) - known}}
heavy = roots & {{"matplotlib", "pandas", "jinja2", "openpyxl"}}
assert not heavy, heavy
assert not [name for name in set(sys.modules) - known if name.startswith("decision766.scoreboard")]
(app,) = ScoreboardPlugin.fastapi_apps
assert app["url_prefix"] == "/decision766"
assert [view["href"] for view in ScoreboardPlugin.external_views] == {hrefs!r}
"""


@pytest.mark.parametrize(
    ("base_url", "hrefs"),
    [
        ("http://localhost:8080", ["/decision766/vi", "/decision766/vi/pipeline"]),
        ("https://x.example/airflow/", ["/airflow/decision766/vi", "/airflow/decision766/vi/pipeline"]),
    ],
)
def test_loading_it_imports_no_page_and_follows_airflows_own_address(tmp_path, base_url, hrefs):
    script = LOADED.format(plugins=str(PROJECT_ROOT / "plugins"), hrefs=hrefs)
    environment = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__API__BASE_URL": base_url, "PATH": "/usr/bin:/bin"}
    environment["PYTHONPATH"] = str(PROJECT_ROOT / "include")
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
