"""The exchange adapter: session, wrappings, windows, and completeness."""

import datetime as dt
import json
from typing import Any

import pytest
from source_double import HTML, PRESENT, Double, Reply, Request, exchange_source, json_reply

from decision766.sources import Connection, SourceAnswer, SourceError
from decision766.sources.exchange import ExchangeAdapter

SECRETS = ("nobody", "open-sesame", "session-")
LOGIN = {"login": "nobody", "password": "open-sesame"}


class Gateway:
    """A small gateway: counts sessions, expires them after `calls_per_session` calls, serves `records`."""

    def __init__(self, records: dict[str, list[dict[str, Any]]], calls_per_session: int = 10_000):
        self.records, self.calls_per_session = records, calls_per_session
        self.logins, self.left = 0, 0
        self.wrap: Any = lambda result: {"error_code": "0", "message": "", "result": result}
        self.expired: Reply = json_reply({"error_code": "401", "message": "Phiên làm việc đã hết hạn"})

    def __call__(self, request: Request) -> Reply:
        payload = request.payload
        if request.path.endswith("/login"):
            if request.headers.get("dstcode") != "VN:GOV" or payload.get("password") != LOGIN["password"]:
                return json_reply({"error_code": "12", "message": "nobody open-sesame"})
            self.logins, self.left = self.logins + 1, self.calls_per_session
            return json_reply({"error_code": "00", "session": f"session-{self.logins}"})
        if payload["session"] != f"session-{self.logins}" or self.left == 0:
            return self.expired
        self.left -= 1
        found = self.records.get(payload["service"], [])
        if "tungay" in payload:
            found = [row for row in found if payload["tungay"] <= row["at"] < payload["denngay"]]
        if "mathutuc" in payload and payload["service"] == "LayThuTuc":
            found = [row for row in found if row["MATTHC"] == payload["mathutuc"]]
        return json_reply(self.wrap(found))


def _adapter(double: Double, login: dict[str, str] | None = None, **changes: Any) -> ExchangeAdapter:
    connection = Connection(double.url, extra={"dstcode": "VN:GOV", "madonvi": "H12"}, **(login or LOGIN))
    return ExchangeAdapter(exchange_source(**changes), connection)


def _all(adapter: ExchangeAdapter, entity: str, cursor: str | None = None) -> list[SourceAnswer]:
    return list(adapter.fetch(entity, cursor=cursor, observed_at=PRESENT))


def _codes(answers: list[SourceAnswer]) -> list[str]:
    return [record["MaHoSo"] for answer in answers for record in answer.records["dossier"]]


DOSSIERS = [
    {"MaHoSo": f"H12.01-26{at[4:8]}-{number:05}", "at": at}
    for number, at in enumerate(
        [
            "20260701000000",
            "20260731235959",
            "20260801000000",
            "20260815093000",
            "20260901000000",
            "20260928075959",
        ]
    )
]
LATER = {"MaHoSo": "H12.01-260928-00099", "at": "20260928080000"}


def test_every_record_of_the_windows_is_read_once(double: Double) -> None:
    double.answer = gateway = Gateway({"DongBoHoSoMC": [*DOSSIERS, LATER]})
    adapter = _adapter(double)
    answers = _all(adapter, "dossier")
    assert _codes(answers) == [record["MaHoSo"] for record in DOSSIERS]
    assert [(answer.call["tungay"], answer.call["denngay"]) for answer in answers] == [
        ("20260701000000", "20260801000000"),
        ("20260801000000", "20260901000000"),
        ("20260901000000", "20260928080000"),
    ]
    assert gateway.logins == 1
    assert not answers[0].verbatim
    body = double.requests[1].payload
    assert (body["madonvi"], body["service"], body["session"]) == ("H12", "DongBoHoSoMC", "session-1")
    assert not any(secret in json.dumps(answer.call) for secret in SECRETS for answer in answers)


