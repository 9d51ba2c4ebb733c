"""Keys are made once, stay secret, and give the same hash for the same value."""

import stat
import threading

import pytest

from decision766.privacy import Key, KeyProblem, load_keys
from decision766.settings import Settings

HEX = "0f" * 32


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path):
    first, second = (load_keys(Settings(home=tmp_path)) for _ in range(2))
    assert first == second
    assert first.pseudonym != first.event
    files = sorted((tmp_path / "secrets").iterdir())
    assert [path.name for path in files] == ["event.key", "pseudonym.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_keys_of_the_settings_win(tmp_path):
    keys = load_keys(Settings(home=tmp_path, pseudonym_key=f"k1:{HEX}", event_key=f"k2:{HEX}"))
    assert (keys.pseudonym.key_id, keys.event.key_id) == ("k1", "k2")
    assert not (tmp_path / "secrets").exists()


def test_processes_that_start_together_use_one_key(tmp_path):
    start, found = threading.Barrier(8), []

    def load():
        start.wait()
        found.append(load_keys(Settings(home=tmp_path)))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({(keys.pseudonym.secret, keys.event.secret) for keys in found}) == 1
    assert len(list((tmp_path / "secrets").iterdir())) == 2


@pytest.mark.parametrize("text", ["", HEX, "K1:" + HEX, "k1:0f", "k1:" + "zz" * 32, "k1:" + "0" * 33])
def test_a_bad_key_is_refused_without_showing_it(text):
    with pytest.raises(KeyProblem) as problem:
        Key.parse(text, origin="DECISION766_EVENT_KEY")
    assert "DECISION766_EVENT_KEY" in str(problem.value)
    assert HEX not in str(problem.value)


def test_a_secret_does_not_show():
    assert HEX not in repr(Key.parse(f"k1:{HEX}", origin="test"))


def test_hashes_depend_on_key_scope_and_value():
    key, other = (
        Key.parse(f"{name}:{pair * 32}", origin="test") for name, pair in (("k1", "0f"), ("k2", "0e"))
    )
    assert key.keyed("a", "x") == key.keyed("a", "x")
    assert len({key.keyed("a", "x"), key.keyed("a", "y"), key.keyed("b", "x"), other.keyed("a", "x")}) == 4
    assert key.keyed("a", "x").startswith("k1:")
    assert len(key.keyed("a", "x")) == len("k1:") + 32
