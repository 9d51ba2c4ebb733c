"""How the data themselves misbehave: the cases that real systems show, each to be switched on by name.

What always misbehaves a little is in the world and its rendering (versions in any order, dummy
identities, suffixed codes, amounts as words, corrupted dates, undeclared fields). Here is what a whole
system does wrong once it does. Which records are hit follows from their numbers, so that every call
renders the same bytes.
"""

import copy
import datetime as dt
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import orjson

from decision766.simulator.model import Dossier

# Name → number of the case in the catalogue of misbehaviour, and what happens.
CASES: dict[str, tuple[int, str]] = {
    "numbers_made_anew": (2, "one in five dossiers has a new number; what points to it names the old one"),
    "statuses_as_done": (3, "5, 6 and 8 are sent as 9; undated dossiers get a closing event made up"),
    "submitted_copied": (4, "NgayNopHoSo is copied from NgayTiepNhan, everywhere"),
    "payment_from_last_fee": (5, "the payment flag says paid when the last fee row is 0"),
    "digitised_zero": (6, 'DuocSoHoa is "0" in every component'),
    "no_promised_date": (7, "NgayHenTra is always empty"),
    "dummy_identities": (8, "identities are 000000000, e-mail addresses are built from them"),
    "placeholder_procedure": (9, "one in ten dossiers names a placeholder procedure"),
    "stray_quotes": (10, "fee codes carry stray quotes"),
    "twelve_hour_clock": (11, "times are on a 12-hour clock"),
    "utc_times": (11, "times are 7 hours early: UTC, and nothing says so"),
    "marked_utc": (11, "local times are marked Z"),
    "no_reception": (12, "one in ten dossiers has no date of reception"),
    "told_in_text": (13, "success is told in the message only, without an error code"),
    "restated": (18, "the portal restates: one more case in the numerator of every metric"),
    "nulls_and_unknown": (19, "counts are null, fields are missing, others are new"),
    "late_arrivals": (20, "one in four dossiers is sent five weeks after it changed"),
}
PLACEHOLDER = "0.000000"
UNKNOWN_FIELD = "TruongMoi"
LATE = dt.timedelta(days=35)
_TIMES = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi")
_ZERO = ("0", "Không")
# What a dossier's record under an old number says: it would be counted otherwise, were it taken for the last.
_UNLIKE = {
    "KenhThucHien": "3",
    "TrangThaiHoSo": "4",
    "DuocThanhToanTrucTuyen": "3",
    "DanhSachGiayToKetQua": [],
}


