"""All six families with people planted in whatever they send, and where each is to be reached."""

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from openpyxl import Workbook
from tests.privacy.planting import SAMPLES, Planter
from tests.sources.source_double import Double, Reply, Request

from decision766.records import ENTITIES
from decision766.simulator.replica import fill_replica
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from stand_in_server import serving_app

_SERVICES = {spec.service: name for name, spec in ENTITIES.items() if spec.service}
# Their records are whole catalogues: a planted copy would stand beside the real one under its key.
_IN_PLACE = {"org_unit", "procedure"}


class PlantedApp:
    """The stand-in, but people stand in every answer: beside what it says, and in copies of its records."""

    def __init__(self, app: Any, planter: Planter):
        self._app, self._planter = app, planter

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
            return
        message = await receive()
        asked, parts, head = message.get("body", b""), list[bytes](), {}

        async def again() -> Any:
            return {"type": "http.request", "body": asked, "more_body": False}

        async def keep(part: Any) -> None:
            head.update(part) if part["type"] == "http.response.start" else parts.append(
                part.get("body", b"")
            )

        await self._app(scope, again, keep)
        body = self._planted(scope["path"], asked, b"".join(parts))
        headers = [(name, value) for name, value in head["headers"] if name != b"content-length"]
        await send({**head, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    def _planted(self, path: str, asked: bytes, body: bytes) -> bytes:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        if path.endswith(("/login", "/token")):
            return body
        if path.endswith("/service"):
            return orjson.dumps(self._exchange(orjson.loads(asked).get("service"), answer))
        if "--by-dossiers" in path:
            return body
        return orjson.dumps(self._planter.spoil(answer))

    def _exchange(self, service: str, answer: Any) -> Any:
        """The records of an exchange reply, however it is wrapped, with planted ones behind them."""
        text = answer.get("message")
        if isinstance(text, str) and text.startswith("{"):
            return {**answer, "message": orjson.dumps(self._exchange(service, orjson.loads(text))).decode()}
        entity, records = _SERVICES.get(service), answer.get("result")
        if not isinstance(records, list) or not records or entity is None:
            return answer
        planted = list(self._planter.records(records[0], per_place=1))
        if entity in _IN_PLACE:
            planted = []
            records = [
                {**record, "ghiChu": self._planter.next(), "hoTen": self._planter.next()}
                for record in records
            ]
        return {**answer, "result": [*records, *planted], "nguoiGui": self._planter.next()}


@contextmanager
def planted_stand_in(world: World, planter: Planter) -> Iterator[str]:
    """Serve a world through which people shine; gives the base URL."""
    with serving_app(PlantedApp(create_app(world), planter), log_level="critical") as url:
        yield url


@contextmanager
def refusing(planter: Planter) -> Iterator[Double]:
    """A server that admits everybody and answers each call with another kind of error, people in all."""
    double, bodies = Double(), list(planter.broken_bodies())
    turn = iter(range(10**9))

    def answer(request: Request) -> Reply:
        if request.path.endswith(("/login", "/token")):
            return Reply(body=json.dumps({"error_code": "0", "session": "s", "access_token": "t"}).encode())
        status, body, headers = bodies[next(turn) % len(bodies)]
        return Reply(status, body, headers)

    double.answer = answer
    try:
        yield double
    finally:
        double.close()


def fill_inbox(root: Path, planter: Planter) -> Path:
    """An inbox in a folder called after somebody, full of files called after people, good and bad ones."""
    folder = root / planter.next("texts", "birthdays").replace("/", " ")
    folder.mkdir(parents=True)
    for entity, sample in SAMPLES.items():
        stem = ENTITIES[entity].file_stem
        lines = [orjson.dumps(record) for record in (sample, *planter.records(sample, per_place=6))]
        lines += [
            f"{planter.next()} is no JSON".encode(),
            orjson.dumps(planter.next()),
            orjson.dumps([planter.next()]),
        ]
        lines += [b'{"MaHoSo": "' + planter.next().encode(), b"\xff\xfe" + planter.next().encode("utf-16-le")]
        _name(folder, f"{stem}-", ".ndjson", planter).write_bytes(b"\n".join(lines))
    _csv(folder, planter)
    _forms(folder, planter)
    content = gzip.compress(orjson.dumps(SAMPLES["dossier"]) * 50)
    _name(folder, "dossiers ", ".ndjson.gz", planter).write_bytes(content[:-12])
    _name(folder, "petitions ", ".csv", planter).write_text(f"{planter.next()};{planter.next()}\n1;2\n")
    _name(folder, "ratings ", ".csv", planter).write_bytes(
        b"MaHoSo,DanhGia,HoTen\n" + planter.next().encode() + b"\n" * 3 + b"\xff\xfe\x00" * 300_000
    )
    for ending in (
        ".docx",
        ".pdf",
        "",
        f".{planter.next('texts', 'birthdays', 'numbers').replace('/', ' ')}",
    ):
        _name(folder, "", ending, planter).write_bytes(planter.next().encode())
    return folder


def _name(folder: Path, before: str, ending: str, planter: Planter) -> Path:
    who = planter.next("birthdays").replace("/", " ")[:80]
    return folder / f"{before}{who}{ending}"


def _csv(folder: Path, planter: Planter) -> None:
    head = [
        "MaHoSo",
        "NgayTiepNhan",
        "TrangThaiHoSo",
        "ChuHoSo",
        "MaLinhVuc",
        planter.next("texts"),
        "NgaySinh",
    ]
    rows = [
        [f"H44.07-260815-{number:05d}", *(planter.next() for _ in head[1:])] for number in range(100, 400)
    ]
    rows += [[planter.next()] * 3, [planter.next()] * 20, ['"' + planter.next()]]
    text = "\n".join("|".join(cell.replace("|", " ") for cell in row) for row in [head, *rows])
    _name(folder, "dossiers ", ".csv", planter).write_text(text, encoding="utf-8")


def _forms(folder: Path, planter: Planter) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "".join(char for char in planter.next("texts", "birthdays") if char.isalnum())[:31]
    sheet.append([f"Đơn vị báo cáo: {planter.next('texts')}"])
    sheet.append([f"Kỳ báo cáo: tháng 8 năm 2026, người lập {planter.next()}"])
    sheet.append(["STT", "Đơn vị", "Số hồ sơ tiếp nhận trong kỳ", planter.next()])
    sheet.append([1, "H44.07", 12, planter.next()])
    for number in range(2, 60):
        sheet.append([number, planter.next(), planter.next(), planter.next()])
    for row, number in enumerate((79185001234567, 272345678123), start=70):
        sheet.cell(row, 2).value = number
        sheet.cell(row, 2).number_format = "dd/mm/yyyy"  # openpyxl warns, and quotes the number
    sheet.append([planter.next(), planter.next()])
    book.properties.creator = planter.next()
    book.create_sheet(
        "".join(char for char in planter.next("texts", "birthdays") if char.isalnum())[:31]
    ).append([planter.next(), planter.next()])
    book.save(_name(folder, "bieu 06a ", ".xlsx", planter))
    _name(folder, "bieu 07a ", ".xlsx", planter).write_bytes(b"PK\x03\x04" + planter.next().encode() * 20)


def fill_planted_replica(engine: sa.Engine, world: World, planter: Planter) -> None:
    """Tables of a provincial database in which people stand in every text column."""
    fill_replica(engine, world)
    columns = [
        *(
            "ma_ho_so",
            "ma_tthc",
            "ma_linh_vuc",
            "kenh_thuc_hien",
            "doi_tuong",
            "trang_thai",
            "hinh_thuc",
            "noi_nop",
        ),
        *("thanh_toan", "chu_ho_so", "ghi_chu_noi_bo"),
    ]
    with engine.begin() as connection:
        keys = list(connection.execute(sa.text("select id from ho_so order by id limit 400")).scalars())
        for number, key in enumerate(keys):
            name = columns[number % len(columns)]
            connection.execute(
                sa.text(f"update ho_so set {name} = :value, bo_sung = :more where id = :id"),
                {
                    "value": planter.next(),
                    "more": json.dumps([{"HoSoBoSungId": planter.next(), planter.next(): planter.next()}]),
                    "id": key,
                },
            )
            for table, column in (("giay_to", "ma_thanh_phan"), ("giay_to", "so_hoa"), ("le_phi", "ma_phi")):
                connection.execute(
                    sa.text(f"update {table} set {column} = :value where ho_so_id = :id"),
                    {"value": planter.next(), "id": key},
                )


def break_replica(engine: sa.Engine, planter: Planter) -> None:
    """In place of the table a view that fails whenever it is asked, and quotes somebody as it does."""
    who = planter.next("birthdays", "numbers").replace("'", " ").replace("%", " ")
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table ho_so rename to ho_so_cu")
        connection.exec_driver_sql(
            f"create view ho_so as select * from ho_so_cu where (select ('{who}' || '')::int) = 1"
        )


PRESENT = dt.datetime(2026, 9, 28, 8, tzinfo=dt.timezone(dt.timedelta(hours=7)))
