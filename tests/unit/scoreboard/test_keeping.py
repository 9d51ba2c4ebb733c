"""What is kept: made once however many ask, thrown away when the data change, never beyond its bound."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request

from decision766.scoreboard.keeping import Answer, Kept
from decision766.scoreboard.serving import respond


def test_sixteen_who_ask_at_once_wait_for_one():
    kept: Kept[str] = Kept(100, len)
    made, gate = [], threading.Event()

    def make() -> str:
        made.append(1)
        gate.wait(5)
        return "page"

    with ThreadPoolExecutor(16) as readers:
        asked = [readers.submit(kept.get, "a", 1, make) for _ in range(16)]
        time.sleep(0.1)
        gate.set()
        assert {each.result() for each in asked} == {"page"}
    assert len(made) == 1


def test_another_state_makes_it_anew_and_the_old_one_is_gone():
    kept: Kept[str] = Kept(100, len)
    assert kept.get("a", 1, lambda: "old") == "old"
    assert kept.get("a", 1, lambda: "never") == "old"
    assert kept.get("a", 2, lambda: "newer") == "newer"
    assert kept.held == 5


def test_the_least_asked_for_goes_first_and_nothing_exceeds_the_bound():
    kept: Kept[str] = Kept(100, len)
    for name in "abcde":
        kept.get(name, 1, lambda: "x" * 20)
    assert kept.held == 100
    kept.get("a", 1, lambda: "again")
    kept.get("f", 1, lambda: "x" * 20)
    assert kept.held == 100
    assert kept.get("a", 1, lambda: "again") == "x" * 20
    assert kept.get("b", 1, lambda: "again") == "again"
    kept.get("large", 1, lambda: "x" * 26)
    assert kept.get("large", 1, lambda: "not kept") == "not kept"


def test_a_failure_reaches_everyone_and_is_not_kept():
    kept: Kept[str] = Kept(100, len)
    gate = threading.Event()

    def fail() -> str:
        gate.wait(5)
        raise LookupError("none")

    with ThreadPoolExecutor(4) as readers:
        asked = [readers.submit(kept.get, "a", 1, fail) for _ in range(4)]
        time.sleep(0.1)
        gate.set()
        for each in asked:
            with pytest.raises(LookupError):
                each.result()
    assert kept.get("a", 1, lambda: "well") == "well"


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": pairs, "method": "GET", "path": "/"})


def test_who_holds_an_answer_gets_304_and_who_cannot_unpack_gets_it_plain():
    answer = Answer.of(b"long " * 500, "text/html")
    assert answer.packed
    assert respond(request(if_none_match=f'W/{answer.etag}, "x"'), answer).status_code == 304
    assert respond(request(if_none_match='"x"'), answer).status_code == 200
    plain = respond(request(), answer)
    assert (plain.body, "content-encoding" in plain.headers) == (answer.body, False)
    packed = respond(request(accept_encoding="br, gzip"), answer)
    assert (packed.body, packed.headers["content-encoding"]) == (answer.packed, "gzip")
    assert "Accept-Encoding" in packed.headers["vary"]
    assert Answer.of(b"short", "text/html").packed is None
