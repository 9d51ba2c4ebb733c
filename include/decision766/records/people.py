"""What gives a person away in a name of a field, a code or a public text: surnames, numbers, e-mail.

Used where text may stand that nobody checked: keys of objects, codes, public texts. In doubt it says
person: what it hides is a name of a field or a code, which are counted all the same. It knows Vietnamese
names, with and without diacritics, and cannot tell a street or a school named after a person from one.
"""

import itertools
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

# No word of a field's name looks like these.
_PLAIN_SURNAMES = frozenset(" ".join(("nguyen tran pham huynh bui ngo phung nghiem quach vuong",)).split())
_COMMON_SURNAMES = _PLAIN_SURNAMES | frozenset(
    " ".join(
        ("le hoang phan vu vo dang do ho duong ly dinh truong mai trinh cao luong luu ha doan lam dao",)
    ).split()
)
_SURNAMES = _COMMON_SURNAMES | frozenset(
    " ".join(
        (
            "to ta thai kieu bach khuc chau giang ton dong than thach la lieu mac ninh trieu chu dam diep cu",
            "huu tong uong nong ngan quang si sam thieu tieu vien hua kha khong khuat lai luc vang",
        )
    ).split()
)
_MIDDLE_NAMES = frozenset(
    " ".join(
        (
            "van thi duc huu minh ngoc thanh quang xuan kim hong thu cong dinh quoc anh tuan hai gia bao my",
            "nhat hoang phuong bich cam diem dieu khanh lan mai manh nam ngan nhu phuc quynh tan the thien",
            "thuy tien tra trong trung tu tuong tuyet viet vinh yen ba chi dang doan dong duy ha hieu hoai",
            "hung huynh khac khoa kieu linh long luong my nguyen nguyet phi phu quy sy tam thai thao thang",
            "thuc tran tri truc truong",
        )
    ).split()
)
# Words that together are part of a field's name, and no person.
_PHRASE_LIST = (
    "ho so,ho ten,ho dan,ho tich,ho khau,ho chieu,ho tro,chu ho,le phi,ty le,ti le,ly do,xu ly,quan ly,"
    "phap ly,thanh ly,dai ly,dang ky,dang nhap,dang xu,dang giai,dang tai,hai long,thai do,trang thai,"
    "hinh thai,che do,muc do,tien do,toc do,cap do,do tuoi,do dai,do hai,to chuc,to khai,to trinh,"
    "to dan,thanh phan,bo phan,phan loai,phan hoi,phan anh,phan he,phan cap,phan quyen,phan tram,"
    "mot phan,nhiem vu,dich vu,nghiep vu,noi vu,vu viec,vu an,chuc vu,so luong,chat luong,khoi luong,"
    "thoi luong,tien luong,quy trinh,trinh tu,trinh do,tien trinh,quyet dinh,quy dinh,xac dinh,"
    "dinh danh,dinh kem,dinh ky,giam dinh,tham dinh,chi dinh,lam viec,viec lam,viec lam,lam moi,"
    "duong dan,duong bo,tuyen duong,truong hop,truong thong,nha truong,mo rong,luu tru,luu y,ban luu,"
    "doan the,doanh thu,doanh nghiep,"
    "cao nhat,nang cao,dien tu,thu tuc,thu hoi,thu phi,thu tu,da thu,thanh toan,"
    "hoan thanh,thanh lap,thanh cong,thong tin,van ban,cong van,cong bo,cong khai,cong dan,cong chuc,"
    "cong viec,cong trinh,cong ty,cong dich,hai quan,quoc gia,quoc te,quoc tich,viet nam,thong bao,"
    "bao cao,bao gom,bao hiem,gia tri,gia han,gia dinh,danh gia,don gia,muc gia,ket qua,ma ho,ma so,"
    "ma don,ma thu,ma tthc,ma dinh,ma loai,ma giay,ma tinh,ma xa,ma linh,ma buu,dong bo,hop dong,"
    "hoat dong,tu dong,lao dong,tu choi,tu ngay,tu phap,den ngay,xa phuong,cap xa,phi le,chi phi,"
    "phi thu,mien phi,mau don,bieu mau,mau so,tang giam,no phi,lai xe,tin nhan,y kien,so luu,la ban,"
    "co la"
)
_PHRASES = frozenset(tuple(phrase.split()) for phrase in _PHRASE_LIST.split(","))
_JOINED_PHRASES = tuple({"".join(phrase) for phrase in _PHRASES})
_COMMONEST_MIDDLE_NAMES = frozenset({"van", "thi", "huu", "duc", "ngoc"})
_CLEAR_MIDDLE_NAMES = _MIDDLE_NAMES - {
    "phi",
    "an",
    "anh",
    "the",
    "tien",
    "nam",
    "my",
    "ha",
    "ba",
    "tri",
    "tra",
}
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|\(at\)", re.IGNORECASE)
# Codes full of digits that name no person: of objects, and the national ones of procedures.
_NO_PERSON = re.compile(
    r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{64})\b|(?<!\d)\d\.\d{6}(?!\d)(?:\.000\.00\.00)?",
    re.IGNORECASE,
)
_DIGIT_CHAIN = re.compile(r"\d(?:[\s.\-–_]{0,2}\d){8,}")
_ROUND_SUM = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})*\.000\.000")  # 15.000.000.000 đồng
_DATED = re.compile(r"(?:20)?[1-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{0,6}", re.ASCII)
_DATE_PARTS = re.compile(
    r"(?P<y1>1[89]\d{2})[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})(?:[T ].*)?"
    r"|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>1[89]\d{2})"
    r"|(?P<y3>1[89]\d{2})(?P<m3>\d{2})(?P<d3>\d{2})(?:\d{6})?"
    r"|(?P<d4>\d{2})(?P<m4>\d{2})(?P<y4>1[89]\d{2})",
    re.ASCII,
)
_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(
    r"\b(?:số|so)\s*\d+\S*,?\s+(?:đường|phố|ngõ|ngách|hẻm|kiệt|duong|pho|ngo|hem)\b"
    r"|\b(?:thôn|ấp|xóm|khóm|tổ dân phố|khu phố)\s+\S+,",
    re.IGNORECASE,
)
# Parts of names of fields that announce a person; written together, in small letters.
_PERSONAL_MARKS = (
    *("hoten", "tenchu", "tennguoi", "nguoi", "fullname", "ngaysinh", "namsinh", "sinhnhat", "birth", "dob"),
    *("cmnd", "cccd", "cmt", "dinhdanh", "giayto", "hochieu", "passport", "identity", "sdt", "dienthoai"),
    *("phone", "mobile", "didong", "zalo", "email", "diachi", "address", "taikhoan", "stk", "account"),
    *("masothue", "bhxh", "bhyt", "baohiem", "chuho", "officer", "canbo", "applicant"),
)


