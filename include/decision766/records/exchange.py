"""Records in the government's exchange format; field names are the exchange's own."""

from decision766.records.codes import unit_of_dossier_code
from decision766.records.kinds import (
    AMOUNT,
    DOSSIER_CODE,
    EXCHANGE_DATETIME,
    FLAG,
    IDENTITY_HASH,
    IGNORED,
    INTEGER,
    PERSONAL,
    PRESENCE,
    PROCEDURE_CODE,
    PROCEDURE_CODE_AS_SENT,
    PSEUDONYM,
    TOKEN,
    UNIT_CODE,
    Kind,
    choice,
    number_from,
    one_of,
)
from decision766.records.spec import (
    AnyField,
    Column,
    EntitySpec,
    Field,
    ListField,
    column,
    json_list,
    latest,
    text_array,
)

STATUS = number_from(*range(1, 11))
RATING = choice(
    {
        "Rất hài lòng": "very_satisfied",
        "Hài lòng": "satisfied",
        "Không hài lòng": "dissatisfied",
    }
)
PETITION_STATUS = one_of(
    "received",
    "forwarded",
    "refused",
    "returned",
    "supplement_requested",
    "supplemented",
    "processing",
    "answered",
    "published",
)

_Scalar = tuple[str, str, Kind]  # source field, raw column, kind


def _scalars(*scalars: _Scalar) -> dict[str, Column]:
    return {ours: column(ours, theirs, kind) for theirs, ours, kind in scalars}


def _fields(*scalars: _Scalar) -> tuple[AnyField, ...]:
    return tuple(Field(theirs, kind) for theirs, _, kind in scalars)


def _dropped(*names: str) -> tuple[AnyField, ...]:
    return tuple(Field(name, PERSONAL) for name in names)


# Nested list → name in its jsonb column → (field of the item, kind).
_COMPONENTS = {
    "has_file": ("TepDinhKemId", PRESENCE),
    "component_code": ("MaThanhPhanHoSo", PSEUDONYM),
    "digitised": ("DuocSoHoa", FLAG),
    "reused": ("DuocTaiSuDung", number_from(0, 1, 2)),
    "from_personal_store": ("DuocLayTuKhoDMQG", FLAG),
    "deleted": ("IsDeleted", FLAG),
}
_FEES = {
    "fee_code": ("MaPhiLePhi", TOKEN),
    "amount": ("Gia", AMOUNT),
    "fee_type": ("LoaiPhiLePhi", TOKEN),
    "method": ("HinhThucThu", TOKEN),
}
_SUPPLEMENTS = {
    "supplement_id": ("HoSoBoSungId", PSEUDONYM),
    "requested_at": ("NgayBoSung", EXCHANGE_DATETIME),
    "completed_at": ("NgayTiepNhanBoSung", EXCHANGE_DATETIME),
    "promised_before": ("NgayHenTraTruoc", EXCHANGE_DATETIME),
    "promised_after": ("NgayHenTraMoi", EXCHANGE_DATETIME),
    "status": ("TrangThaiBoSung", TOKEN),
}
_RESULTS = {
    "has_link": ("DuongDanTepTinKetQua", PRESENCE),
    "has_code": ("MaGiayToKetQua", PRESENCE),
}
_TIMELINE = {
    "status": ("TrangThai", PETITION_STATUS),
    "started_at": ("NgayBatDau", EXCHANGE_DATETIME),
    "ended_at": ("NgayKetThuc", EXCHANGE_DATETIME),
}


def _items(source: str, items: dict[str, tuple[str, Kind]], *dropped: str) -> ListField:
    return ListField(
        source,
        (*(Field(theirs, kind) for theirs, kind in items.values()), *_dropped(*dropped)),
    )


_UNIT_OF_DOSSIER = Column("unit_code", "text", "MaHoSo", unit_of_dossier_code, of_head=True)

