"""Dossiers and their events as a provincial system transmits them, misbehaviour included.

Every scalar is a string, an absent value is "", dates are yyyyMMddHHmmss local time. What a record
does wrong follows from the dossier's own noise, so that every call renders the same bytes.
"""

import datetime as dt
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from decision766.simulator.divergences import KEYLESS, QUARANTINED_UNIT, corrupt
from decision766.simulator.misbehaviour import Misbehaviour
from decision766.simulator.model import Dossier, Person
from decision766.simulator.world import World

TITLES = ("Chuyên viên", "Công chức một cửa", "Phó Trưởng phòng", "Trưởng phòng")
ROOMS = ("Bộ phận Một cửa", "Phòng Chuyên môn", "Văn phòng")
STEPS = {
    2: "Tiếp nhận hồ sơ của",
    3: "Từ chối tiếp nhận hồ sơ của",
    4: "Đang xử lý hồ sơ của",
    5: "Yêu cầu bổ sung hồ sơ, đã liên hệ",
    7: "Rút hồ sơ theo đề nghị của",
    8: "Dừng xử lý hồ sơ của",
    9: "Đã xử lý xong hồ sơ của",
    10: "Đã trả kết quả cho",
}


def stamp(moment: dt.datetime | None) -> str:
    """Return a date-time as the exchange writes it, "" for none."""
    return "" if moment is None else f"{moment:%Y%m%d%H%M%S}"


def flag(value: bool) -> str:
    """Return "1" or "0"."""
    return "1" if value else "0"


