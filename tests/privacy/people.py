"""Invented people in every spelling that sources use, and a search for them in any spelling."""

import itertools
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SURNAMES = (
    *("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô"),
    *("Dương", "Lý", "Đinh", "Trương", "Trịnh", "Lương", "Đoàn", "Đào"),
)
MIDDLE = (
    "Văn",
    "Thị Mỹ",
    "Thị Kim",
    "Hữu Đức",
    "Minh Ngọc",
    "Quốc Xuân",
    "Thanh",
    "Đức",
    "Ngọc Bích",
    "Xuân",
)
GIVEN = (
    *("Khiêm", "Thoại", "Quyền", "Nghiệp", "Thược", "Vượng", "Oanh", "Huyền", "Thuận", "Khuê", "Đạt", "Nhàn"),
    *("Tường", "Hoè", "Uyển", "Tuệ", "Triết", "Nghĩa", "Thạch", "Diễm"),
)
STREETS = ("Hoa Gạo", "Cây Sung", "Bến Đò Cũ", "Giếng Nước", "Chợ Chiều")
DUMMIES = ("000000000", "000000000000", "111111111", "999999999")
_SPACED = re.compile(r"\B(?=(?:\d{3})+$)")


@dataclass(frozen=True)
class Invented:
    """One person: every datum in its plain spelling; numbers are digits alone."""

    name: str
    citizen_no: str
    old_no: str
    phone: str
    email: str
    id_email: str
    address: str
    account: str
    birthday: tuple[int, int, int]

    def names(self) -> Iterator[str]:
        bare = _bare(self.name)
        yield from (self.name, unicodedata.normalize("NFD", self.name), self.name.upper(), bare, bare.upper())
        yield from (self.name.lower(), bare.lower(), bare.replace(" ", ""), bare.replace(" ", "_"))
        yield from (bare.lower().replace(" ", ""), self.name.replace(" ", "  "), self.name.replace(" ", "."))

    def numbers(self) -> Iterator[str]:
        for digits in (self.citizen_no, self.old_no, self.account):
            yield from (digits, _SPACED.sub(" ", digits), _SPACED.sub(".", digits), _SPACED.sub("-", digits))
        rest = self.phone[1:]
        yield from (self.phone, f"{self.phone[:4]} {self.phone[4:7]} {self.phone[7:]}", f"+84{rest}")
        yield from (
            f"{self.phone[:4]}.{self.phone[4:7]}.{self.phone[7:]}",
            f"84 {rest[:3]} {rest[3:6]} {rest[6:]}",
        )

    def birthdays(self) -> Iterator[str]:
        day, month, year = self.birthday
        yield from (f"{day:02d}/{month:02d}/{year}", f"{year}-{month:02d}-{day:02d}", f"{day}.{month}.{year}")
        yield from (
            f"{year}{month:02d}{day:02d}",
            f"{day:02d}{month:02d}{year}",
            f"{year}{month:02d}{day:02d}000000",
        )

    def texts(self) -> Iterator[str]:
        yield from (self.email, self.email.upper(), self.id_email, self.address, _bare(self.address))
        yield unicodedata.normalize("NFD", self.address).upper()
        yield f"Đề nghị của ông/bà {self.name}, số CCCD {self.citizen_no}, điện thoại {self.phone}"

    def spellings(self) -> Iterator[str]:
        yield from (*self.names(), *self.numbers(), *self.birthdays(), *self.texts())


