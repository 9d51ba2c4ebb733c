"""The HTTP client against a source that misbehaves: it recovers, or fails by name and without values."""

import datetime as dt
import json
import time
from typing import Any

import orjson
import pytest
from source_double import FIREWALL, HTML, Double, Reply, exchange_source, gzip_reply, json_reply

from decision766.sources import SourceError
from decision766.sources.http import HttpAnswer, HttpClient

GOOD = {"code": "OK", "data": [1, 2, 3]}


def _client(url: str, waits: list[float] | None = None, **changes: Any) -> HttpClient:
    sleep = time.sleep if waits is None else waits.append
    return HttpClient(exchange_source(**changes), url, parse=orjson.loads, sleep=sleep)


def _post(client: HttpClient, **more: Any) -> HttpAnswer:
    return client.post(
        "/x", {"session": "secret-session"}, entity="dossier", call={"service": "DongBoHoSoMC"}, **more
    )


@pytest.mark.parametrize(
    "first",
    [
        Reply(500, b"boom"),
        Reply(503, b"", {"Retry-After": "0"}),
        Reply(429, b"", {"Retry-After": "0"}),
        HTML,
        Reply(200, b'{"code": "OK", "da'),
        Reply(200, b""),
        Reply(200, b"   \n"),
        Reply(200, b"\x1f\x8bgarbage", {"Content-Encoding": "gzip"}),
        json_reply(GOOD, cut=5),
        Reply(drop=True),
        Reply(200, b'\xff\xfe{"a": 1}'),
    ],
    ids=["500", "503", "429", "html", "cut-json", "empty", "blank", "gzip", "short", "dropped", "not-utf8"],
)
def test_a_passing_fault_is_tried_again(double: Double, first: Reply) -> None:
    double.script = [first, json_reply(GOOD, 201)]
    answer = _post(_client(double.url))
    assert (answer.data, answer.status, answer.attempts) == (GOOD, 201, 2)
    assert len(double.requests) == 2


@pytest.mark.parametrize(
    ("reply", "kind", "cause"),
    [
        (Reply(500, b"secret-in-page"), "unreachable", "status 500"),
        (HTML, "unreadable", "HTML page instead of JSON"),
        (Reply(200, b'{"secret-in-page": '), "unreadable", "no whole JSON"),
        (Reply(200, b""), "unreadable", "empty body"),
        (Reply(200, b"secret-in-page", {"Content-Encoding": "gzip"}), "unreadable", "cannot be unpacked"),
        (json_reply(GOOD, cut=3), "unreadable", "broke off"),
        (Reply(drop=True), "unreachable", "connection broken by 127.0.0.1"),
    ],
)
def test_a_lasting_fault_is_named_after_all_tries(
    double: Double, reply: Reply, kind: str, cause: str
) -> None:
    double.script = [reply]
    with pytest.raises(SourceError) as raised:
        _post(_client(double.url))
    message = str(raised.value)
    assert raised.value.kind == kind
    assert len(double.requests) == 3
    for part in ["source province_h12", "dossier", "service DongBoHoSoMC", "/x", cause, "3 tries"]:
        assert part in message
    assert "secret" not in message
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("reply", [Reply(403, b"no"), FIREWALL, Reply(404, b"no"), Reply(302, b"")])
def test_a_refusal_is_not_tried_again(double: Double, reply: Reply) -> None:
    double.script = [reply]
    with pytest.raises(SourceError, match="1 try"):
        _post(_client(double.url))
    assert len(double.requests) == 1


def test_429_without_retry_after_is_tried_again_only_where_the_yaml_says_so(double: Double) -> None:
    double.script = [Reply(429, b"")]
    with pytest.raises(SourceError, match="refuses the call") as raised:
        _post(_client(double.url, retries={"attempts": 3, "statuses": [500]}))
    assert (raised.value.kind, len(double.requests)) == ("refused", 1)


def test_retry_after_is_waited_out(double: Double) -> None:
    waits: list[float] = []
    double.script = [Reply(429, b"", {"Retry-After": "2"}), json_reply(GOOD)]
    assert _post(_client(double.url, waits)).attempts == 2
    assert waits == [2.0]


def test_a_retry_after_beyond_the_limit_ends_the_call(double: Double) -> None:
    waits: list[float] = []
    double.script = [Reply(503, b"", {"Retry-After": "3600"})]
    with pytest.raises(SourceError, match="asks to wait 3600 s, more than the 2 s allowed") as raised:
        _post(_client(double.url, waits))
    assert waits == []
    again_at = raised.value.again_at
    assert again_at is not None
    assert 3590 < (again_at - dt.datetime.now(dt.UTC)).total_seconds() <= 3600


def test_waits_double_and_stay_below_the_limit(double: Double) -> None:
    waits: list[float] = []
    double.script = [Reply(500, b"")]
    with pytest.raises(SourceError):
        _post(
            _client(double.url, waits, retries={"attempts": 5, "backoff_seconds": 1, "max_wait_seconds": 3})
        )
    assert waits == [1.0, 2.0, 3.0, 3.0]


