"""Family `database`: one synthetic province's dossiers as a provincial system's tables hold them.

Three tables in Vietnamese without marks, as such systems have them: dossiers, their papers, their
fees. Columns are typed, absent values are null, times are local and without zone.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from decision766.simulator.exchange_dossiers import DossierRecords
from decision766.simulator.world import World

PROVINCE = "H29"
_METADATA = sa.MetaData()
_TIMES = {
    "ngay_nop": "NgayNopHoSo",
    "ngay_tiep_nhan": "NgayTiepNhan",
    "ngay_hen_tra": "NgayHenTra",
    "ngay_ket_thuc": "NgayKetThucXuLy",
    "ngay_tra": "NgayTra",
    "ngay_tu_choi": "NgayTuChoi",
}
_TEXTS = {
    "ma_ho_so": "MaHoSo",
    "ma_tthc": "MaTTHC",
    "ma_linh_vuc": "MaLinhVuc",
    "kenh_thuc_hien": "KenhThucHien",
    "chu_ho_so": "ChuHoSo",
    "so_giay_to": "SoGiayToChuHoSo",
    "dien_thoai": "SoDienThoai",
    "dia_chi": "DiaChi",
    "trich_yeu": "TrichYeuHoSo",
    "doi_tuong": "LoaiDoiTuong",
    "trang_thai": "TrangThaiHoSo",
    "hinh_thuc": "HinhThuc",
    "noi_nop": "NoiNopHoSo",
    "thanh_toan": "DuocThanhToanTrucTuyen",
}
DOSSIERS = sa.Table(
    "ho_so",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in _TEXTS),
    *(sa.Column(name, sa.DateTime) for name in _TIMES),
    sa.Column("co_so_hoa", sa.Boolean),
    sa.Column("vneid", sa.Boolean),
    sa.Column("bo_sung", sa.JSON),
    sa.Column("cap_nhat_luc", sa.DateTime, index=True),
    sa.Column("ghi_chu_noi_bo", sa.Text),
)
PAPERS = sa.Table(
    "giay_to",
    _METADATA,
    sa.Column("ho_so_id", sa.Integer, index=True),
    sa.Column("thu_tu", sa.Integer),
    *(sa.Column(name, sa.Text) for name in ("tep_id", "ma_thanh_phan", "so_hoa", "tai_su_dung", "tu_kho")),
    sa.Column("da_xoa", sa.Text),
)
FEES = sa.Table(
    "le_phi",
    _METADATA,
    sa.Column("ho_so_id", sa.Integer, index=True),
    sa.Column("thu_tu", sa.Integer),
    *(sa.Column(name, sa.Text) for name in ("ma_phi", "ten_phi", "loai_phi", "so_tien", "hinh_thuc_thu")),
)


def fill_replica(engine: sa.Engine, world: World, province: str = PROVINCE) -> int:
    """Create the tables, replacing those of the same names, and fill them; returns how many dossiers."""
    records, rows, papers, fees = DossierRecords(world, province), [], [], []
    for key, dossier in enumerate(world.all_dossiers(province), start=1):
        record = records.record(dossier)
        rows.append(
            {
                "id": key,
                **{ours: record.get(theirs) or None for ours, theirs in _TEXTS.items()},
                **{ours: _moment(record[theirs]) for ours, theirs in _TIMES.items()},
                "co_so_hoa": dossier.has_digitised_component,
                "vneid": dossier.vneid_verified,
                "bo_sung": record["DanhSachHoSoBoSung"],
                "cap_nhat_luc": dossier.updated_at(),
                "ghi_chu_noi_bo": f"Đã gọi cho {dossier.person.name}",
            }
        )
        papers += [_paper(key, place, item) for place, item in enumerate(record["TaiLieuNop"])]
        fees += [_fee(key, place, item) for place, item in enumerate(record["DanhSachLePhi"])]
    with engine.begin() as connection:
        _METADATA.drop_all(connection)
        _METADATA.create_all(connection)
        for table, found in ((DOSSIERS, rows), (PAPERS, papers), (FEES, fees)):
            if found:
                connection.execute(sa.insert(table), found)
    return len(rows)


def _paper(key: int, place: int, item: Mapping[str, str]) -> dict[str, Any]:
    return {
        "ho_so_id": key,
        "thu_tu": place,
        "tep_id": item["TepDinhKemId"] or None,
        "ma_thanh_phan": item["MaThanhPhanHoSo"],
        "so_hoa": item["DuocSoHoa"],
        "tai_su_dung": item["DuocTaiSuDung"],
        "tu_kho": item["DuocLayTuKhoDMQG"],
        "da_xoa": item["IsDeleted"],
    }


def _fee(key: int, place: int, item: Mapping[str, str]) -> dict[str, Any]:
    return {
        "ho_so_id": key,
        "thu_tu": place,
        "ma_phi": item["MaPhiLePhi"],
        "ten_phi": item["TenPhiLePhi"],
        "loai_phi": item["LoaiPhiLePhi"],
        "so_tien": item["Gia"],
        "hinh_thuc_thu": item["HinhThucThu"],
    }


def _moment(text: str) -> dt.datetime | None:
    """Read a date-time of the exchange, local."""
    return dt.datetime.fromisoformat(f"{text[:8]}T{text[8:]}") if text else None