class Window(NamedTuple):
    """A half-open span of the records' own update time, local; null is unbounded."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None

    def holds(self, moment: dt.datetime) -> bool:
        """Whether a moment lies in [start, end)."""
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


class DossierRecords:
    """Renders the dossiers and events of one province."""

    def __init__(self, world: World, province: str, misbehaviour: Misbehaviour | None = None) -> None:
        self._world, self._province = world, province
        self._misbehaviour = misbehaviour or Misbehaviour()
        self._units = {unit.code: unit.name for unit in world.units[province]}
        self._officials = world.people.officials[province]
        self._citizens = world.people.citizens[province]

    @cached_property
    def _updated(self) -> list[tuple[dt.datetime, Dossier]]:
        """The province's dossiers with the time at which their last change is sent."""
        return [
            (self._sent_at(dossier, dossier.updated_at()), dossier)
            for dossier in self._world.all_dossiers(self._province)
        ]

    def _sent_at(self, dossier: Dossier, changed_at: dt.datetime) -> dt.datetime:
        return self._misbehaviour.sent_at(dossier, changed_at, self._world.present)

    def dossiers(self, window: Window) -> Iterator[dict[str, Any]]:
        """Yield every version that changed in the window: newer ones may come before older ones."""
        return self._misbehaviour.dossiers(self._versions(window), keep=self._world.corrupted)

    def _versions(self, window: Window) -> Iterator[dict[str, Any]]:
        for updated_at, dossier in self._updated:
            older = self._has_earlier(dossier) and window.holds(self._sent_at(dossier, dossier.received_at))
            newer = window.holds(updated_at)
            newer_first = dossier.noise % 2
            if older and not newer_first:
                yield self._earlier(dossier)
            if newer:
                record = self._record(dossier)
                if kind := self._world.corrupted.get(dossier.code):
                    corrupt(record, kind, dossier, self._world.present)
                yield record
            if older and newer_first:
                yield self._earlier(dossier)
        if self._province == QUARANTINED_UNIT.partition(".")[0]:
            yield from self._keyless(window)

    def record(self, dossier: Dossier) -> dict[str, Any]:
        """Return one dossier as it stands now, whole: other interfaces render it from this."""
        return self._record(dossier)

    def _has_earlier(self, dossier: Dossier) -> bool:
        """Whether an older version is sent too; the newer one must show a later date."""
        is_closed = dossier.finished_at is not None or dossier.returned_at is not None
        return is_closed and dossier.noise % 29 == 0 and dossier.code not in self._world.corrupted

    def events(self, window: Window) -> Iterator[dict[str, Any]]:
        """Yield the progress events of the window; a few are sent twice."""
        return self._misbehaviour.references(self._misbehaviour.events(self._events(window)))

    def _events(self, window: Window) -> Iterator[dict[str, Any]]:
        for dossier in self._world.all_dossiers(self._province):
            promised = stamp(dossier.promised_at)
            for place, event in enumerate(dossier.events):
                if not window.holds(event.at):
                    continue
                official = self._officials[(dossier.noise >> place) % len(self._officials)]
                record = {
                    "MaHoSo": dossier.code,
                    "NguoiXuLy": official.name,
                    "ChucDanh": TITLES[(dossier.noise >> place) % len(TITLES)],
                    "PhongBanXuLy": ROOMS[event.status % len(ROOMS)],
                    "NoiDungXuLy": f"{STEPS.get(event.status, 'Cập nhật hồ sơ của')} {dossier.person.name}",
                    "ThoiDiemXuLy": stamp(event.at),
                    "NgayBatDau": stamp(dossier.received_at),
                    "NgayKetThucTheoQuyDinh": promised,
                    "TrangThai": str(event.status),
                }
                yield record
                if (dossier.noise >> place) % 211 == 0:
                    yield record

    def _keyless(self, window: Window) -> Iterator[dict[str, Any]]:
        """Records without MaHoSo: nobody, the portal included, can count them."""
        found = [d for d in self._world.dossiers[QUARANTINED_UNIT] if d.code not in self._world.corrupted]
        for dossier in found[:KEYLESS]:
            if window.holds(dossier.updated_at()):
                yield {**self._record(dossier), "MaHoSo": ""}

    def _earlier(self, dossier: Dossier) -> dict[str, Any]:
        """Return the record as it stood at reception."""
        promised = dossier.promised_at
        if dossier.supplements:
            promised = dossier.supplements[0].promised_before
        return self._record(dossier) | {
            "NgayHenTra": stamp(promised),
            "NgayKetThucXuLy": "",
            "NgayTra": "",
            "NgayTuChoi": "",
            "TrangThaiHoSo": "2",
            "DuocThanhToanTrucTuyen": "0",
            "DanhSachHoSoBoSung": [],
            "DanhSachGiayToKetQua": [],
        }

    def _record(self, dossier: Dossier) -> dict[str, Any]:
        procedure, person, noise = dossier.procedure, dossier.person, dossier.noise
        record: dict[str, Any] = {
            "MaHoSo": dossier.code,
            "MaTTHC": self._procedure_code(dossier),
            "TenTTHC": procedure.name,
            "MaLinhVuc": procedure.sector_code,
            "TenLinhVuc": procedure.sector_name,
            "KenhThucHien": str(dossier.channel),
            "ChuHoSo": person.name,
            "LoaiDoiTuong": str(dossier.applicant_type),
            # Dummy identities exist and are personal data all the same.
            "SoGiayToChuHoSo": person.id_number if noise % 53 else "000000000",
            "DinhDanhCHS": [{"LoaiDinhDanh": str(dossier.applicant_type), "SoDinhDanh": person.id_number}],
            "SoDienThoai": person.phone,
            "Email": person.email,
            "Fax": "",
            "DiaChi": person.address,
            "TrichYeuHoSo": f"{procedure.name[:60]} - {person.name}",
            "NgayNopHoSo": stamp(dossier.submitted_at if noise % 7 else dossier.received_at),
            "NgayTiepNhan": stamp(dossier.received_at),
            "NgayHenTra": stamp(dossier.promised_at),
            "NgayKetThucXuLy": stamp(dossier.finished_at),
            "NgayTra": stamp(dossier.returned_at),
            "NgayTuChoi": stamp(dossier.refused_at),
            "TrangThaiHoSo": str(dossier.status),
            "HinhThuc": str(dossier.delivery),
            "DonViXuLy": self._units[dossier.unit_code],
            "NoiNopHoSo": str(dossier.filed_at_place),
            "HoSoCoThanhPhanSoHoa": flag(dossier.has_digitised_component),
            "TaiKhoanDuocXacThucVoiVNeID": flag(dossier.vneid_verified),
            "DuocThanhToanTrucTuyen": str(dossier.payment_flag),
            "DSKetNoiCSDL": [{"MaCSDL": code} for code in dossier.database_codes],
            "TaiLieuNop": self._components(dossier),
            "DanhSachLePhi": self._fees(dossier),
            "DanhSachHoSoBoSung": self._supplements(dossier),
            "DanhSachGiayToKetQua": self._results(dossier),
        }
        if dossier.channel == 1 and noise % 3 == 0:
            del record["KenhThucHien"]
        if noise % 17 == 0:
            record |= self._undeclared(dossier)
        return record

    def _procedure_code(self, dossier: Dossier) -> str:
        code, draw = dossier.procedure.code, dossier.noise % 41
        if draw == 0:
            return f"{code}.000.00.00.{self._province}"
        return f"{code}.{self._province}" if draw == 1 else code

    def _undeclared(self, dossier: Dossier) -> dict[str, str]:
        """Fields that no contract declares; one of them names a person."""
        proxy: Person = self._citizens[dossier.noise % len(self._citizens)]
        return {
            "PhienBanPhanMem": "3.2.1",
            "SoLuongBanSao": str(dossier.noise % 9),
            "ThoiDiemDongBo": stamp(dossier.received_at),
            "NguoiNopThay": proxy.name,
            "SoDinhDanhNguoiNopThay": proxy.id_number,
        }

    def _components(self, dossier: Dossier) -> list[dict[str, str]]:
        return [
            {
                "TepDinhKemId": f"{dossier.noise:x}-{place}" if component.has_file else "",
                "MaThanhPhanHoSo": f"TP.{dossier.procedure.code}.{place}",
                "DuocSoHoa": flag(component.digitised),
                "DuocTaiSuDung": str(component.reused),
                "DuocLayTuKhoDMQG": flag(component.from_personal_store),
                "IsDeleted": flag(component.deleted),
            }
            for place, component in enumerate(dossier.components, start=1)
        ]

    def _fees(self, dossier: Dossier) -> list[dict[str, str]]:
        return [
            {
                "TenPhiLePhi": "Lệ phí" if place == 1 else "Phí thẩm định",
                "MaPhiLePhi": f"PLP.{dossier.procedure.code}.{place}",
                "HinhThucThu": "1",
                "Gia": _amount(amount, dossier.noise),
                "LoaiPhiLePhi": "1" if place == 1 else "2",
            }
            for place, amount in enumerate(dossier.fees, start=1)
        ]

    def _supplements(self, dossier: Dossier) -> list[dict[str, str]]:
        return [
            {
                "HoSoBoSungId": f"BS-{dossier.code}-{place}",
                "NgayBoSung": stamp(supplement.requested_at),
                "NgayTiepNhanBoSung": stamp(supplement.completed_at),
                "NgayHenTraTruoc": stamp(supplement.promised_before),
                "NgayHenTraMoi": stamp(supplement.promised_after),
                "TrangThaiBoSung": "2" if supplement.completed_at else "1",
            }
            for place, supplement in enumerate(dossier.supplements, start=1)
        ]

    def _results(self, dossier: Dossier) -> list[dict[str, str]]:
        return [
            {
                "TenGiayTo": "Kết quả giải quyết thủ tục hành chính",
                "MaThanhPhanHoSo": f"KQ.{dossier.procedure.code}",
                "GiayToId": f"{dossier.noise:x}",
                "DuongDanTepTinKetQua": f"https://mc.example/ket-qua/{dossier.noise:x}.pdf"
                if result.has_link
                else "",
                "MaGiayToKetQua": f"GT.{dossier.procedure.code}" if result.has_code else "",
            }
            for result in dossier.results
        ]


def _amount(amount: int, noise: int) -> str:
    """Write an amount the ways that provinces do: plain, with thousands points, "Không" for nothing."""
    if amount == 0:
        return "Không" if noise % 2 else "0"
    return f"{amount:,}".replace(",", ".") if noise % 3 == 0 else str(amount)
