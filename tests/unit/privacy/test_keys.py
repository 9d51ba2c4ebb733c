"""Keys are made once, stay secret, and give the same hash for the same value."""

import stat
import threading

import pytest

from decision766.privacy import Key, KeyProblem, forget_key, load_keys, rotate_pseudonym_key, same_value
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


def test_a_rotation_makes_a_new_current_key_and_keeps_the_former(tmp_path):
    settings = Settings(home=tmp_path)
    first = load_keys(settings)
    second = rotate_pseudonym_key(settings)
    third = rotate_pseudonym_key(settings)
    assert third == load_keys(settings)
    assert third.retired == (second.pseudonym, first.pseudonym)
    assert len({key.key_id for key in (third.pseudonym, *third.retired)}) == 3
    assert first.event == second.event == third.event
    assert third.pseudonyms("s", "x") == [
        key.keyed("s", "x") for key in (third.pseudonym, second.pseudonym, first.pseudonym)
    ]
    files = [path for path in (tmp_path / "secrets").iterdir() if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_retired_key_can_be_forgotten_and_the_current_one_cannot(tmp_path):
    settings = Settings(home=tmp_path)
    first = load_keys(settings)
    second = rotate_pseudonym_key(settings)
    with pytest.raises(KeyProblem, match="no retired key"):
        forget_key(second.pseudonym.key_id, settings)
    assert forget_key(first.pseudonym.key_id, settings).retired == ()
    assert load_keys(settings).pseudonym == second.pseudonym


def test_keys_of_the_environment_are_rotated_there(tmp_path):
    other = "0e" * 32
    settings = Settings(home=tmp_path, pseudonym_key=f"k2:{other},k1:{HEX}", event_key=f"e1:{HEX}")
    keys = load_keys(settings)
    assert (keys.pseudonym.key_id, [key.key_id for key in keys.retired]) == ("k2", ["k1"])
    for change in (rotate_pseudonym_key, lambda own: forget_key("k1", own)):
        with pytest.raises(KeyProblem, match="in front of the list") as problem:
            change(settings)
        assert HEX not in str(problem.value)
    with pytest.raises(KeyProblem, match="never rotates"):
        load_keys(Settings(home=tmp_path, pseudonym_key=f"k1:{HEX}", event_key=f"e1:{HEX},e2:{other}"))
    with pytest.raises(KeyProblem, match="the same id"):
        load_keys(Settings(home=tmp_path, pseudonym_key=f"k1:{HEX},k1:{other}", event_key=f"e1:{HEX}"))


def test_a_key_that_others_can_read_is_not_used(tmp_path):
    load_keys(Settings(home=tmp_path))
    (tmp_path / "secrets" / "pseudonym.key").chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        load_keys(Settings(home=tmp_path))


def test_two_rotations_at_once_lose_no_key(tmp_path):
    settings = Settings(home=tmp_path)
    first = load_keys(settings)
    threads = [threading.Thread(target=rotate_pseudonym_key, args=(settings,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = load_keys(settings)
    assert len(keys.retired) == 6
    assert keys.retired[-1] == first.pseudonym


def test_pseudonyms_compare_under_one_key_only():
    assert same_value("p1:a", "p1:a") is True
    assert same_value("p1:a", "p1:b") is False
    assert same_value("p1:a", "p2:a") is None
