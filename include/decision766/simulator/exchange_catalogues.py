"""Catalogues, petitions, ratings and totals as a provincial system transmits them (docs/records.md)."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from decision766.simulator.exchange_dossiers import Window, stamp
from decision766.simulator.model import PeriodTotal, Petition, Procedure
from decision766.simulator.places import portal_id
from decision766.simulator.world import World

UNITS_SINCE = dt.date(2025, 7, 1)
TIME_UNITS = {"hour": "Giờ", "day": "Ngày", "working_day": "Ngày làm việc", "month": "Tháng"}
CHANNELS = {"1": "Trực tiếp", "2": "Trực tuyến", "3": "Dịch vụ bưu chính"}


def _iso(value: dt.date | dt.datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def org_units(world: World, province: str) -> Iterator[dict[str, Any]]:
    """Yield the units of a province, the province first."""
    for unit in world.units[province]:
        yield {
            "code": unit.code,
            "name": unit.name,
            "type": unit.type,
            "parent_code": unit.parent_code,
            "portal_id": portal_id("unit", unit.code),
            "valid_from": _iso(UNITS_SINCE),
            "valid_to": None,
            "successor_code": None,
        }


def procedure_record(procedure: Procedure) -> dict[str, Any]:
    """Return one procedure as `LayThuTuc` answers it; fees stand on the time limit or on the channel."""
    on_channel = procedure.code.endswith(("1", "4", "7"))
    fees = [
        {"MAPHILEPHI": f"PLP.{procedure.code}.{place}", "SOTIEN": "Không" if amount == 0 else str(amount)}
        for place, amount in enumerate(procedure.fees, start=1)
    ]
    channels = []
    for place, channel in enumerate(CHANNELS):
        times: list[dict[str, Any]] = []
        if procedure.max_time is not None and procedure.max_time_unit is not None:
            # The first channel has the longest limit; the others may be a little quicker.
            limit = procedure.max_time if place == 0 else max(1, procedure.max_time - place)
            times.append(
                {
                    "THOIGIANGIAIQUYET": str(limit),
                    "DONVITINH": TIME_UNITS[procedure.max_time_unit],
                    "PHILEPHI": [] if on_channel else fees,
                }
            )
        by_time = bool(times) and not on_channel
        channels.append({"KENH": channel, "THOIGIAN": times, "PHILEPHI": [] if by_time else fees})
    levels: list[Any] = [str(level) for level in procedure.levels]
    if procedure.code.endswith("5"):
        levels = [{"MACAPTHUCHIEN": level} for level in levels]
    return {
        "MATTHC": procedure.code,
        "TENTTHC": procedure.name,
        "TRANGTHAI": "1" if procedure.is_public else "0",
        "IDQUYETDINHCONGBO": procedure.decision_no,
        "MACOQUANCONGBO": procedure.publishing_unit_code,
        "CAPTHUCHIEN": levels,
        "LINHVUCTHUCHIEN": [{"MALINHVUC": procedure.sector_code, "TENLINHVUC": procedure.sector_name}],
        "COQUANTHUCHIEN": [],
        "DOITUONGTHUCHIEN": [{"MADOITUONG": code} for code in procedure.subject_codes],
        "CACHTHUCTHUCHIEN": channels,
        "THANHPHANHOSO": [{"MATHANHPHAN": f"TP.{procedure.code}.{n}"} for n in (1, 2, 3)],
        "TRINHTUTHUCHIEN": [{"BUOC": "1"}, {"BUOC": "2"}],
        "KETQUATHUCHIEN": [
            {
                "MAKETQUA": f"KQ.{procedure.code}",
                "BATBUOCBANGIAY": "1" if procedure.paper_result_required else "0",
            }
        ],
        "CANCUPHAPLY": [{"SOHIEU": "63/2010/NĐ-CP"}],
        "NGAYCONGKHAI": f"{procedure.public_from:%Y%m%d}000000",
        "NGAYBAIBO": f"{procedure.public_to:%Y%m%d}000000" if procedure.public_to else "",
    }


def authorities(world: World, province: str) -> Iterator[dict[str, Any]]:
    """Yield which unit of a province handles which procedure."""
    for unit in world.units[province][1:]:
        for row in world.authorities[unit.code]:
            yield {
                "unit_code": row.unit_code,
                "procedure_code": row.procedure_code,
                "valid_from": _iso(row.valid_from),
                "valid_to": _iso(row.valid_to),
            }


def services(world: World, province: str) -> Iterator[dict[str, Any]]:
    """Yield the online services of a province."""
    for row in world.services:
        if row.province_code == province:
            yield {
                "service_code": row.service_code,
                "procedure_code": row.procedure_code,
                "level": row.level,
                "state": row.state,
                "applied_units": list(row.applied_units),
                "valid_from": _iso(row.valid_from),
                "valid_to": _iso(row.valid_to),
            }


def procedure_parts(world: World, province: str) -> Iterator[dict[str, Any]]:
    """Yield the parts of a province's published procedures."""
    for row in world.parts[province]:
        yield {
            "unit_code": row.unit_code,
            "procedure_code": row.procedure_code,
            "part": row.part,
            "valid_from": _iso(row.valid_from),
            "valid_to": _iso(row.valid_to),
        }


