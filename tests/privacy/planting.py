"""Puts people where they do not belong: into every field of every kind of record, and beside them."""

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import orjson
from tests.privacy.people import DUMMIES, Invented
from tests.unit.record_samples import DOSSIER, EVENT, PETITION, PROCEDURE, RATING

_OWN: dict[str, dict[str, Any]] = {
    "org_unit": {
        "code": "H44.07", "name": "Sở Ví dụ", "type": "department", "parent_code": "H44", "portal_id": "P-7",
        "valid_from": "2025-07-01", "valid_to": None, "successor_code": None,
    },
    "unit_procedure_authority": {
        "unit_code": "H44.07", "procedure_code": "1.003560", "valid_from": "2025-07-01", "valid_to": None,
    },
    "service": {
        "service_code": "DVC-1", "procedure_code": "1.003560", "level": "full", "state": "public",
        "applied_units": ["H44.07"], "valid_from": "2025-07-01", "valid_to": None,
    },
    "procedure_part": {
        "unit_code": "H44.07", "procedure_code": "1.003560", "part": "name", "valid_from": "2025-07-01",
        "valid_to": None,
    },
    "decision": {
        "decision_no": "101/QĐ-UBND", "unit_code": "H44.07", "decided_on": "2026-01-05", "kind": "new",
        "is_local": False, "legal_effect_on": "2026-01-10",
        "procedures": [{"procedure_code": "1.003560", "published_on": "2026-01-07"}],
    },
    "sync_receipt": {"dossier_code": "H44.07-260815-00012", "synced_at": "2026-08-15T10:00:00+07:00"},
    "national_report_total": {
        "unit_code": "H44.07", "period_grain": "month", "period_start": "2026-08-01", "received_total": 5,
    },
    "portal_total": {
        "unit_code": "H44.07", "period_grain": "month", "period_start": "2026-08-01", "received_total": 5,
    },
    "certified_copy": {
        "dossier_code": "H44.07-260815-00012", "unit_code": "H44.07",
        "issued_at": "2026-08-15T10:00:00+07:00", "is_electronic": True,
    },
    "stated_measure": {
        "unit_code": "H44.07", "unit_level": "province", "measure_code": "remote_filing",
        "period_start": "2026-01-01", "period_end": "2026-08-31", "numerator": 5, "denominator": 10,
        "document_no": "45/BC-UBND",
    },
}  # fmt: skip
SAMPLES: dict[str, dict[str, Any]] = {
    "dossier": DOSSIER,
    "dossier_event": EVENT,
    "petition": PETITION,
    "rating": RATING,
    "procedure": PROCEDURE,
    **_OWN,
}
# What nothing can tell from what belongs there, as docs/privacy.md says: a name in the public name of a
# unit or a procedure (units and schools bear people's names), a day in the calendar of a catalogue.
PUBLIC_NAMES = {"name", "TENTTHC"}
CALENDAR_DAYS = {
    *("valid_from", "valid_to", "decided_on", "legal_effect_on", "published_on"),
    *("period_start", "period_end"),
}
UNDECLARED = ("GhiChuMoi", "hoTenNguoiNop", "ngay_sinh", "SoTaiKhoan", "thongTinKhac", "_extra", "_errors")
_LONG = 20_000


