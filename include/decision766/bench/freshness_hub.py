"""The source of the freshness benchmark: one table per province in a database that one poll reads.

As a regional hub that replicates the one-stop systems: each province commits by itself, a view shows all.
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import yaml
from psycopg import sql
from sqlalchemy import Engine, text

from decision766.platform.databases import ensure_database
from decision766.settings import Settings
from decision766.warehouse.connect import database_url, libpq_url

DATABASE = "decision766_hub"
CONNECTION = "decision766_hub"
_COLUMNS = """
    ma_ho_so text primary key, ma_tthc text, kenh_thuc_hien text, doi_tuong text, ngay_nop timestamp,
    ngay_tiep_nhan timestamp, ngay_hen_tra timestamp, ngay_ket_thuc timestamp, trang_thai text,
    hinh_thuc text, noi_nop text, thanh_toan text, cap_nhat_luc timestamp
"""
_NEW = """
    insert into {table}
    select %(code)s, %(procedure)s, %(channel)s, '1', now, now, now + interval '14 days', null, '2',
        '1', '2', '0', now
    from (select date_trunc('second', clock_timestamp() at time zone 'Asia/Ho_Chi_Minh') as now) as clock
"""
_DONE = """
    update {table} set ngay_ket_thuc = now, trang_thai = '9', cap_nhat_luc = now
    from (select date_trunc('second', clock_timestamp() at time zone 'Asia/Ho_Chi_Minh') as now) as clock
    where ma_ho_so = %(code)s
"""


@dataclass(frozen=True)
class Change:
    """One change that a province has committed. committed_at: aware, when its commit had returned."""

    province: str
    dossier_code: str
    is_new: bool
    committed_at: dt.datetime


class Hub:
    """Tables of so many provinces, empty at first, in a database of their own."""

    def __init__(self, settings: Settings, provinces: list[str]):
        self.provinces = provinces
        ensure_database(settings, DATABASE)
        self._url = libpq_url(database_url(DATABASE, settings))
        with psycopg.connect(self._url) as connection:
            for province in provinces:
                connection.execute(sql.SQL("create schema {}").format(sql.Identifier(province.lower())))
                connection.execute(
                    sql.SQL("create table {} (" + _COLUMNS + ")").format(self._table(province))
                )
                connection.execute(sql.SQL("create index on {} (cap_nhat_luc)").format(self._table(province)))
            every = sql.SQL(" union all ").join(
                sql.SQL("select * from {}").format(self._table(province)) for province in provinces
            )
            connection.execute(sql.SQL("create view ho_so as {}").format(every))

    def follow_history(self, engine: Engine, each: int) -> None:
        """Hold the latest open dossiers of history too, so many per province: they are to be completed."""
        query = text("""
            select dossier_code, procedure_code, channel, received_at, promised_at from (
                select *, row_number() over (partition by province order by received_at desc) as place from (
                    select distinct on (dossier_code) *, split_part(unit_code, '.', 1) as province
                    from raw.dossier
                    where received_at > (select max(received_at) from raw.dossier) - interval '20 days'
                    order by dossier_code, version_at desc nulls last
                ) as latest
                where finished_at is null and status = 4
            ) as placed where place <= :each
        """)
        with engine.connect() as reader, psycopg.connect(self._url) as connection:
            for row in reader.execute(query, {"each": each}):
                connection.execute(
                    sql.SQL(
                        "insert into {} values (%s, %s, %s, '1', %s, %s, %s, null, '4', '1', '2', '0', %s)"
                    ).format(self._table(row.dossier_code.partition(".")[0])),
                    (
                        *(row.dossier_code, row.procedure_code, str(row.channel)),
                        *(_local(row.received_at), _local(row.received_at), _local(row.promised_at)),
                        _local(row.received_at),
                    ),
                )

    def write(self, per_minute: int, minutes: float, told: Callable[[int], None]) -> list[Change]:
        """Commit so many changes a minute in each province, evenly in time; two of three are new dossiers.

        Returns what was committed, in order. told: is given the count so far, once a second or so.
        """
        changes: list[Change] = []
        total = round(per_minute * minutes) * len(self.provinces)
        step, began = minutes * 60 / total, time.monotonic()
        with psycopg.connect(self._url, autocommit=True) as connection:
            waiting = {
                province: [
                    str(code)
                    for (code,) in connection.execute(
                        sql.SQL("select ma_ho_so from {} where ngay_ket_thuc is null order by 1").format(
                            self._table(province)
                        )
                    )
                ]
                for province in self.provinces
            }
            for number in range(total):
                time.sleep(max(0.0, began + number * step - time.monotonic()))
                province = self.provinces[number % len(self.provinces)]
                turn = number // len(self.provinces)
                changes.append(self._commit(connection, province, turn, waiting[province]))
                if number % 12 == 0:
                    told(number)
        return changes

    def _commit(
        self, connection: psycopg.Connection[tuple[object, ...]], province: str, turn: int, waiting: list[str]
    ) -> Change:
        is_new = turn % 3 < 2 or not waiting
        unit = turn % 32 + 1
        today = dt.datetime.now(dt.UTC) + dt.timedelta(hours=7)
        code = f"{province}.{unit}-{today:%y%m%d}-{900_000 + turn}" if is_new else waiting.pop(0)
        procedure = 18 + unit * 22 + turn % 22 if unit < 13 else turn % 40
        connection.execute(
            sql.SQL(_NEW if is_new else _DONE).format(table=self._table(province)),
            {"code": code, "procedure": f"1.{procedure:06d}", "channel": str(turn % 2 + 1)},
        )
        return Change(province, code, is_new, dt.datetime.now(dt.UTC))

    @staticmethod
    def _table(province: str) -> sql.Identifier:
        return sql.Identifier(province.lower(), "ho_so")


def write_source(folder: Path, provinces: list[str]) -> None:
    """Write the hub's source YAML: one source that covers every province, under the id of the history's."""
    folder.mkdir(parents=True)
    dates = {
        "NgayNopHoSo": "ngay_nop",
        "NgayTiepNhan": "ngay_tiep_nhan",
        "NgayHenTra": "ngay_hen_tra",
        "NgayKetThucXuLy": "ngay_ket_thuc",
    }
    config = {
        "id": "bench",
        "name": "Trục dữ liệu đo độ tươi",
        "family": "database",
        "connection": CONNECTION,
        "covers": provinces,
        "data_origin": "synthetic",
        "enabled": True,
        "pool": "provincial_systems",
        "retries": {"attempts": 3, "backoff_seconds": 2, "max_wait_seconds": 60},
        "z_means": "utc",
        "first_window_start": (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).date(),
        "entities": [
            {
                "entity": "dossier",
                "table": "ho_so",
                "cursor": {"column": "cap_nhat_luc", "kind": "local", "overlap_hours": 0.02},
                "order": ["ma_ho_so"],
                "fields": {
                    "MaHoSo": "ma_ho_so",
                    "MaTTHC": "ma_tthc",
                    "KenhThucHien": "kenh_thuc_hien",
                    "LoaiDoiTuong": "doi_tuong",
                    **{ours: {"from": theirs, "as": "datetime"} for ours, theirs in dates.items()},
                    "TrangThaiHoSo": "trang_thai",
                    "HinhThuc": "hinh_thuc",
                    "NoiNopHoSo": "noi_nop",
                    "DuocThanhToanTrucTuyen": "thanh_toan",
                },
            }
        ],
    }
    (folder / "bench.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")


def _local(moment: dt.datetime | None) -> dt.datetime | None:
    return moment and moment.astimezone(dt.timezone(dt.timedelta(hours=7))).replace(tzinfo=None)