def decisions(world: World, province: str) -> Iterator[dict[str, Any]]:
    """Yield a province's decisions."""
    for row in world.decisions[province]:
        yield {
            "decision_no": row.decision_no,
            "unit_code": row.unit_code,
            "decided_on": _iso(row.decided_on),
            "kind": row.kind,
            "is_local": row.is_local,
            "legal_effect_on": _iso(row.legal_effect_on),
            "procedures": [
                {"procedure_code": code, "published_on": _iso(shown)} for code, shown in row.procedures
            ],
        }


def totals(rows: Iterable[PeriodTotal], province: str) -> Iterator[dict[str, Any]]:
    """Yield the reported totals of a province and its units."""
    for row in rows:
        if row.unit_code.partition(".")[0] == province:
            yield {
                "unit_code": row.unit_code,
                "period_grain": row.period_grain,
                "period_start": _iso(row.period_start),
                "received_total": row.received_total,
            }


def sync_receipts(world: World, province: str, window: Window) -> Iterator[dict[str, Any]]:
    """Yield the receipts of the dossiers that the national feed acknowledged."""
    for dossier in world.all_dossiers(province):
        if dossier.synced_at is not None and window.holds(dossier.synced_at):
            yield {"dossier_code": dossier.code, "synced_at": _iso(dossier.synced_at)}


def certified_copies(world: World, province: str, window: Window) -> Iterator[dict[str, Any]]:
    """Yield the certified copies of a province's communes."""
    for row in world.certified_copies[province]:
        if window.holds(row.issued_at):
            yield {
                "dossier_code": row.dossier_code,
                "unit_code": row.unit_code,
                "issued_at": _iso(row.issued_at),
                "is_electronic": row.is_electronic,
            }


def ratings(world: World, province: str, window: Window) -> Iterator[dict[str, Any]]:
    """Yield the ratings of a province's dossiers."""
    for unit in world.units[province][1:]:
        for row in world.ratings[unit.code]:
            if window.holds(row.rated_at):
                yield {
                    "MaHoSo": row.dossier_code,
                    "ThoiGianDanhGia": stamp(row.rated_at),
                    "DanhGia": row.rating,
                    "HoTen": row.person.name,
                    "SoDienThoai": row.person.phone,
                    "YKien": f"Ý kiến của {row.person.name}",
                }


def petitions(world: World, province: str, window: Window) -> Iterator[dict[str, Any]]:
    """Yield a province's petitions; each repeats the useless TotalPages."""
    for unit in world.units[province][1:]:
        for row in world.petitions[unit.code]:
            if window.holds(row.updated_at()):
                yield _petition(row, unit.name)


def _petition(row: Petition, unit_name: str) -> dict[str, Any]:
    person = row.person
    steps = {step.status: step.started_at for step in row.timeline}
    return {
        "Id": row.petition_id,
        "SoPAKN": row.petition_no,
        "MaDonViXuLy": row.unit_code,
        "DonViXuLy": unit_name,
        "HoTen": person.name,
        "SoDienThoai": person.phone,
        "Email": person.email,
        "DiaChi": person.address,
        "TieuDe": f"Phản ánh của {person.name}",
        "NoiDung": f"Tôi là {person.name}, số giấy tờ {person.id_number}, đề nghị xem xét.",
        "NgayPhanAnh": stamp(row.submitted_at),
        "NgayNhan": stamp(row.received_at),
        "TrangThai": row.timeline[-1].status,
        "PhanLoai": row.classification,
        "MaHoSo": row.dossier_code or "",
        "SoPAKNTruoc": row.predecessor_no or "",
        "LuotThich": str(row.likes),
        "LuotKhongThich": str(row.dislikes),
        "HanXuLy": stamp(row.due_at),
        "NgayHoanThanh": stamp(steps.get("published")),
        "NgayTuChoi": stamp(steps.get("refused")),
        "LichSu": [
            {
                "TrangThai": step.status,
                "NgayBatDau": stamp(step.started_at),
                "NgayKetThuc": stamp(step.ended_at),
            }
            for step in row.timeline
        ],
        "TotalPages": "1",
    }
