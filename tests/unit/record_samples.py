"""One full record of every personal entity, and keys for tests."""

from typing import Any

from decision766.privacy import Key, Keys

KEYS = Keys(Key.parse("p1:" + "ab" * 32, origin="test"), Key.parse("e1:" + "cd" * 32, origin="test"))

DOSSIER: dict[str, Any] = {
    "MaHoSo": "H44.07-260815-00012",
    "MaTTHC": "1.003560.000.00.00.H44",
    "TenTTHC": "Cấp giấy phép",
    "MaLinhVuc": "G15-TP02",
    "KenhThucHien": "2",
    "ChuHoSo": "Nguyễn Văn An",
    "SoGiayToChuHoSo": "079185001234",
    "SoDienThoai": "0912345678",
    "Email": "an@example.invalid",
    "DiaChi": "Thôn 3, xã Ví Dụ",
    "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "079185001234"}],
    "TrichYeuHoSo": "Hồ sơ của ông Nguyễn Văn An",
    "LoaiDoiTuong": "1",
    "DSKetNoiCSDL": [{"MaCSDL": "1"}],
    "NgayNopHoSo": "20260815080000",
    "NgayTiepNhan": "20260815093000",
    "NgayHenTra": "20260829170000",
    "NgayKetThucXuLy": "20260820100000",
    "NgayTra": "20260821100000",
    "NgayTuChoi": "",
    "TrangThaiHoSo": "10",
    "HinhThuc": "0",
    "DonViXuLy": "Sở Tư pháp",
    "NoiNopHoSo": "1",
    "HoSoCoThanhPhanSoHoa": "1",
    "TaiKhoanDuocXacThucVoiVNeID": "1",
    "DuocThanhToanTrucTuyen": "2",
    "TaiLieuNop": [
        {
            "TepDinhKemId": "tep-1",
            "MaThanhPhanHoSo": "TP1",
            "DuocSoHoa": "0",
            "DuocTaiSuDung": "2",
            "DuocLayTuKhoDMQG": "1",
            "IsDeleted": "0",
        },
        {"TepDinhKemId": "", "MaThanhPhanHoSo": "TP2", "DuocSoHoa": "1"},
    ],
    "DanhSachLePhi": [
        {
            "TenPhiLePhi": "Phí",
            "MaPhiLePhi": "'LP01'",
            "HinhThucThu": "1",
            "Gia": "10.000",
            "LoaiPhiLePhi": "1",
        },
        {"MaPhiLePhi": "LP02", "Gia": "Không"},
    ],
    "DanhSachHoSoBoSung": [
        {
            "HoSoBoSungId": "BS-1",
            "NgayBoSung": "20260816080000",
            "NgayTiepNhanBoSung": "20260822080000",
            "NgayHenTraTruoc": "20260828170000",
            "NgayHenTraMoi": "20260829170000",
            "TrangThaiBoSung": "1",
        }
    ],
    "DanhSachGiayToKetQua": [
        {"TenGiayTo": "Giấy phép", "DuongDanTepTinKetQua": "kq/1.pdf", "MaGiayToKetQua": ""}
    ],
}
EVENT: dict[str, Any] = {
    "MaHoSo": "H44.07-260815-00012",
    "NguoiXuLy": "Trần Thị Bình",
    "ChucDanh": "Chuyên viên",
    "PhongBanXuLy": "Một cửa",
    "NoiDungXuLy": "Đã gọi ông An",
    "ThoiDiemXuLy": "20260816080000",
    "NgayBatDau": "20260816080000",
    "NgayKetThucTheoQuyDinh": "",
    "TrangThai": "4",
}
PETITION: dict[str, Any] = {
    "Id": "H44.07-PA-00001",
    "SoPAKN": "PAKN.H4407.260815.0001",
    "MaDonViXuLy": "000.00.07.H44",
    "DonViXuLy": "Sở Tư pháp",
    "NgayPhanAnh": "20260815080000",
    "NgayNhan": "20260815090000",
    "TrangThai": "answered",
    "PhanLoai": "procedure",
    "MaHoSo": "H44.07-260815-00012",
    "SoPAKNTruoc": "",
    "LuotThich": "3",
    "LuotKhongThich": 4,
    "HanXuLy": "20260905000000",
    "NgayHoanThanh": "20260820090000",
    "NgayTuChoi": None,
    "LichSu": [
        {"TrangThai": "received", "NgayBatDau": "20260815090000", "NgayKetThuc": "20260816090000"},
        {"TrangThai": "answered", "NgayBatDau": "20260821090000", "NgayKetThuc": ""},
    ],
    "HoTen": "Lê Thị Cúc",
    "SoDienThoai": "0987654321",
    "NoiDung": "Chậm trả kết quả",
    "TotalPages": 3,
}
RATING: dict[str, Any] = {
    "MaHoSo": "H44.07-260815-00012",
    "ThoiGianDanhGia": "20260822080000",
    "DanhGia": "Rất hài lòng",
    "HoTen": "Nguyễn Văn An",
    "YKien": "Cảm ơn cô Bình",
}
PROCEDURE: dict[str, Any] = {
    "MATTHC": "1.003560",
    "TENTTHC": "Cấp giấy phép",
    "TRANGTHAI": "1",
    "MACOQUANCONGBO": "H44",
    "IDQUYETDINHCONGBO": "101/QĐ-UBND",
    "CAPTHUCHIEN": ["1", {"MACAPTHUCHIEN": "3"}],
    "LINHVUCTHUCHIEN": [{"MALINHVUC": "G15-TP02"}],
    "DOITUONGTHUCHIEN": [{"MADOITUONG": "1"}, {"MADOITUONG": "5"}],
    "CACHTHUCTHUCHIEN": [
        {
            "KENH": "1",
            "THOIGIAN": [
                {
                    "THOIGIANGIAIQUYET": "20",
                    "DONVITINH": "Ngày",
                    "PHILEPHI": [{"MAPHILEPHI": "PH", "SOTIEN": "Không"}],
                },
                {"THOIGIANGIAIQUYET": "15", "DONVITINH": "Ngày làm việc"},
            ],
            "PHILEPHI": [{"MAPHILEPHI": "LP", "SOTIEN": "100.000"}],
        }
    ],
    "KETQUATHUCHIEN": [{"BATBUOCBANGIAY": "0"}, {"BATBUOCBANGIAY": "1"}],
    "NGAYCONGKHAI": "20250801000000",
    "NGAYBAIBO": "",
    "THANHPHANHOSO": [{"TENTHANHPHAN": "Đơn"}, {}],
    "TRINHTUTHUCHIEN": [],
}
PERSONAL = {"dossier": DOSSIER, "dossier_event": EVENT, "petition": PETITION, "rating": RATING}