def bare(text: str) -> str:
    """Text without diacritics, in small letters: `Đỗ Thị Ánh` → `do thi anh`."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold().replace("đ", "d"))
    return "".join(char for char in folded if not unicodedata.combining(char))


@lru_cache(maxsize=16_384)
def reads_as_person(text: str) -> bool:
    """Whether a field's name or a code is a person's name: NguyenVanAn, le_thi_hoa, NGUYENVANAN1990."""
    if len(text) < 6:
        return False
    words = [bare(word) for word in _CAMEL.findall(_ascii(text))]
    return any(_is_joined_name(word) for word in words) or _holds_name(words)


def names_a_person(text: str) -> bool:
    """Whether a public text is a person's name, whatever its spelling, and nothing else."""
    found = _WORD.findall(unicodedata.normalize("NFC", text))
    words, capitals = [bare(word) for word in found], all(word[0].isupper() for word in found)
    return (
        3 <= len(words) <= 6
        and words[0] in _SURNAMES
        and (capitals or words[0] in _PLAIN_SURNAMES or words[1] in _MIDDLE_NAMES)
        and _holds_name(words)
    )


def reaches_a_person(text: str, *, is_code: bool = False) -> bool:
    """Whether a text holds an e-mail address, or a number of nine digits and more, however grouped.

    is_code: the text is a code of a system, in which a group of digits may begin with a date.
    """
    if ("@" in text or "(at)" in text) and _EMAIL.search(text):
        return True
    found = _DIGIT_CHAIN.search(text)
    return found is not None and any(
        not _ROUND_SUM.fullmatch(match[0]) and (not is_code or _is_long_number(match[0]))
        for match in _DIGIT_CHAIN.finditer(_NO_PERSON.sub("#", text))
    )