def invent(count: int, seed: int = 766) -> list[Invented]:
    """Return people, no two of the same name, number or address."""
    rng, people, seen = random.Random(seed), [], set[str]()
    while len(people) < count:
        name = f"{rng.choice(SURNAMES)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"
        if name in seen:
            name = f"{name} {rng.choice(GIVEN)}"
        if name in seen:
            continue
        seen.add(name)
        number, year = len(people), rng.randint(1935, 1999)
        born = (rng.randint(1, 28), rng.randint(1, 12), year)
        citizen = f"0{rng.randint(10, 96)}{rng.randint(0, 1)}{year % 100:02d}{rng.randint(100_000, 999_999)}"
        # No month behind the second digit: an old number that reads as a dated code is another matter.
        old = f"{rng.randint(10, 38)}{rng.randint(13, 99)}{rng.randint(10_000, 99_999)}"
        phone = f"09{rng.randint(10_000_000, 99_999_999)}"
        account = f"{rng.choice(('97', '71', '05'))}{rng.randint(10**9, 10**10 - 1)}{number % 10}7"
        if any(digits.endswith("000") for digits in (citizen, old, account)):
            continue
        local = _bare(name).lower().replace(" ", ".")
        people.append(
            Invented(
                name=name,
                citizen_no=citizen,
                old_no=old,
                phone=phone,
                email=f"{local}{number}@hopthu.example",
                id_email=f"{citizen}@hopthu.example",
                address=f"Số {100 + number}, ngõ {number % 90 + 5}, đường {rng.choice(STREETS)}",
                account=account,
                birthday=born,
            )
        )
    return people


def _bare(text: str) -> str:
    kept = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(char for char in kept if not unicodedata.combining(char))


_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
# Ids and hashes of our own, which hold long rows of digits; PostgreSQL writes bytes as \\x….
_OURS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:(?<![0-9a-z])|(?<=\\x))[0-9a-f]{24,}(?![0-9a-z])"
)
_CHAIN = re.compile(r"\d(?:[ .\-\u00a0]{0,2}\d){8,}")
_WORD = re.compile(r"[a-z0-9]+")
_DATE = re.compile(r"(?<!\d)\d[\d/.\-]{7,13}(?!\d)")
_DUMMY = re.compile(r"(?<![\d.\-])(?:" + "|".join(DUMMIES) + r")(?![\d\-])")
_WINDOW = 9


class Search:
    """Finds people in any text: composed or not, with or without marks and case, digits however separated."""

    def __init__(self, people: Iterable[Invented]):
        self._numbers: dict[str, set[str]] = defaultdict(set)
        self._phrases: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
        self._joined: set[str] = set()
        self._dates: set[str] = set()
        self.needles = 0
        self.characters = 0
        for person in people:
            for digits in (person.citizen_no, person.old_no, person.account, person.phone[1:]):
                self._numbers[digits[:_WINDOW]].add(digits)
            for text in (person.name, person.address, person.email.split("@")[0]):
                words = tuple(_WORD.findall(_bare(text).casefold()))
                self._phrases[words[0], words[1]].add(words)
            self._joined.add(_bare(person.name).casefold().replace(" ", ""))
            self._dates.update(person.birthdays())
            self.needles += 4 + 3 + 1 + 6
        self._any_joined = re.compile("|".join(sorted(map(re.escape, self._joined), key=len, reverse=True)))

    def find(self, text: str) -> set[str]:
        """Return what of the people stands in the text."""
        self.characters += len(text)
        clear = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        folded = _OURS.sub(" ", _bare(unicodedata.normalize("NFKC", clear)).casefold())
        found = set(_DUMMY.findall(folded))
        for chain in set(_CHAIN.findall(folded)):
            digits = re.sub(r"\D", "", chain)
            for place in range(len(digits) - _WINDOW + 1):
                for number in self._numbers.get(digits[place : place + _WINDOW], ()):
                    if digits.startswith(number, place):
                        found.add(number)
        found |= self._dates.intersection(_DATE.findall(folded))
        words = _WORD.findall(folded)
        for place, pair in enumerate(itertools.pairwise(words)):
            for phrase in self._phrases.get(pair, ()):
                if tuple(words[place : place + len(phrase)]) == phrase:
                    found.add(" ".join(phrase))
        for word in set(words):
            if len(word) > 7 and (match := self._any_joined.search(word)):
                found.add(match[0])
        return found
