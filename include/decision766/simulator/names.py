"""Invented people and companies. All of it stands for personal data and must never be stored."""

# ruff: noqa: S311 - a seeded generator is wanted: the world must be the same at every build

import random
import unicodedata

from decision766.simulator.model import Person
from decision766.simulator.places import PROVINCES, commune_names, place_names

SURNAMES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
)
SURNAME_WEIGHTS = (30, 12, 10, 7, 6, 5, 4, 4, 3, 3, 2, 2, 2, 1)
MIDDLE_NAMES = (
    "Thị Mỹ",
    "Thị Kim",
    "Thị Ngọc",
    "Thị Thu",
    "Văn",
    "Hữu",
    "Minh",
    "Quốc",
    "Thanh",
    "Đức",
    "Gia",
    "Bảo",
)
GIVEN_NAMES = tuple(
    " ".join(
        (
            "An Anh Bình Châu Chi Cường Dung Dũng Duy Giang Hà Hải Hạnh Hiền",
            "Hiếu Hoa Hoàng Hùng Hương Huy Khánh Khoa Lan Linh Loan Long Mai My",
            "Nam Nga Ngân Nghĩa Nhân Nhi Nhung Oanh Phong Phúc Phương Quân Quyên Sơn",
            "Tâm Thảo Thắng Thịnh Thủy Tiên Toàn Trang Trinh Trúc Tuấn Tùng Tuyết Uyên",
            "Vân Vinh Vy Xuân Yến",
        )
    ).split()
)
STREETS = (
    "Lý Thường Kiệt",
    "Nguyễn Trãi",
    "Quang Trung",
    "Lê Lợi",
    "Hùng Vương",
    "Trần Hưng Đạo",
    "Phan Bội Châu",
)
COMPANY_WORDS = ("Minh", "Phát", "Hưng", "Thịnh", "An", "Khang", "Đại", "Tín", "Gia", "Việt", "Nam", "Long")
ID_PREFIX = {"H12": "096", "H17": "048", "H29": "079"}


def plain(text: str) -> str:
    """Return a text without diacritics and spaces, lower case: the local part of an e-mail address."""
    text = text.replace("Đ", "D").replace("đ", "d")
    return "".join(c for c in unicodedata.normalize("NFD", text) if c.isascii() and c.isalnum()).lower()


class People:
    """A pool of applicants and officials for each province."""

    def __init__(self, seed: int, size: int) -> None:
        self._places = place_names()
        self.citizens: dict[str, list[Person]] = {}
        self.companies: dict[str, list[Person]] = {}
        self.officials: dict[str, list[Person]] = {}
        for spec in PROVINCES:
            rng = random.Random(f"{seed}:people:{spec.code}")
            communes = commune_names(spec.statistics_code)
            count = max(40, int(size * spec.share))
            self.citizens[spec.code] = [self._person(rng, spec.code, communes, n) for n in range(count)]
            self.companies[spec.code] = [
                self._company(rng, spec.code, communes, n) for n in range(max(10, count // 8))
            ]
            self.officials[spec.code] = [
                self._person(rng, spec.code, communes, n + 900_000) for n in range(80)
            ]

    def all(self) -> list[Person]:
        """Return everybody."""
        return [
            person
            for group in (self.citizens, self.companies, self.officials)
            for people in group.values()
            for person in people
        ]

    def _name(self, rng: random.Random) -> str:
        while True:
            surname = rng.choices(SURNAMES, SURNAME_WEIGHTS)[0]
            name = f"{surname} {rng.choice(MIDDLE_NAMES)} {rng.choice(GIVEN_NAMES)}"
            if name not in self._places:
                return name

    def _address(self, rng: random.Random, communes: tuple[str, ...]) -> str:
        house = f"Số {rng.randint(1, 899)}/{rng.randint(1, 99)}"
        return f"{house} đường {rng.choice(STREETS)}, {rng.choice(communes)}"

    def _person(self, rng: random.Random, province: str, communes: tuple[str, ...], number: int) -> Person:
        name = self._name(rng)
        year = rng.randint(1950, 2006)
        century = 0 if year < 2000 else 2
        id_number = (
            f"{ID_PREFIX[province]}{century + rng.randint(0, 1)}{year % 100:02d}{number % 1_000_000:06d}"
        )
        digits = rng.randint(0, 99_999_999)
        phone = f"09{digits // 1_000_000:02d} {digits // 1000 % 1000:03d} {digits % 1000:03d}"
        email = f"{plain(name)}.{province.lower()}{number}@thudientu.example"
        return Person(name, id_number, phone, email, self._address(rng, communes))

    def _company(self, rng: random.Random, province: str, communes: tuple[str, ...], number: int) -> Person:
        word = " ".join(rng.sample(COMPANY_WORDS, 2))
        name = f"Công ty TNHH {word} {province[1:]}{number:04d}"
        digits = rng.randint(0, 9_999_999)
        phone = f"028 3{digits // 10_000:03d} {digits % 10_000:04d}"
        tax_code = f"{ID_PREFIX[province]}{number:07d}-{rng.randint(1, 999):03d}"
        email = f"lienhe.{plain(word)}{number}.{province.lower()}@doanhnghiep.example"
        return Person(name, tax_code, phone, email, self._address(rng, communes))