def test_the_next_run_reads_the_overlap_and_what_is_new(double: Double) -> None:
    double.answer = Gateway({"DongBoHoSoMC": [*DOSSIERS, LATER]})
    adapter = _adapter(double)
    cursor = adapter.next_cursor("dossier", cursor=None, observed_at=PRESENT)
    (again,) = _all(adapter, "dossier", cursor)
    assert again.call["tungay"] == "20260927080000"
    assert _codes([again]) == [DOSSIERS[-1]["MaHoSo"]]
    later = PRESENT + dt.timedelta(hours=1)
    answers = list(adapter.fetch("dossier", cursor=cursor, observed_at=later))
    assert _codes(answers) == [DOSSIERS[-1]["MaHoSo"], LATER["MaHoSo"]]
    assert adapter.next_cursor("dossier", cursor=cursor, observed_at=PRESENT - dt.timedelta(days=9)) == cursor


def test_a_catalogue_is_read_whole_and_kept_as_it_came(double: Double) -> None:
    double.answer = Gateway({"LayDanhMucDonVi": [{"code": "H12"}, {"code": "H12.01"}]})
    (answer,) = _all(_adapter(double), "org_unit")
    assert [record["code"] for record in answer.records["org_unit"]] == ["H12", "H12.01"]
    assert answer.verbatim
    assert answer.window is None
    assert "tungay" not in double.requests[-1].payload


WRAPPINGS: dict[str, Any] = {
    "number": lambda result: {"error_code": 0, "result": result},
    "two zeros": lambda result: {"error_code": "00", "message": "ok", "result": result},
    "message text": lambda result: {"error_code": "0", "message": json.dumps({"result": result})},
    "message text, own code": lambda result: {
        "error_code": "0",
        "message": json.dumps({"error_code": "00", "message": "", "result": result}),
    },
    "message list": lambda result: {"error_code": "0", "message": json.dumps(result)},
    "result text": lambda result: {"error_code": "0", "result": json.dumps(result)},
    "bare list": lambda result: result,
    "told in the text only": lambda result: {"message": "Thành công", "result": result},
}


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_every_wrapping_is_opened(double: Double, wrapping: Any) -> None:
    double.answer = gateway = Gateway({"DongBoHoSoMC": DOSSIERS})
    gateway.wrap = wrapping
    assert _codes(_all(_adapter(double), "dossier")) == [record["MaHoSo"] for record in DOSSIERS]


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_nothing_in_a_wrapping_is_no_error(double: Double, wrapping: Any) -> None:
    double.answer = gateway = Gateway({})
    gateway.wrap = wrapping
    assert _codes(_all(_adapter(double), "dossier")) == []


@pytest.mark.parametrize(
    ("reply", "kind", "cause"),
    [
        ({"error_code": "17", "message": "secret"}, "envelope", "error code 17"),
        ({"error_code": "Nguyễn Văn A, 012345678901"}, "envelope", "without an error code"),
        ({"error_code": "0", "message": '{"result": [{"a"'}, "unreadable", "inside the reply is not whole"),
        ({"error_code": "0", "message": "secret"}, "envelope", "no known envelope"),
        ({"error_code": "0", "result": ["secret"]}, "envelope", "no object"),
        ({"answer": "secret"}, "envelope", "without an error code"),
        ("secret", "envelope", "no known envelope"),
    ],
)
def test_a_bad_reply_is_named_without_its_content(double: Double, reply: Any, kind: str, cause: str) -> None:
    double.answer = gateway = Gateway({})
    gateway.wrap = lambda result: reply
    with pytest.raises(SourceError, match=cause) as raised:
        _all(_adapter(double), "dossier")
    assert raised.value.kind == kind
    message = str(raised.value)
    assert "province_h12" in message
    assert "dossier" in message
    assert "DongBoHoSoMC" in message
    assert not any(word in message for word in ("secret", "Nguyễn", *SECRETS))


