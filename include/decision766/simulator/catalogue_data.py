"""Words from which the procedure catalogue is made: sectors, what they license, real procedures.

Codes of `REAL` are national codes in use; the other codes only look like national ones.
"""

from typing import NamedTuple


class Sector(NamedTuple):
    """A field of administration: its code and name, the ministry's code, what it handles."""

    code: str
    name: str
    ministry: str
    objects: tuple[str, ...]


SECTORS: dict[str, Sector] = {
    "finance": Sector(
        "G05-KH01",
        "Thành lập và hoạt động của doanh nghiệp",
        "G05",
        (
            "giấy chứng nhận đăng ký doanh nghiệp",
            "giấy chứng nhận đăng ký đầu tư",
            "giấy chứng nhận đăng ký hợp tác xã",
            "mã số đơn vị có quan hệ với ngân sách",
        ),
    ),
    "interior": Sector(
        "G12-NV03",
        "Lao động, việc làm",
        "G12",
        (
            "giấy phép lao động cho người lao động nước ngoài",
            "giấy phép hoạt động dịch vụ việc làm",
            "giấy chứng nhận người có công",
            "thẻ hướng dẫn hội, quỹ từ thiện",
        ),
    ),
    "construction": Sector(
        "G17-XD02",
        "Hoạt động xây dựng và vận tải",
        "G17",
        (
            "giấy phép xây dựng công trình cấp II",
            "chứng chỉ hành nghề hoạt động xây dựng hạng II",
            "giấy phép lái xe",
            "giấy phép kinh doanh vận tải bằng xe ô tô",
        ),
    ),
    "agriculture": Sector(
        "G10-NM05",
        "Nông nghiệp, đất đai và môi trường",
        "G10",
        (
            "giấy chứng nhận quyền sử dụng đất",
            "giấy phép môi trường",
            "giấy phép khai thác thủy sản",
            "giấy phép khai thác nước dưới đất",
        ),
    ),
    "trade": Sector(
        "G02-CT07",
        "Lưu thông hàng hóa và xúc tiến thương mại",
        "G02",
        (
            "giấy phép bán buôn rượu",
            "giấy chứng nhận đủ điều kiện bán lẻ xăng dầu",
            "giấy chứng nhận đủ điều kiện an toàn thực phẩm",
            "đăng ký hoạt động khuyến mại",
        ),
    ),
    "education": Sector(
        "G04-GD02",
        "Giáo dục và đào tạo",
        "G04",
        (
            "bản sao văn bằng, chứng chỉ từ sổ gốc",
            "giấy phép hoạt động trung tâm ngoại ngữ, tin học",
            "quyết định cho phép trường trung học phổ thông hoạt động",
            "giấy công nhận văn bằng nước ngoài",
        ),
    ),
    "health": Sector(
        "G18-YT05",
        "Khám bệnh, chữa bệnh và dược phẩm",
        "G18",
        (
            "giấy phép hành nghề khám bệnh, chữa bệnh",
            "giấy phép hoạt động khám bệnh, chữa bệnh",
            "chứng chỉ hành nghề dược",
            "giấy chứng nhận đủ điều kiện kinh doanh dược",
        ),
    ),
    "justice": Sector(
        "G15-TP02",
        "Lý lịch tư pháp, công chứng, luật sư",
        "G15",
        (
            "phiếu lý lịch tư pháp",
            "thẻ công chứng viên",
            "giấy đăng ký hoạt động của văn phòng luật sư",
            "giấy xác nhận quốc tịch Việt Nam",
        ),
    ),
    "science": Sector(
        "G06-KC03",
        "Khoa học, công nghệ và viễn thông",
        "G06",
        (
            "giấy phép tiến hành công việc bức xạ",
            "giấy chứng nhận đăng ký hoạt động khoa học và công nghệ",
            "giấy phép bưu chính",
            "văn bản xác nhận thông báo hoạt động bưu chính",
        ),
    ),
    "culture": Sector(
        "G16-VH04",
        "Văn hóa, thể thao và báo chí",
        "G16",
        (
            "giấy phép tổ chức biểu diễn nghệ thuật",
            "giấy chứng nhận đủ điều kiện kinh doanh hoạt động thể thao",
            "giấy phép xuất bản bản tin",
            "giấy phép tổ chức triển lãm mỹ thuật",
        ),
    ),
    "tourism": Sector(
        "G16-DL01",
        "Du lịch",
        "G16",
        (
            "thẻ hướng dẫn viên du lịch",
            "giấy phép kinh doanh dịch vụ lữ hành nội địa",
            "quyết định công nhận hạng cơ sở lưu trú du lịch",
        ),
    ),
    "religion": Sector(
        "G21-TG01",
        "Tín ngưỡng, tôn giáo và công tác dân tộc",
        "G21",
        (
            "đăng ký hoạt động tôn giáo cho tổ chức có địa bàn nhiều xã",
            "văn bản chấp thuận tổ chức đại hội của tổ chức tôn giáo",
            "danh sách người có uy tín trong đồng bào dân tộc thiểu số",
        ),
    ),
    "foreign": Sector(
        "G11-NG01",
        "Ngoại vụ",
        "G11",
        (
            "văn bản cho phép sử dụng thẻ đi lại của doanh nhân APEC",
            "văn bản cho phép tổ chức hội nghị, hội thảo quốc tế",
        ),
    ),
    "zones": Sector(
        "G05-KN01",
        "Khu công nghiệp, khu kinh tế",
        "G05",
        (
            "giấy chứng nhận đăng ký đầu tư trong khu công nghiệp",
            "giấy phép xây dựng trong khu công nghiệp",
            "giấy phép lao động tại doanh nghiệp trong khu công nghiệp",
        ),
    ),
    "inspection": Sector(
        "G14-TT01",
        "Tiếp công dân, giải quyết khiếu nại, tố cáo",
        "G14",
        ("quyết định giải quyết khiếu nại lần đầu", "kết luận nội dung tố cáo"),
    ),
    "office": Sector(
        "G22-VP01",
        "Hội nghị, đối ngoại và thi đua",
        "G22",
        ("văn bản chấp thuận chủ trương đầu tư", "quyết định tặng bằng khen"),
    ),
}