def mentions_a_person(text: str) -> bool:
    """Whether a message holds a full name, written with capitals, or an address."""
    if _ADDRESS.search(text):
        return True
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    return any(
        bare(first) in _COMMON_SURNAMES and all(word[0].isupper() for word in (first, second, third))
        for first, second, third in zip(words, words[1:], words[2:], strict=False)
    )


def reads_as_birthday(text: str) -> bool:
    """Whether a text is a date before this century, in any usual order: nothing here is as old as that."""
    parts = _DATE_PARTS.fullmatch(text)
    if parts is None:
        return False
    for year, month, day in (
        (parts["y1"], parts["m1"], parts["d1"]),
        (parts["y2"], parts["m2"], parts["d2"]),
        (parts["y3"], parts["m3"], parts["d3"]),
        (parts["y4"], parts["m4"], parts["d4"]),
    ):
        if year and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return True
    # Eight digits can be read in both orders; the expression finds only the first.
    return len(text) == 8 and text.isdigit() and _reads_backwards(text)


def _reads_backwards(digits: str) -> bool:
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    return 1 <= day <= 31 and 1 <= month <= 12 and 1900 <= year < 2000


def announces_a_person(name: str) -> bool:
    """Whether a field's name says that a datum of a person stands in it: NgaySinh, so_dien_thoai."""
    together = "".join(char for char in bare(name) if char.isalpha())
    return any(mark in together for mark in _PERSONAL_MARKS)


def _is_long_number(chain: str) -> bool:
    """Nine digits and more, however grouped, unless a group of them begins with a date of this century."""
    groups = re.findall(r"\d+", chain)
    return not any(len(group) >= 6 and _DATED.fullmatch(group) for group in groups)


def _ascii(text: str) -> str:
    kept = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(char for char in kept if not unicodedata.combining(char))


def _is_joined_name(word: str) -> bool:
    """`nguyenvanan`: a surname, a middle name and more, written together; no word of the trade begins so."""
    if word.startswith(_JOINED_PHRASES):
        return False
    for length in range(2, min(8, len(word) - 3)):
        surname, rest = word[:length], word[length:]
        if surname not in _SURNAMES:
            continue
        middles = (
            _MIDDLE_NAMES
            if surname in _PLAIN_SURNAMES
            else _CLEAR_MIDDLE_NAMES
            if surname in _COMMON_SURNAMES
            else _COMMONEST_MIDDLE_NAMES
        )
        if any(rest.startswith(name) and len(rest) - len(name) >= 2 for name in middles):
            return True
    return False


def _holds_name(words: Sequence[str]) -> bool:
    pairs = [pair in _PHRASES for pair in itertools.pairwise(words)]
    for place, word in enumerate(words[:-1]):
        if word not in _SURNAMES or pairs[place] or (place and pairs[place - 1]):
            continue
        if word in _PLAIN_SURNAMES:
            return True
        following = words[place + 1 :]
        if len(following) < 2:
            continue
        begins = place == 0 and word in _COMMON_SURNAMES
        if not any(pairs[place:]) and (begins or following[0] in _MIDDLE_NAMES):
            return True
    return False
