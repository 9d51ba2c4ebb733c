"""Units of the synthetic provinces: departments by name, communes from `vietnam-provinces`."""

import json
import unicodedata
import uuid
from dataclasses import dataclass
from functools import lru_cache

from vietnam_provinces import NESTED_DIVISIONS_JSON_PATH

from decision766.simulator.model import Unit

PORTAL_NAMESPACE = uuid.UUID("7660766a-0766-5766-8766-076607660766")
FIRST_COMMUNE = 100

COMMON_DEPARTMENTS = (
    ("Sở Tài chính", "finance"),
    ("Sở Nội vụ", "interior"),
    ("Sở Xây dựng", "construction"),
    ("Sở Nông nghiệp và Môi trường", "agriculture"),
    ("Sở Công Thương", "trade"),
    ("Sở Giáo dục và Đào tạo", "education"),
    ("Sở Y tế", "health"),
    ("Sở Tư pháp", "justice"),
    ("Sở Khoa học và Công nghệ", "science"),
)


@dataclass(frozen=True, slots=True)
class ProvinceSpec:
    """A synthetic province: statistics-office code, its share of the dossiers, its departments."""

    code: str
    name: str
    statistics_code: int
    share: float
    departments: tuple[tuple[str, str], ...]


PROVINCES = (
    ProvinceSpec(
        "H12",
        "UBND tỉnh Cà Mau",
        96,
        0.28,
        (
            *COMMON_DEPARTMENTS,
            ("Sở Văn hóa, Thể thao và Du lịch", "culture"),
            ("Sở Dân tộc và Tôn giáo", "religion"),
            ("Ban Quản lý Khu kinh tế", "zones"),
            ("Thanh tra tỉnh", "inspection"),
            ("Văn phòng Ủy ban nhân dân tỉnh", "office"),
        ),
    ),
    ProvinceSpec(
        "H17",
        "UBND thành phố Đà Nẵng",
        48,
        0.24,
        (
            *COMMON_DEPARTMENTS,
            ("Sở Văn hóa, Thể thao và Du lịch", "culture"),
            ("Sở Dân tộc và Tôn giáo", "religion"),
            ("Sở Ngoại vụ", "foreign"),
            ("Ban Quản lý Khu công nghệ cao và các khu công nghiệp", "zones"),
            ("Thanh tra thành phố", "inspection"),
            ("Văn phòng Ủy ban nhân dân thành phố", "office"),
        ),
    ),
    ProvinceSpec(
        "H29",
        "UBND Thành phố Hồ Chí Minh",
        79,
        0.48,
        (
            *COMMON_DEPARTMENTS,
            ("Sở Văn hóa và Thể thao", "culture"),
            ("Sở Du lịch", "tourism"),
            ("Sở Dân tộc và Tôn giáo", "religion"),
            ("Sở Ngoại vụ", "foreign"),
            ("Ban Quản lý các khu chế xuất và công nghiệp", "zones"),
            ("Thanh tra Thành phố", "inspection"),
            ("Văn phòng Ủy ban nhân dân Thành phố", "office"),
        ),
    ),
)
SPECS = {spec.code: spec for spec in PROVINCES}


@lru_cache
def portal_id(kind: str, code: str) -> str:
    """Return the portal's stable id of a unit (`kind` "unit") or a procedure ("formality")."""
    return str(uuid.uuid5(PORTAL_NAMESPACE, f"{kind}:{code}"))


@lru_cache
def commune_names(statistics_code: int) -> tuple[str, ...]:
    """Names of a province's communes in NFC, in the order of their statistics-office codes."""
    divisions = json.loads(NESTED_DIVISIONS_JSON_PATH.read_text(encoding="utf-8"))
    province = next(entry for entry in divisions if entry["code"] == statistics_code)
    wards = sorted(province["wards"], key=lambda ward: int(ward["code"]))
    return tuple(unicodedata.normalize("NFC", ward["name"]) for ward in wards)


def build_units() -> dict[str, list[Unit]]:
    """Return the units of each province: the province first, then departments, then communes."""
    units: dict[str, list[Unit]] = {}
    for spec in PROVINCES:
        found = [Unit(spec.code, spec.name, "province", None)]
        for number, (name, _sector) in enumerate(spec.departments, start=1):
            found.append(Unit(f"{spec.code}.{number:02d}", name, "department", spec.code))
        for number, name in enumerate(commune_names(spec.statistics_code), start=FIRST_COMMUNE):
            found.append(Unit(f"{spec.code}.{number}", f"UBND {name}", "commune", spec.code))
        units[spec.code] = found
    return units


def sector_of(unit: Unit) -> str:
    """Return the sector a unit works in; communes share one."""
    if unit.type == "commune":
        return "commune"
    return SPECS[unit.province_code].departments[int(unit.code.partition(".")[2]) - 1][1]


def place_names() -> str:
    """Return every place name in one text, so that no invented person is named like a place."""
    names = [spec.name for spec in PROVINCES]
    for spec in PROVINCES:
        names += commune_names(spec.statistics_code)
    return "\n".join(names)
