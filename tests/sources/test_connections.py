"""Connections from the environment, in both forms that Airflow knows, and from Airflow itself."""

import json

import pytest
from airflow.models.connection import Connection as AirflowConnection

from decision766.sources import (
    Connection,
    ConnectionMissingError,
    connection_from_airflow,
    connection_from_environment,
)

H12 = Connection("http://127.0.0.1:18766/base", "user@x", "p/w:d", {"dstcode": "VN:GOV", "madonvi": "H12"})
FORMS = {
    "uri": "http://user%40x:p%2Fw%3Ad@127.0.0.1:18766/base?dstcode=VN%3AGOV&madonvi=H12",
    "uri with protocol": "generic://http://user%40x:p%2Fw%3Ad@127.0.0.1:18766/base?dstcode=VN%3AGOV&madonvi=H12",
    "json, url as host": json.dumps(
        {
            "conn_type": "http",
            "host": "http://127.0.0.1:18766/base",
            "login": "user@x",
            "password": "p/w:d",
            "extra": {"dstcode": "VN:GOV", "madonvi": "H12"},
        }
    ),
    "json, parts": json.dumps(
        {
            "conn_type": "http",
            "host": "127.0.0.1",
            "port": 18766,
            "schema": "http",
            "login": "user@x",
            "password": "p/w:d",
            "extra": json.dumps({"dstcode": "VN:GOV", "madonvi": "H12", "base_path": "/base/"}),
        }
    ),
}


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS.keys())
def test_both_forms_are_read(value: str) -> None:
    found = connection_from_environment("decision766_h12", {"AIRFLOW_CONN_DECISION766_H12": value})
    assert (found.base_url, found.login, found.password) == (H12.base_url, H12.login, H12.password)
    assert {key: found.extra[key] for key in H12.extra} == H12.extra


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS.keys())
def test_airflow_reads_the_same_from_the_same_text(value: str) -> None:
    theirs = AirflowConnection.from_json(value) if value.startswith("{") else AirflowConnection(uri=value)
    found = connection_from_airflow(theirs)
    assert (found.base_url, found.login, found.password) == (H12.base_url, H12.login, H12.password)
    assert {key: found.extra[key] for key in H12.extra} == H12.extra


@pytest.mark.parametrize(
    ("value", "base_url"),
    [
        ("https://host", "https://host"),
        ("http://host:8080/", "http://host:8080"),
        ("http://host:8080/https", "https://host:8080"),
        (
            '{"host": "https://dichvucong.gov.vn/api/v1/reporting/"}',
            "https://dichvucong.gov.vn/api/v1/reporting",
        ),
        ('{"conn_type": "http", "host": "h", "schema": "https", "port": 1}', "https://h:1"),
        ('{"conn_type": "fs", "extra": {"path": "/data/inbox"}}', "/data/inbox"),
        ("file:///data/inbox", "/data/inbox"),
    ],
)
def test_where_the_base_url_may_stand(value: str, base_url: str) -> None:
    assert connection_from_environment("x", {"AIRFLOW_CONN_X": value}).base_url == base_url


@pytest.mark.parametrize("value", ["", "{", '{"password": "secret"}', "http://", "secret"])
def test_what_cannot_be_used_is_named_without_its_value(value: str) -> None:
    with pytest.raises(ConnectionMissingError, match="AIRFLOW_CONN_X") as raised:
        connection_from_environment("x", {"AIRFLOW_CONN_X": value})
    assert "secret" not in str(raised.value)


def test_the_password_is_not_shown() -> None:
    assert "p/w:d" not in repr(H12)
