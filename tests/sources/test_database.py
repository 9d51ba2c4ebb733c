"""Family database on SQLite and PostgreSQL: complete, streamed, incremental, and unable to write."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from source_double import PRESENT

from decision766.platform.databases import drop_database, ensure_database
from decision766.settings import Settings, get_settings
from decision766.simulator.exchange_dossiers import DossierRecords
from decision766.simulator.replica import DOSSIERS, FEES, PROVINCE, fill_replica
from decision766.simulator.world import World
from decision766.sources import (
    Connection,
    SourceAnswer,
    SourceError,
    connection_from_environment,
    find_source,
)
from decision766.sources.database import DatabaseAdapter
from decision766.sources.database_config import DatabaseSource
from decision766.warehouse.connect import database_url

# Fields of the exchange that the replica's YAML does not ask for: people and free text stay where they are.
NOT_ASKED = {
    *("ChuHoSo", "SoGiayToChuHoSo", "SoDienThoai", "DiaChi", "TrichYeuHoSo", "Email", "Fax", "DinhDanhCHS"),
    *("TenTTHC", "TenLinhVuc", "DonViXuLy", "DSKetNoiCSDL", "DanhSachGiayToKetQua", "PhienBanPhanMem"),
    *("SoLuongBanSao", "ThoiDiemDongBo", "NguoiNopThay", "SoDinhDanhNguoiNopThay"),
}


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=600)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.warehouse)])
def replica(
    request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        engine = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('replica') / 'replica.db'}")
        fill_replica(engine, world)
        yield engine
        engine.dispose()
        return
    name = f"replica_{uuid.uuid4().hex[:12]}"
    settings = Settings(database_url=request.getfixturevalue("database_server"))
    ensure_database(settings, name)
    engine = sa.create_engine(database_url(name, settings))
    fill_replica(engine, world)
    yield engine
    engine.dispose()
    drop_database(settings, name)


def _source(**changes: Any) -> DatabaseSource:
    source = find_source(get_settings().sources_folder, "replica_h29")
    assert isinstance(source, DatabaseSource)
    quick = source.retries.model_copy(update={"attempts": 2, "backoff_seconds": 0.01})
    return source.model_copy(update={"retries": quick, **changes})


def _adapter(engine: sa.Engine, **changes: Any) -> DatabaseAdapter:
    return DatabaseAdapter(_source(**changes), Connection(engine.url.render_as_string(hide_password=False)))


def _fetch(adapter: DatabaseAdapter, cursor: str | None = None) -> list[SourceAnswer]:
    return list(adapter.fetch("dossier", cursor=cursor, observed_at=PRESENT))


def _records(answers: list[SourceAnswer]) -> list[dict[str, Any]]:
    return [record for answer in answers for record in answer.records["dossier"]]


def _bare(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _bare(item, names)
            for key, item in value.items()
            if item not in ("", None) and key not in names
        }
    return [_bare(item, names) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("part_rows", [1, 17, 5000])
def test_every_dossier_arrives_as_the_exchange_would_say_it(
    world: World, replica: sa.Engine, part_rows: int
) -> None:
    answers = _fetch(_adapter(replica, part_rows=part_rows))
    exchange = DossierRecords(world, PROVINCE)
    names = NOT_ASKED | {"TenPhiLePhi"}
    dossiers = sorted(world.all_dossiers(PROVINCE), key=lambda item: item.updated_at())
    expected = {item.code: _bare(exchange.record(item), names) for item in dossiers}
    records = [_bare(record, set()) for record in _records(answers)]
    assert {record["MaHoSo"]: record for record in records} == expected
    assert len(records) == len(expected)
    assert max(len(answer.records["dossier"]) for answer in answers) <= part_rows
    last = {item.code for item in dossiers if item.updated_at() == dossiers[-1].updated_at()}
    assert records[-1]["MaHoSo"] in last
    assert answers[-1].window is not None
    assert answers[-1].window.end == PRESENT


def test_people_are_not_even_asked_for(world: World, replica: sa.Engine) -> None:
    said = b"".join(answer.body for answer in _fetch(_adapter(replica))).decode()
    people = [dossier.person for dossier in world.all_dossiers(PROVINCE)]
    assert not [person.name for person in people if person.name in said or person.id_number in said]


def test_every_part_moves_the_cursor(replica: sa.Engine) -> None:
    whole = {record["MaHoSo"] for record in _records(_fetch(_adapter(replica)))}
    (entity,) = _source().entities
    assert entity.cursor is not None
    exact = entity.model_copy(update={"cursor": entity.cursor.model_copy(update={"overlap_hours": 0})})
    adapter = _adapter(replica, part_rows=20, entities=(exact,))
    held: set[str] = set()
    cursor = None
    for position, answer in enumerate(adapter.fetch("dossier", cursor=None, observed_at=PRESENT)):
        held |= {record["MaHoSo"] for record in _records([answer])}
        assert answer.window is not None
        cursor = adapter.next_cursor("dossier", cursor=cursor, observed_at=answer.window.end)
        if position == 5:
            break
    rest = _records(_fetch(adapter, cursor))
    assert held | {record["MaHoSo"] for record in rest} == whole
    assert len(rest) < len(whole)
    assert _fetch(adapter, (PRESENT + dt.timedelta(days=900)).isoformat()) == []


def test_a_later_change_is_read_within_the_overlap(tmp_path: Path, world: World) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'replica.db'}")
    fill_replica(engine, world)
    cursor = _adapter(engine).next_cursor("dossier", cursor=None, observed_at=PRESENT)
    late = PRESENT.replace(tzinfo=None) - dt.timedelta(hours=30)  # stamped before the last run's present
    with engine.begin() as connection:
        connection.execute(
            DOSSIERS.update().where(DOSSIERS.c.id == 7).values(trang_thai="8", cap_nhat_luc=late)
        )
        connection.execute(DOSSIERS.update().where(DOSSIERS.c.id == 8).values(cap_nhat_luc=None))
        codes = dict(connection.execute(sa.select(DOSSIERS.c.id, DOSSIERS.c.ma_ho_so)).tuples().all())
    found = {record["MaHoSo"]: record for record in _records(_fetch(_adapter(engine), cursor))}
    assert found[codes[7]]["TrangThaiHoSo"] == "8"
    assert codes[8] in found  # without a time of change it is read at every run
    assert len(found) < len(codes)


def test_the_session_cannot_write(replica: sa.Engine) -> None:
    adapter = _adapter(replica)
    with adapter._reading("dossier") as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.delete(FEES))
    assert adapter.notes() == []


def test_what_cannot_be_read_is_named_without_address_or_value(tmp_path: Path, replica: sa.Engine) -> None:
    (entity,) = _source().entities
    wrong = entity.model_copy(update={"fields": {**entity.fields, "MaHoSo": "ma_khac"}})
    with pytest.raises(SourceError, match="table ho_so:") as raised:
        _fetch(_adapter(replica, entities=(wrong,)))
    assert "ma_khac" not in str(raised.value)
    refused = Connection("postgresql+psycopg://127.0.0.1:9/replica", "reader", "secret-word")
    with pytest.raises(SourceError, match="OperationalError") as raised:
        _fetch(DatabaseAdapter(_source(), refused))
    assert raised.value.kind == "unreachable"
    assert "secret-word" not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)
    with pytest.raises(SourceError, match="install its driver or mend the connection"):
        _fetch(DatabaseAdapter(_source(), Connection("nosuch://host/x")))


MYSQLDB = "mysql+mysqldb"
LOGIN = {"login": "reader", "password": "p@ss"}


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("postgresql://reader:p%40ss@host:5433/mot_cua", "postgresql+psycopg://host:5433/mot_cua"),
        (
            json.dumps({"conn_type": "postgres", "host": "host", "schema": "x", **LOGIN}),
            "postgresql+psycopg://host/x",
        ),
        (
            json.dumps(
                {
                    "conn_type": "mysql",
                    "host": "h",
                    "schema": "x",
                    **LOGIN,
                    "extra": {"driver": "mysql+mysqldb"},
                }
            ),
            f"{MYSQLDB}://h/x",
        ),
    ],
)
def test_a_connection_names_a_database(value: str, url: str) -> None:
    connection = connection_from_environment("replica", {"AIRFLOW_CONN_REPLICA": value})
    assert (connection.base_url, connection.login, connection.password) == (url, "reader", "p@ss")
    text = json.dumps({"conn_type": "sqlite", "host": "/data/x.db"})
    file = connection_from_environment("replica", {"AIRFLOW_CONN_REPLICA": text})
    assert file.base_url == "sqlite:////data/x.db"
