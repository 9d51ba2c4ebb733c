"""docker-compose.yaml fits the compose specification and starts what `decision766 up` starts."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from decision766.platform.airflow_env import AIRFLOW_SETTINGS, airflow_environment, stand_in_connections
from decision766.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yaml"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(FILE.read_text())


def test_fits_the_compose_specification():
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_starts_postgres_the_stand_in_and_every_part_of_airflow(compose):
    services = compose["services"]
    commands = {name: service.get("command") for name, service in services.items()}
    parts = {command[1] for command in commands.values() if command and command[0] == "airflow"}
    assert parts == {
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
    }  # what `airflow standalone` starts
    assert commands["stand-in-sources"][:3] == ["python", "-m", "decision766.simulator"]
    assert services["postgres"]["image"].split(":")[1] == "18"  # as the embedded one
    assert "decision766 db migrate" in commands["airflow-init"][-1]
    assert set(services) == {
        *{"postgres", "stand-in-sources", "airflow-init"},
        *{f"airflow-{part}" for part in parts},
    }


def test_airflow_has_the_settings_of_up(compose, tmp_path):
    stated = compose["x-environment"]
    for name, value in AIRFLOW_SETTINGS.items():
        assert stated[name] == value, name
    wanted = {name for name in airflow_environment(Settings(home=tmp_path)) if name.startswith("AIRFLOW__")}
    assert {name for name in stated if name.startswith("AIRFLOW__")} == wanted
    for service in compose["services"].values():
        if service["image"].startswith("decision766"):
            assert stated.items() <= service["environment"].items()


def test_connections_are_those_of_the_stand_in(compose):
    stated = {
        name.removeprefix("AIRFLOW_CONN_").lower(): json.loads(value)
        for name, value in compose["x-environment"].items()
        if name.startswith("AIRFLOW_CONN_")
    }
    expected = stand_in_connections(host="stand-in-sources", port=18766)
    assert stated == {name: json.loads(value) for name, value in expected.items()}


def test_ports_are_those_of_up_and_on_this_machine_only(compose):
    published = {port for service in compose["services"].values() for port in service.get("ports", [])}
    defaults = Settings()
    assert published == {
        f"127.0.0.1:{defaults.database_port}:5432",
        f"127.0.0.1:{defaults.airflow_port}:{defaults.airflow_port}",
    }


def test_every_variable_is_in_the_example_and_none_has_a_value():
    used = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    example = (ROOT / ".env.example").read_text()
    assert used == set(re.findall(r"^(\w+)=$", example, flags=re.M))
    assert not re.search(r"^\w+=.", example, flags=re.M)
