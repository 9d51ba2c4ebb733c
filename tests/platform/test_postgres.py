"""The embedded PostgreSQL: starts once, survives interruption, and says what to do when it cannot."""

import os
import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from decision766.platform import postgres, postgres_files
from decision766.platform.databases import (
    clone_database,
    drop_database,
    ensure_database,
    recreate_database,
    start_server,
)
from decision766.platform.errors import PlatformError
from decision766.platform.postgres import EmbeddedPostgres, free_port
from decision766.platform.postgres_files import resolve_files
from decision766.settings import Settings

pytestmark = pytest.mark.warehouse


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    embedded = EmbeddedPostgres(tmp_path / "home", free_port(), durable=False)
    yield embedded
    embedded.destroy()


def _connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(f"postgresql://decision766@127.0.0.1:{server.port}/postgres", autocommit=True)


def test_starts_once_and_stops_once(server):
    assert server.start() is True
    assert server.start() is False
    with _connect(server) as connection:
        row = connection.execute(
            "select current_setting('server_encoding'), datlocprovider::text, datlocale,"
            " current_setting('timezone') from pg_database where datname = current_database()"
        ).fetchone()
    assert row == ("UTF8", "b", "C.UTF-8", "Asia/Ho_Chi_Minh")
    assert server.stop() is True
    assert server.stop() is False
    assert server.running() is None


def test_data_survive_a_restart(server):
    server.start()
    with _connect(server) as connection:
        connection.execute("create table kept (name text)")
        connection.execute("insert into kept values ('Cà Mau')")
    server.stop()
    server.start()
    with _connect(server) as connection:
        assert connection.execute("select name from kept").fetchone() == ("Cà Mau",)


def test_busy_port_names_the_port_and_a_free_one(server):
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(PlatformError) as caught:
            server.start()
    assert str(server.port) in caught.value.message
    assert "DECISION766_DATABASE_PORT=" in caught.value.next_step


def test_interrupted_initdb_is_cleared_away(server):
    files = resolve_files(_made(server.home))
    half = files.state / "data.half-1-1"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    assert not half.exists()


def test_stale_pid_file_of_another_process_does_not_stop_the_start(server):
    server.start()
    files = resolve_files(server.home)
    content = (files.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    content[0] = str(os.getpid())  # the number was given to another process after a crash
    (files.data / "postmaster.pid").write_text("\n".join(content) + "\n")
    assert server.running() is None
    assert server.start() is True


def test_another_port_for_a_running_server_is_refused(server):
    server.start()
    with pytest.raises(PlatformError, match=f"runs already, on port {server.port}"):
        EmbeddedPostgres(server.home, free_port()).start()


def test_full_disk_is_said_before_anything_is_written(server, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(postgres.shutil, "disk_usage", lambda _: usage(10**9, 10**9, 10**6))
    with pytest.raises(PlatformError) as caught:
        server.start()
    assert "0.0 GB free" in caught.value.message
    assert "DECISION766_HOME" in caught.value.next_step


def test_data_of_another_major_version_are_left_alone(server):
    files = resolve_files(_made(server.home))
    files.data.mkdir()
    (files.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(PlatformError, match="PostgreSQL 15"):
        server.start()
    assert (files.data / "PG_VERSION").read_text() == "15\n"


def test_missing_wheel_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres_files, "PACKAGE", "no_such_package_766")
    with pytest.raises(PlatformError, match="not installed"):
        resolve_files(_made(tmp_path / "home"))


def test_external_server_starts_nothing(database_server, tmp_path):
    own = Settings(home=tmp_path / "home", database_url=database_server)
    assert start_server(own) is False
    assert not (tmp_path / "home").exists()


def test_unreachable_external_server_names_the_setting(tmp_path):
    own = Settings(home=tmp_path, database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/")
    with pytest.raises(PlatformError) as caught:
        start_server(own)
    assert "DECISION766_DATABASE_URL" in caught.value.next_step


def test_databases_are_created_cloned_and_recreated(database_server, tmp_path):
    own = Settings(home=tmp_path, database_url=database_server)
    name = f"made_{os.getpid()}"
    assert ensure_database(own, name) is True
    assert ensure_database(own, name) is False
    with psycopg.connect(f"{database_server.rstrip('/')}/{name}", autocommit=True) as connection:
        connection.execute("create table kept ()")
    clone_database(own, name, f"{name}_copy")
    recreate_database(own, name)
    for database, tables in ((name, 0), (f"{name}_copy", 1)):
        with psycopg.connect(f"{database_server.rstrip('/')}/{database}") as connection:
            found = connection.execute("select count(*) from pg_tables where tablename = 'kept'").fetchone()
        assert found == (tables,)
        drop_database(own, database)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_runs_the_server_as_another_user_even_from_a_closed_folder(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "home", free_port(), durable=False)
    try:
        server.start()
        files = resolve_files(server.home)
        assert not files.data.is_relative_to(closed)
        assert files.data.stat().st_uid == files.user.uid != 0
        assert resolve_files(server.home) == files
    finally:
        server.destroy()
    assert not files.state.parent.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_with_unreadable_binaries_uses_a_copy(tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = postgres_files.packaged_install().parent
    shutil.copytree(package, closed / package.name)
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
    monkeypatch.setattr(postgres_files, "packaged_install", lambda: closed / package.name / "pginstall")
    server = EmbeddedPostgres(tmp_path / "home", free_port(), durable=False)
    try:
        server.start()
        files = resolve_files(server.home)
        assert not files.binaries.is_relative_to(closed)
    finally:
        server.destroy()
    shutil.rmtree(files.binaries.parents[2])


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