def test_calls_keep_their_distance(double: Double) -> None:
    waits: list[float] = []
    double.script = [json_reply(GOOD)]
    client = HttpClient(
        exchange_source(rate={"min_delay_seconds": 5}),
        double.url,
        parse=orjson.loads,
        sleep=waits.append,
        clock=lambda: 100.0,
    )
    _post(client)
    _post(client)
    assert waits == [5.0]


def test_the_next_call_is_on_its_way_while_an_answer_is_decoded(double: Double) -> None:
    def parse(body: bytes) -> Any:
        deadline = time.monotonic() + 5
        while len(double.requests) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        return orjson.loads(body)

    double.answer = lambda request: json_reply(request.payload)
    client = HttpClient(exchange_source(), double.url, parse=parse)
    more: dict[str, Any] = {"entity": "dossier", "call": {}}
    first = client.post("/x", {"page": 1}, following={"page": 2}, **more)
    assert [request.payload for request in double.requests] == [{"page": 1}, {"page": 2}]
    second = client.post("/x", {"page": 2}, **more)
    assert (first.data, second.data) == ({"page": 1}, {"page": 2})
    assert len(double.requests) == 2


def test_a_call_sent_ahead_that_failed_is_tried_again_when_it_is_asked_for(double: Double) -> None:
    double.script = [json_reply(1), Reply(503, b""), json_reply(2)]
    client = _client(double.url)
    more: dict[str, Any] = {"entity": "dossier", "call": {}}
    assert client.post("/x", {"page": 1}, following={"page": 2}, **more).attempts == 1
    second = client.post("/x", {"page": 2}, **more)
    assert (second.data, second.attempts) == (2, 2)


def test_another_call_than_the_one_sent_ahead_gets_its_own_answer(double: Double) -> None:
    double.answer = lambda request: json_reply(request.payload)
    client = _client(double.url)
    more: dict[str, Any] = {"entity": "dossier", "call": {}}
    client.post("/x", {"page": 1}, following={"page": 2}, **more)
    assert client.post("/x", {"page": 3}, **more).data == {"page": 3}
    assert client.post("/x", {"page": 2}, **more).data == {"page": 2}


def test_after_a_refusal_nothing_is_sent_ahead(double: Double) -> None:
    double.script = [Reply(403, b"no")]
    with pytest.raises(SourceError, match="refuses the call"):
        _client(double.url).post("/x", {"page": 1}, following={"page": 2}, entity="dossier", call={})
    time.sleep(0.05)
    assert len(double.requests) == 1


def test_a_slow_drip_ends(double: Double) -> None:
    double.script = [json_reply(GOOD)]
    ticks = iter(range(0, 10_000, 50))
    client = HttpClient(
        exchange_source(timeout={"total_seconds": 10}, retries={"attempts": 2, "backoff_seconds": 0}),
        double.url,
        parse=orjson.loads,
        clock=lambda: float(next(ticks)),
    )
    with pytest.raises(SourceError, match="took longer than 10 s"):
        _post(client)


def test_a_drip_by_the_byte_ends_in_time_and_not_when_a_block_is_full(double: Double) -> None:
    double.script = [json_reply(GOOD, drip=0.05)]
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"took longer than 0\.3 s"):
        _post(_client(double.url, timeout={"total_seconds": 0.3}, retries={"attempts": 1}))
    assert time.monotonic() - began < 1


def test_a_bare_401_goes_to_the_family_that_has_sessions(double: Double) -> None:
    double.script = [Reply(401, b"<html>no</html>")]
    answer = _post(_client(double.url), error_bodies=True)
    assert (answer.status, answer.data, answer.attempts) == (401, None, 1)
    with pytest.raises(SourceError, match="HTML page"):
        _post(_client(double.url))


def test_json_inside_a_json_text_is_opened_once(double: Double) -> None:
    text = json.dumps(GOOD)
    double.script = [json_reply(text), json_reply("no JSON"), json_reply(text[:-2])]
    client = _client(double.url, retries={"attempts": 1})
    answer = _post(client)
    assert (answer.data, answer.body) == (GOOD, text.encode())
    assert _post(client).data == "no JSON"
    with pytest.raises(SourceError, match="no whole JSON"):
        _post(client)


def test_nobody_listens_and_no_such_host(double: Double) -> None:
    double.close()
    with pytest.raises(SourceError, match=r"connection refused by 127\.0\.0\.1") as raised:
        _post(_client(double.url))
    assert raised.value.kind == "unreachable"
    with pytest.raises(SourceError, match="base URL cannot be used"):
        _post(_client("nonsense"))


def test_compressed_answers_and_error_bodies_are_read(double: Double) -> None:
    double.script = [
        gzip_reply(GOOD),
        json_reply({"code": "NO_DATA"}, 404),
        json_reply({"code": "NO_DATA"}, 404),
    ]
    client = _client(double.url)
    assert _post(client).data == GOOD
    assert _post(client, error_bodies=True).status == 404
    with pytest.raises(SourceError, match="status 404"):
        _post(client)