_DOSSIER = (
    ("MaHoSo", "dossier_code", DOSSIER_CODE),
    ("MaTTHC", "procedure_code", PROCEDURE_CODE),
    ("MaLinhVuc", "sector_code", TOKEN),
    ("KenhThucHien", "channel", number_from(1, 2, 3)),
    ("LoaiDoiTuong", "applicant_type", number_from(1, 2, 3, 4)),
    ("NgayNopHoSo", "submitted_at", EXCHANGE_DATETIME),
    ("NgayTiepNhan", "received_at", EXCHANGE_DATETIME),
    ("NgayHenTra", "promised_at", EXCHANGE_DATETIME),
    ("NgayKetThucXuLy", "finished_at", EXCHANGE_DATETIME),
    ("NgayTra", "returned_at", EXCHANGE_DATETIME),
    ("NgayTuChoi", "refused_at", EXCHANGE_DATETIME),
    ("TrangThaiHoSo", "status", STATUS),
    ("HinhThuc", "delivery", number_from(0, 1)),
    ("NoiNopHoSo", "filed_at_place", number_from(1, 2)),
    ("HoSoCoThanhPhanSoHoa", "has_digitised_component", FLAG),
    ("TaiKhoanDuocXacThucVoiVNeID", "vneid_verified", FLAG),
    ("DuocThanhToanTrucTuyen", "payment_flag", number_from(0, 1, 2, 3)),
    ("MaHoSoCu", "former_code", DOSSIER_CODE),
)
_DOSSIER_COLUMNS = {
    **_scalars(*_DOSSIER),
    "unit_code": _UNIT_OF_DOSSIER,
    "procedure_code_as_sent": column("procedure_code_as_sent", "MaTTHC", PROCEDURE_CODE_AS_SENT),
    "database_codes": text_array("database_codes", "DSKetNoiCSDL", "MaCSDL"),
    "components": json_list("components", "TaiLieuNop", _COMPONENTS),
    "fees": json_list("fees", "DanhSachLePhi", _FEES),
    "supplements": json_list("supplements", "DanhSachHoSoBoSung", _SUPPLEMENTS),
    "results": json_list("results", "DanhSachGiayToKetQua", _RESULTS),
    "version_at": latest(
        "version_at",
        ("NgayNopHoSo", "NgayTiepNhan", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi"),
        {"DanhSachHoSoBoSung": ("NgayBoSung", "NgayTiepNhanBoSung")},
        EXCHANGE_DATETIME,
    ),
}

DOSSIER = EntitySpec(
    name="dossier",
    fields=(
        *_fields(*_DOSSIER),
        ListField("DSKetNoiCSDL", (Field("MaCSDL", TOKEN),), scalar_key="MaCSDL"),
        _items("TaiLieuNop", _COMPONENTS),
        _items("DanhSachLePhi", _FEES, "TenPhiLePhi"),
        _items("DanhSachHoSoBoSung", _SUPPLEMENTS),
        _items("DanhSachGiayToKetQua", _RESULTS, "TenGiayTo", "MaThanhPhanHoSo", "GiayToId"),
        *_dropped(
            *("ChuHoSo", "SoGiayToChuHoSo", "SoDienThoai", "Email", "Fax", "DiaChi", "DinhDanhCHS"),
            *("TrichYeuHoSo", "TenTTHC", "TenLinhVuc", "DonViXuLy"),
        ),
    ),
    columns=tuple(
        _DOSSIER_COLUMNS[name]
        for name in (
            *("dossier_code", "unit_code", "procedure_code", "procedure_code_as_sent", "sector_code"),
            *("channel", "applicant_type", "database_codes", "submitted_at", "received_at", "promised_at"),
            *("finished_at", "returned_at", "refused_at", "status", "delivery", "filed_at_place"),
            *("has_digitised_component", "vneid_verified", "payment_flag", "components", "fees"),
            *("supplements", "results", "version_at", "former_code"),
        )
    ),
    natural_key=("dossier_code",),
    file_stem="dossiers",
    service="DongBoHoSoMC",
    is_personal=True,
)

_EVENT = (
    ("MaHoSo", "dossier_code", DOSSIER_CODE),
    ("ThoiDiemXuLy", "occurred_at", EXCHANGE_DATETIME),
    ("TrangThai", "status", STATUS),
    ("NgayBatDau", "started_at", EXCHANGE_DATETIME),
    ("NgayKetThucTheoQuyDinh", "due_at", EXCHANGE_DATETIME),
    ("NoiDungXuLy", "content_hash", IDENTITY_HASH),
)
DOSSIER_EVENT = EntitySpec(
    name="dossier_event",
    fields=(*_fields(*_EVENT), *_dropped("NguoiXuLy", "ChucDanh", "PhongBanXuLy")),
    columns=tuple(_scalars(*_EVENT).values()),
    natural_key=("dossier_code", "occurred_at", "status", "content_hash"),
    file_stem="events",
    service="CapNhatTienDoHoSoMC",
    is_personal=True,
)

_PETITION = (
    ("Id", "petition_id", TOKEN),
    ("SoPAKN", "petition_no", TOKEN),
    ("MaDonViXuLy", "unit_code", UNIT_CODE),
    ("NgayPhanAnh", "submitted_at", EXCHANGE_DATETIME),
    ("NgayNhan", "received_at", EXCHANGE_DATETIME),
    ("TrangThai", "status", PETITION_STATUS),
    ("PhanLoai", "classification", one_of("procedure", "conduct", "other")),
    ("MaHoSo", "dossier_code", DOSSIER_CODE),
    ("SoPAKNTruoc", "predecessor_no", TOKEN),
    ("LuotThich", "likes", INTEGER),
    ("LuotKhongThich", "dislikes", INTEGER),
    ("HanXuLy", "due_at", EXCHANGE_DATETIME),
    ("NgayHoanThanh", "completed_at", EXCHANGE_DATETIME),
    ("NgayTuChoi", "refused_at", EXCHANGE_DATETIME),
)
PETITION = EntitySpec(
    name="petition",
    fields=(
        *_fields(*_PETITION),
        _items("LichSu", _TIMELINE),
        Field("TotalPages", IGNORED),
        *_dropped("HoTen", "SoDienThoai", "Email", "DiaChi", "NoiDung", "TieuDe", "DonViXuLy"),
    ),
    columns=(
        *_scalars(*_PETITION).values(),
        json_list("timeline", "LichSu", _TIMELINE),
        latest(
            "version_at",
            ("NgayPhanAnh", "NgayNhan", "NgayHoanThanh", "NgayTuChoi"),
            {"LichSu": ("NgayBatDau", "NgayKetThuc")},
            EXCHANGE_DATETIME,
        ),
    ),
    natural_key=("petition_id",),
    file_stem="petitions",
    service="LayDanhSachPAKN",
    is_personal=True,
)

_RATING = (
    ("MaHoSo", "dossier_code", DOSSIER_CODE),
    ("ThoiGianDanhGia", "rated_at", EXCHANGE_DATETIME),
    ("DanhGia", "rating", RATING),
)
RATING_ENTITY = EntitySpec(
    name="rating",
    fields=(*_fields(*_RATING), *_dropped("HoTen", "SoDienThoai", "YKien")),
    columns=tuple(_scalars(*_RATING).values()),
    natural_key=("dossier_code", "rated_at", "rating"),
    file_stem="ratings",
    service="DongBoDanhGia",
    is_personal=True,
)