@pytest.mark.parametrize(
    "expired",
    [
        json_reply({"error_code": "401"}),
        json_reply({"error_code": -3, "message": "Session expired"}),
        json_reply({"error_code": "9", "message": "Phiên làm việc đã hết hạn"}),
        json_reply({"error": "x"}, 401),
    ],
)
def test_an_expired_session_is_renewed_where_the_crawl_stood(double: Double, expired: Reply) -> None:
    double.answer = gateway = Gateway({"DongBoHoSoMC": DOSSIERS}, calls_per_session=1)
    gateway.expired = expired
    assert _codes(_all(_adapter(double), "dossier")) == [record["MaHoSo"] for record in DOSSIERS]
    assert gateway.logins == 3
    services = [request.payload.get("tungay") for request in double.requests if "service" in request.payload]
    # Months 1, 2, 2 again, 3 again; month 3 was on its way with the session that had just expired.
    assert services[0] == "20260701000000"
    assert set(services) == {"20260701000000", "20260801000000", "20260901000000"}
    assert len(services) <= 6


def test_a_session_that_expires_at_once_fails_after_one_new_login(double: Double) -> None:
    double.answer = gateway = Gateway({}, calls_per_session=0)
    with pytest.raises(SourceError, match="expired again after a new login") as raised:
        _all(_adapter(double), "dossier")
    assert raised.value.kind == "session"
    assert gateway.logins == 2


def test_a_refused_login_and_an_incomplete_connection_are_named(double: Double) -> None:
    double.answer = Gateway({})
    with pytest.raises(SourceError, match="login refused, error code 12") as raised:
        _all(_adapter(double, {"login": "nobody", "password": "wrong"}), "dossier")
    assert "nobody" not in str(raised.value)
    with pytest.raises(SourceError, match="decision766_h12 has no login or no password"):
        _all(_adapter(double, {"login": "nobody"}), "dossier")
    bare = ExchangeAdapter(exchange_source(), Connection(double.url, "nobody", "open-sesame"))
    with pytest.raises(SourceError, match="decision766_h12 lacks the extra dstcode"):
        _all(bare, "dossier")


def test_a_failing_slice_keeps_the_ones_before(double: Double) -> None:
    gateway = Gateway({"DongBoHoSoMC": DOSSIERS})
    double.answer = lambda request: (
        HTML if request.payload.get("tungay") == "20260801000000" else gateway(request)
    )
    got = []
    with pytest.raises(SourceError, match="tungay 20260801000000"):
        got.extend(
            answer.window for answer in _adapter(double).fetch("dossier", cursor=None, observed_at=PRESENT)
        )
    fetch = _adapter(double).fetch("dossier", cursor=None, observed_at=PRESENT)
    assert _codes([next(fetch)]) == [record["MaHoSo"] for record in DOSSIERS[:2]]


KEYED = {
    "entities": [
        {
            "entity": "procedure",
            "service": "LayThuTuc",
            "each_of": {"service": "LayDanhSachTTHC", "key": "MATTHC", "parameter": "mathutuc"},
        }
    ]
}


def test_a_catalogue_read_key_by_key_is_complete(double: Double) -> None:
    codes = [{"MATTHC": f"1.00000{number}"} for number in range(5)]
    double.answer = Gateway({"LayDanhSachTTHC": codes, "LayThuTuc": codes})
    (answer,) = _all(_adapter(double, **KEYED), "procedure")
    assert answer.records["procedure"] == codes
    assert answer.announced == 5
    double.answer = Gateway({"LayDanhSachTTHC": codes, "LayThuTuc": codes[:4]})
    with pytest.raises(SourceError, match=r"mathutuc 5 of 5.*a listed key has no record"):
        _all(_adapter(double, **KEYED), "procedure")
    double.answer = Gateway({"LayDanhSachTTHC": [{"code": "x"}]})
    with pytest.raises(SourceError, match="no row of the list carries MATTHC"):
        _all(_adapter(double, **KEYED), "procedure")
