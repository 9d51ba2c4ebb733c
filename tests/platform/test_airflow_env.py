"""One environment for every Airflow process: complete, quiet, and with secrets that stay put."""

import json
import stat

import pytest
from pydantic import ValidationError

from decision766.platform.airflow_env import (
    AIRFLOW_SETTINGS,
    TELEMETRY_OFF,
    airflow_environment,
    airflow_secrets,
    child_environment,
    stand_in_connections,
    write_password_file,
)
from decision766.settings import PROJECT_ROOT, Settings
from decision766.simulator.exchange_api import DIALECTS
from decision766.sources.config import EvaluationSource, ExchangeSource, load_sources
from decision766.sources.connections import connection_from_environment


@pytest.mark.parametrize("minutes", [0, 7, 61])
def test_readings_come_evenly(minutes: int):
    with pytest.raises(ValidationError, match="ingest_minutes"):
        Settings(ingest_minutes=minutes)


def test_sources_may_stand_elsewhere(tmp_path):
    assert Settings().sources_folder == PROJECT_ROOT / "include" / "sources"
    assert Settings(sources_path=tmp_path).sources_folder == tmp_path


def test_all_processes_agree_on_address_and_ports(tmp_path):
    environment = airflow_environment(Settings(home=tmp_path, airflow_port=50100))
    assert environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:50100"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:50100/execution/"
    ports = {
        value
        for name, value in environment.items()
        if name.startswith("AIRFLOW__") and name.endswith("_PORT")
    }
    assert ports == {"50100", "50101", "50102"}
    assert AIRFLOW_SETTINGS.items() <= environment.items()
    assert TELEMETRY_OFF.items() <= environment.items()


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path):
    settings = Settings(home=tmp_path)
    first = airflow_secrets(settings)
    assert airflow_secrets(settings) == first
    assert len(set(first.values())) == 4
    write_password_file(settings)
    for file in (tmp_path / "secrets" / "airflow.json", tmp_path / "airflow" / "passwords.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = json.loads((tmp_path / "airflow" / "passwords.json").read_text())["admin"]
    assert password == first["admin_password"]


def test_children_get_our_settings_but_not_our_keys(tmp_path):
    environment = child_environment(Settings(home=tmp_path, pseudonym_key="k1:00", simulator_port=50200))
    assert environment["DECISION766_HOME"] == str(tmp_path)
    assert environment["DECISION766_SIMULATOR_PORT"] == "50200"
    assert "DECISION766_PSEUDONYM_KEY" not in environment
    assert "127.0.0.1" in environment["no_proxy"].split(",")


def test_a_connection_of_the_caller_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_DECISION766_H12", "http://real.example")
    environment = airflow_environment(Settings(home=tmp_path), connections=stand_in_connections())
    assert environment["AIRFLOW_CONN_DECISION766_H12"] == "http://real.example"
    assert "stand" in environment["AIRFLOW_CONN_DECISION766_H17"]


def test_the_stand_in_lets_every_default_connection_in():
    environ = {
        f"AIRFLOW_CONN_{name.upper()}": value for name, value in stand_in_connections(port=50300).items()
    }
    sources = load_sources(Settings().sources_folder)
    for source in sources:
        if isinstance(source, EvaluationSource):
            connection = connection_from_environment(source.connection, environ)
            assert connection.base_url == "http://127.0.0.1:50300/api/v1/reporting"
        elif isinstance(source, ExchangeSource):
            connection = connection_from_environment(source.connection, environ)
            (province,) = source.covers
            assert (connection.login, connection.password) == (
                DIALECTS[province].username,
                DIALECTS[province].password,
            )
            assert connection.extra["madonvi"] == province
            assert connection.extra["dstcode"]
    assert len(sources) >= 7