COMMUNE_SECTORS: tuple[Sector, ...] = (
    Sector(
        "G15-TP01",
        "Hộ tịch",
        "G15",
        (
            "giấy khai sinh",
            "giấy chứng nhận kết hôn",
            "trích lục khai tử",
            "giấy xác nhận tình trạng hôn nhân",
        ),
    ),
    Sector(
        "G10-DD01",
        "Đất đai",
        "G10",
        ("giấy chứng nhận quyền sử dụng đất cho hộ gia đình", "hợp đồng thuê đất của hộ gia đình"),
    ),
    Sector(
        "G18-BT01",
        "Bảo trợ xã hội",
        "G18",
        ("trợ cấp xã hội hằng tháng", "giấy xác nhận khuyết tật", "hỗ trợ chi phí mai táng"),
    ),
    Sector(
        "G12-NC01", "Người có công", "G12", ("trợ cấp thờ cúng liệt sĩ", "thẻ bảo hiểm y tế người có công")
    ),
    Sector(
        "G05-HK01", "Hộ kinh doanh", "G05", ("giấy chứng nhận đăng ký hộ kinh doanh", "đăng ký tổ hợp tác")
    ),
    Sector("G17-XD05", "Quản lý xây dựng", "G17", ("giấy phép xây dựng nhà ở riêng lẻ", "số nhà")),
    Sector(
        "G04-GD05", "Giáo dục mầm non, tiểu học", "G04", ("quyết định cho phép nhóm trẻ độc lập hoạt động",)
    ),
    Sector(
        "G21-TG02",
        "Tín ngưỡng cơ sở",
        "G21",
        ("đăng ký hoạt động tín ngưỡng", "đăng ký sinh hoạt tôn giáo tập trung"),
    ),
)

ACTIONS = ("Cấp", "Cấp lại", "Cấp đổi", "Gia hạn", "Điều chỉnh", "Thu hồi", "Xác nhận thay đổi")

CERTIFIED_COPY = "2.000815"

# Real national procedures that communes handle: code, name, sector code and name, ministry.
REAL: tuple[tuple[str, str, str, str, str], ...] = (
    (
        CERTIFIED_COPY,
        "Chứng thực bản sao từ bản chính giấy tờ, văn bản do cơ quan, tổ chức có thẩm quyền của Việt Nam; "
        "cơ quan, tổ chức có thẩm quyền của nước ngoài; cơ quan, tổ chức có thẩm quyền của Việt Nam liên kết "
        "với cơ quan, tổ chức có thẩm quyền của nước ngoài cấp hoặc chứng nhận",
        "G15-TP05",
        "Chứng thực",
        "G15",
    ),
    ("2.000908", "Cấp bản sao từ sổ gốc", "G15-TP05", "Chứng thực", "G15"),
    (
        "2.000843",
        "Chứng thực bản sao từ bản chính giấy tờ, văn bản do cơ quan, tổ chức có thẩm quyền của nước ngoài "
        "cấp",
        "G15-TP05",
        "Chứng thực",
        "G15",
    ),
    (
        "2.000884",
        "Chứng thực chữ ký trong các giấy tờ, văn bản",
        "G15-TP05",
        "Chứng thực",
        "G15",
    ),
    ("1.001193", "Đăng ký khai sinh", "G15-TP01", "Hộ tịch", "G15"),
    ("1.000894", "Đăng ký kết hôn", "G15-TP01", "Hộ tịch", "G15"),
    ("1.000656", "Đăng ký khai tử", "G15-TP01", "Hộ tịch", "G15"),
    ("1.004873", "Cấp giấy xác nhận tình trạng hôn nhân", "G15-TP01", "Hộ tịch", "G15"),
)

# Procedures of the department of agriculture and environment with a code seen in real records.
REAL_LAND = (
    "1.004227",
    "Đăng ký biến động về sử dụng đất, tài sản gắn liền với đất do thay đổi thông tin về người được cấp "
    "Giấy chứng nhận",
)
