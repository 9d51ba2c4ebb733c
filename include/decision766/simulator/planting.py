"""Bad rows planted on purpose, each written down: how many, which, spoiled how, under which rule they belong.

A share of the dossiers, events and petitions of every province is spoiled, the kinds in turn, so that each
occurs. Which records are hit follows from their content: every call renders the same bytes, and without
planting the same records come as they truly are. Some procedures may be withheld from the catalogue as
well: then good rows refer to what nobody lists. A planted record carries its number in an undeclared field,
by which its row in raw is found whatever was done to its key.
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from decision766.simulator.world import World

Record = dict[str, Any]
MARK = "SoKiemThu"
UNREADABLE = "20261399000000"
EARLY = "19980302080000"
STRANGE_PROCEDURE = "9.888888"
DOSSIERS, EVENTS, PETITIONS = "DongBoHoSoMC", "CapNhatTienDoHoSoMC", "LayDanhSachPAKN"
ENTITIES = {DOSSIERS: "dossier", EVENTS: "dossier_event", PETITIONS: "petition"}
CATALOGUE = ("LayThuTuc", "LayDanhSachTTHC")  # procedures, and the list of their keys
REFERRING = {
    "LayDichVuCong": "service",
    "LayThamQuyen": "unit_procedure_authority",
    "LayBoPhanTTHC": "procedure_part",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to spoil a record. rule: what must hold it. fits: whether a record can be spoiled so."""

    name: str
    service: str
    rule: str
    spoil: Callable[[Record], Mapping[str, Any]]
    fits: Callable[[Record], bool] = lambda record: True


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted record. number: what stands in `MARK` of it, None where nothing in the record is wrong.

    procedure_code: of records that name a withheld procedure.
    """

    number: int | None
    province: str
    entity: str
    kind: str
    rule: str
    procedure_code: str | None = None


def _days_before(stamp: str, days: int = 3) -> str:
    """A local date-time some days earlier, never before the first of its month."""
    day = int(stamp[6:8])
    if day > days:
        return f"{stamp[:6]}{day - days:02d}{stamp[8:]}"
    year, month = divmod(int(stamp[:4]) * 12 + int(stamp[4:6]) - 2, 12)
    return f"{year}{month + 1:02d}{20:02d}{stamp[8:]}"


def _received(record: Record) -> bool:
    stamp = str(record.get("NgayTiepNhan") or record.get("NgayNhan") or "")
    return len(stamp) == 14 and stamp.isdigit()


def _strange_unit(record: Record) -> Mapping[str, Any]:
    unit, _, rest = record["MaHoSo"].partition("-")
    return {"MaHoSo": f"{unit.partition('.')[0]}.999-{rest}"}


def _future(record: Record) -> Mapping[str, Any]:
    return {"NgayTiepNhan": "20990302080000", "NgayKetThucXuLy": "", "NgayTra": "", "NgayHenTra": ""}


def _undated_supplement(record: Record) -> Mapping[str, Any]:
    return {"DanhSachHoSoBoSung": [*record["DanhSachHoSoBoSung"], {"HoSoBoSungId": "BS-0", "NgayBoSung": ""}]}


def _fee_in_words(record: Record) -> Mapping[str, Any]:
    return {"DanhSachLePhi": [*record["DanhSachLePhi"], {"MaPhiLePhi": "PLP.0", "Gia": "tùy trường hợp"}]}


KINDS: tuple[Kind, ...] = (
    Kind("dossier_without_key", DOSSIERS, "dossier.dossier_code.missing", lambda r: {"MaHoSo": ""}),
    Kind("dossier_of_unknown_unit", DOSSIERS, "dossier.unit_code.known", _strange_unit),
    Kind("procedure_missing", DOSSIERS, "dossier.procedure_code.present", lambda r: {"MaTTHC": ""}),
    Kind(
        "procedure_unreadable", DOSSIERS, "dossier.procedure_code.readable", lambda r: {"MaTTHC": "chưa rõ"}
    ),
    Kind(
        "procedure_unknown",
        DOSSIERS,
        "dossier.procedure_code.known",
        lambda r: {"MaTTHC": STRANGE_PROCEDURE},
    ),
    Kind(
        "received_unreadable",
        DOSSIERS,
        "dossier.received_at.readable",
        lambda r: {"NgayTiepNhan": UNREADABLE},
    ),
    Kind(
        "received_missing",
        DOSSIERS,
        "dossier.received_at.present",
        lambda r: {"NgayTiepNhan": ""},
        lambda r: r["TrangThaiHoSo"] not in ("1", "3"),
    ),
    Kind("received_in_future", DOSSIERS, "dossier.received_at.not_future", _future),
    Kind("received_long_ago", DOSSIERS, "dossier.received_at.readable", lambda r: {"NgayTiepNhan": EARLY}),
    Kind(
        "finished_before_received",
        DOSSIERS,
        "dossier.finished_at.after_received",
        lambda r: {"NgayKetThucXuLy": _days_before(r["NgayTiepNhan"])},
        _received,
    ),
    Kind(
        "returned_before_received",
        DOSSIERS,
        "dossier.returned_at.after_received",
        lambda r: {"NgayTra": _days_before(r["NgayTiepNhan"])},
        _received,
    ),
    Kind(
        "promise_unreadable", DOSSIERS, "dossier.promised_at.readable", lambda r: {"NgayHenTra": UNREADABLE}
    ),
    Kind("supplement_undated", DOSSIERS, "dossier.supplements.dated", _undated_supplement),
    Kind("fee_in_words", DOSSIERS, "dossier.fees.readable", _fee_in_words),
    Kind("status_unknown", DOSSIERS, "dossier.status.known", lambda r: {"TrangThaiHoSo": "99"}),
    Kind("channel_unknown", DOSSIERS, "dossier.channel.known", lambda r: {"KenhThucHien": "9"}),
    Kind(
        "event_time_unreadable",
        EVENTS,
        "dossier_event.occurred_at.readable",
        lambda r: {"ThoiDiemXuLy": UNREADABLE},
    ),
    Kind("event_status_unknown", EVENTS, "dossier_event.status.known", lambda r: {"TrangThai": "99"}),
    Kind(
        "petition_done_before_received",
        PETITIONS,
        "petition.completed_at.after_received",
        lambda r: {"NgayHoanThanh": _days_before(r["NgayNhan"])},
        _received,
    ),
    Kind(
        "petition_raises_itself",
        PETITIONS,
        "petition.predecessor_no.other",
        lambda r: {"SoPAKNTruoc": r["SoPAKN"]},
    ),
)
NOT_LISTED = "procedure_not_listed"


class Planting:
    """What is planted in a world. Nothing is before `plan` was called.

    share: of the records of each service with kinds, per province. withheld: how many procedures are left
    out of the catalogue, those that the fewest dossiers name.

    Raises:
        ValueError: share is no share.
    """

    def __init__(self, share: float, *, withheld: int = 0) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"a share lies between 0 and 1, not {share}")
        self._share, self._wanted = share, withheld
        self._kinds: dict[str, tuple[int, Kind]] = {}
        self.withheld: frozenset[str] = frozenset()
        self.planted: list[Planted] = []

    def plan(self, world: World, render: Callable[[str, str], Iterable[Record]]) -> None:
        """Choose the records. render: service, province → all its records as they truly are."""
        self.withheld = self._rarest(world)
        for province in world.units:
            for service, entity in ENTITIES.items():
                self._plan_service(world, province, service, entity, render(service, province))
            for service, entity in REFERRING.items():
                self._note_referring(province, entity, render(service, province))

    def spoil(self, service: str, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records of a service, the chosen ones spoiled, withheld procedures left out."""
        for record in records:
            if service in CATALOGUE and record["MATTHC"] in self.withheld:
                continue
            number, kind = self._kinds.get(_digest(record), (0, None)) if service in ENTITIES else (0, None)
            if kind is None:
                yield record
            else:
                yield {**copy.deepcopy(record), **kind.spoil(record), MARK: str(number)}

    def write(self, path: Path) -> None:
        """Write what was planted as JSON lines."""
        lines = (json.dumps(asdict(item), ensure_ascii=False) for item in self.planted)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def _rarest(self, world: World) -> frozenset[str]:
        counts: dict[str, int] = {}
        for dossier in world.all_dossiers():
            counts[dossier.procedure.code] = counts.get(dossier.procedure.code, 0) + 1
        return frozenset(sorted(counts, key=lambda code: (counts[code], code))[: self._wanted])

    def _plan_service(
        self, world: World, province: str, service: str, entity: str, records: Iterable[Record]
    ) -> None:
        found: dict[str, Record] = {}
        total = 0
        for record in records:
            total += 1
            code = str(record.get("MaHoSo") or "")
            procedure = ".".join(str(record.get("MaTTHC") or "").split(".")[:2])
            if procedure in self.withheld:
                self._note_reference(province, entity, procedure)
            elif code not in world.corrupted and (code or service == PETITIONS):
                found[_digest(record)] = record
        kinds = [kind for kind in KINDS if kind.service == service]
        for place, digest in enumerate(sorted(found)[: round(total * self._share)]):
            turns = (kinds[(place + turn) % len(kinds)] for turn in range(len(kinds)))
            kind = next(kind for kind in turns if kind.fits(found[digest]))
            number = len(self.planted) + 1
            self._kinds[digest] = number, kind
            self.planted.append(Planted(number, province, entity, kind.name, kind.rule))

    def _note_referring(self, province: str, entity: str, records: Iterable[Record]) -> None:
        for record in records:
            if (code := record["procedure_code"]) in self.withheld:
                self._note_reference(province, entity, code)

    def _note_reference(self, province: str, entity: str, procedure: str) -> None:
        rule = f"{entity}.procedure_code.known"
        self.planted.append(Planted(None, province, entity, NOT_LISTED, rule, procedure))


def _digest(record: Record) -> str:
    return hashlib.blake2b(orjson.dumps(record, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