class Misbehaviour:
    """The cases that are switched on.

    Raises:
        ValueError: a name that is no case.
    """

    def __init__(self, cases: Collection[str] = ()) -> None:
        unknown = sorted(set(cases) - set(CASES))
        if unknown:
            raise ValueError(f"no such case: {', '.join(unknown)}. Known: {', '.join(CASES)}.")
        self._cases = frozenset(cases)

    def __contains__(self, case: str) -> bool:
        """Whether a case is switched on."""
        return case in self._cases

    def sent_at(self, dossier: Dossier, changed_at: dt.datetime, present: dt.datetime) -> dt.datetime:
        """When a change of a dossier reaches the reader: at once, or weeks later."""
        if "late_arrivals" not in self._cases or dossier.noise % 4:
            return changed_at
        return max(changed_at, min(changed_at + LATE, present - dt.timedelta(hours=1)))

    def dossiers(
        self, records: Iterable[dict[str, Any]], keep: Collection[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Spoil dossier records as the cases say. keep: dossiers whose number stays what it is."""
        for record in records:
            if self._cases:
                self._spoil(record)
            if record["MaHoSo"] in keep:
                yield record
            else:
                yield from self._numbered(record)

    def former_numbers(self, code: str) -> tuple[str, ...]:
        """Numbers that a dossier bore before this one, oldest first: one, two, or most often none."""
        draw = zlib.crc32(code.encode())
        if "numbers_made_anew" not in self._cases or not code or draw % 5:
            return ()
        unit, day, serial = code.split("-")
        province, _, below = unit.partition(".")
        of_province = f"{province}-{day}-{below.replace('.', '')}{serial}"
        of_legacy_system = f"000.00.{below or '00'}.{province}-{day}-{serial}"
        return (of_legacy_system,) if draw % 2 else (of_province, of_legacy_system)

    def references(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Let records that name a dossier name an old number of it; some come under both."""
        for record in records:
            field = "MaHoSo" if "MaHoSo" in record else "dossier_code"
            former = self.former_numbers(str(record.get(field) or ""))
            draw = zlib.crc32(orjson.dumps(record)) if former else 0
            if former:
                yield {**record, field: former[draw % len(former)]}
            is_petition = "SoPAKN" in record
            if not former or (draw % 3 == 0 and not is_petition):
                yield record

    def _numbered(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A record under its number and as it stood, otherwise than now, under each it bore before."""
        numbers = (*self.former_numbers(record["MaHoSo"]), record["MaHoSo"])
        versions = [{**record, **_UNLIKE, "MaHoSo": number} for number in numbers[:-1]] + [record]
        for version, before in zip(versions[1:], numbers, strict=False):
            version["MaHoSoCu"] = before
        yield from versions if zlib.crc32(record["MaHoSo"].encode()) % 3 else reversed(versions)

    def events(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Spoil progress events as the cases say."""
        for record in records:
            yield record
            if "statuses_as_done" in self._cases and record["TrangThai"] in ("5", "6", "8"):
                yield {**record, "TrangThai": "9", "NoiDungXuLy": "Kết thúc"}

    def sheet(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Spoil the data of an evaluation answer as the cases say; the original stays."""
        if not self._cases & {"restated", "nulls_and_unknown"} or "evaluation" not in data:
            return data
        spoilt = copy.deepcopy(dict(data))
        for unit in (spoilt["overview"], *spoilt["evaluation"]):
            for metric in unit.get("metrics") or []:
                if "restated" in self._cases and metric.get("numerator") is not None:
                    metric["numerator"] += 1
                if "nulls_and_unknown" in self._cases:
                    metric["numerator"] = None
                    metric["qualityIndex"] = 7
        return spoilt

    def envelope(self, reply: dict[str, Any]) -> dict[str, Any]:
        """Spoil the envelope of an exchange reply."""
        if "told_in_text" in self._cases:
            return {"message": "Thành công", "result": reply["result"]} if "result" in reply else reply
        return reply

    def _spoil(self, record: dict[str, Any]) -> None:
        is_tenth = zlib.crc32(str(record["MaHoSo"]).encode()) % 10 == 0
        if "statuses_as_done" in self._cases and record["TrangThaiHoSo"] in ("5", "6", "8"):
            record["TrangThaiHoSo"] = "9"
        if "submitted_copied" in self._cases:
            record["NgayNopHoSo"] = record["NgayTiepNhan"]
        fees = record["DanhSachLePhi"]
        if "payment_from_last_fee" in self._cases and fees and fees[-1]["Gia"] in _ZERO:
            record["DuocThanhToanTrucTuyen"] = "1"
        if "digitised_zero" in self._cases:
            record["TaiLieuNop"] = [{**part, "DuocSoHoa": "0"} for part in record["TaiLieuNop"]]
        if "no_promised_date" in self._cases:
            record["NgayHenTra"] = ""
            record["DanhSachHoSoBoSung"] = [
                {**item, "NgayHenTraTruoc": "", "NgayHenTraMoi": ""} for item in record["DanhSachHoSoBoSung"]
            ]
        if "dummy_identities" in self._cases:
            record |= {"SoGiayToChuHoSo": "000000000", "Email": "000000000@mc.example"}
            record["DinhDanhCHS"] = [{"LoaiDinhDanh": "1", "SoDinhDanh": "000000000"}]
        if "placeholder_procedure" in self._cases and is_tenth:
            record["MaTTHC"] = PLACEHOLDER
        if "stray_quotes" in self._cases:
            record["DanhSachLePhi"] = [{**fee, "MaPhiLePhi": f"'{fee['MaPhiLePhi']}\""} for fee in fees]
        if "no_reception" in self._cases and is_tenth:
            record["NgayTiepNhan"] = ""
        if "nulls_and_unknown" in self._cases:
            record.pop("HinhThuc", None)
            record |= {UNKNOWN_FIELD: "7", "DuocThanhToanTrucTuyen": None}
        for name in _TIMES:
            record[name] = self._time(record[name])

    def _time(self, stamp: str) -> str:
        if not stamp or not stamp.isdigit():
            return stamp
        if "twelve_hour_clock" in self._cases:
            return f"{stamp[:8]}{(int(stamp[8:10]) - 1) % 12 + 1:02d}{stamp[10:]}"
        if "marked_utc" in self._cases:
            return f"{stamp}Z"
        if "utc_times" in self._cases:
            try:
                moment = dt.datetime.strptime(stamp, "%Y%m%d%H%M%S")  # noqa: DTZ007 - local by contract
            except ValueError:
                return stamp
            return f"{moment - dt.timedelta(hours=7):%Y%m%d%H%M%S}"
        return stamp