class Planter:
    """Gives out people in turn, in every spelling, and remembers how many it planted."""

    def __init__(self, people: list[Invented]):
        self._turn = itertools.cycle(
            [(person, kind) for person in people for kind in ("names", "numbers", "birthdays", "texts")]
        )
        self._spellings: Iterator[tuple[str, str]] = self._all()
        self.planted = 0
        self.distinct: set[str] = set()

    def _all(self) -> Iterator[tuple[str, str]]:
        for person, kind in self._turn:
            for spelling in getattr(person, kind)():
                yield kind, spelling
            yield "numbers", next(self._dummies)

    _dummies = itertools.cycle(DUMMIES)

    def next(self, *without: str) -> str:
        """The next spelling, of another kind than `without`."""
        while True:
            kind, spelling = next(self._spellings)
            if kind not in without:
                self.planted += 1
                self.distinct.add(spelling)
                return spelling

    def for_field(self, name: str) -> str:
        if name in PUBLIC_NAMES:
            while "@" not in (found := self.next("names", "birthdays")) and not found[:1].isdigit():
                continue
            return found
        return self.next("birthdays") if name in CALENDAR_DAYS else self.next()

    def records(self, sample: dict[str, Any], per_place: int = 50) -> Iterator[dict[str, Any]]:
        """Copies of a record: people in each of its places, in turn in each shape; then beside them."""
        shapes = itertools.cycle(
            (lambda x: x, lambda x: f"  {x} ", lambda x: x, lambda x: [x], lambda x: {"a": x}, _as_number)
        )
        for path in list(_places(sample)):
            field = next((key for key in reversed(path) if isinstance(key, str)), "")
            for _ in range(per_place):
                record = copy.deepcopy(sample)
                _put(record, path, next(shapes)(self.for_field(field)))
                yield record
        yield from self.beside(sample)

    def beside(self, sample: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Copies of a record with people in undeclared fields, in keys, deep down, and at length."""
        for number, _ in enumerate(_holders(sample)):
            for name in UNDECLARED:
                for value in (
                    self.next(),
                    [self.next()],
                    {self.next(): self.next()},
                    {"a": [[{"b": self.next()}]]},
                ):
                    record = copy.deepcopy(sample)
                    list(_holders(record))[number][name] = value
                    yield record
            record = copy.deepcopy(sample)
            holder = list(_holders(record))[number]
            holder[self.next()], holder[self.next("birthdays")] = 1, {"a": True}
            holder["GhiChuDai"] = f"{'x' * _LONG} {self.next()} {'y' * _LONG}"
            yield record

    def spoil(self, value: Any, depth: int = 0) -> Any:
        """An answer with people beside everything that it holds; what it holds stays as it is."""
        if isinstance(value, dict):
            spoiled = {key: self.spoil(item, depth + 1) for key, item in value.items()}
            if depth < 6:
                spoiled["ghiChuNoiBo"] = self.next()
                spoiled[self.next("birthdays")] = 1
                spoiled["nguoiLap"] = {"hoTen": self.next(), "lienHe": [self.next()]}
            return spoiled
        return [self.spoil(item, depth + 1) for item in value] if isinstance(value, list) else value

    def broken_bodies(self) -> Iterator[tuple[int, bytes, dict[str, str]]]:
        """Answers that are errors, pages or no JSON, each with people in it: status, body, headers."""
        html = {"Content-Type": "text/html"}
        for status in (200, 400, 403, 404, 500, 503):
            text = f"<html><title>{self.next()}</title><body>{self.next()} {self.next()}</body></html>"
            yield status, text.encode(), html
            yield status, orjson.dumps({"message": self.next(), "error": {"detail": self.next()}}), {}
            yield (
                status,
                orjson.dumps({"error_code": self.next(), "code": self.next(), "message": self.next()}),
                {},
            )
        yield 200, f'{{"result": [{{"ChuHoSo": "{self.next()}", '.encode(), {}
        yield 200, f"{self.next()} is no JSON".encode(), {}
        yield 200, orjson.dumps(self.next()), {}
        yield 200, orjson.dumps([self.next(), 1]), {}
        yield 200, orjson.dumps({"result": self.next(), "content": self.next(), "data": self.next()}), {}
        yield 302, b"", {"Location": f"/login?user={self.next('names', 'texts', 'birthdays')}"}
        yield 200, b"", {"X-User": self.next("names", "texts")}


def _as_number(text: str) -> Any:
    return int(text) if text.isdigit() else text


def _places(record: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in record.items() if isinstance(record, dict) else enumerate(record):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*path, key))


def _put(record: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        record = record[key]
    record[path[-1]] = value


def _holders(record: Any) -> Iterator[dict[str, Any]]:
    if isinstance(record, dict):
        yield record
    for value in record.values() if isinstance(record, dict) else record:
        if isinstance(value, dict | list):
            yield from _holders(value)
