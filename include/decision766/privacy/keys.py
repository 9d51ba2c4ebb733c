"""The keys of the redactor: pseudonyms may be re-keyed, event identity never is.

A key is `KEYID:HEX`, from the settings or made once in the state folder (`secrets/`, readable by the
owner alone). Every keyed value carries the id of its key. Losing the event key splits event
identity: what was loaded before and after can no longer be recognised as the same.

Pseudonyms have one current key, the first of the list, and retired ones behind it: what was written
under them is still found. Two pseudonyms are of the same value if they are equal, of different values
if they differ under one key, and cannot be compared if their keys differ (`same_value`).
"""

import contextlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from decision766.settings import Settings, get_settings

_KEY = re.compile(r"([a-z0-9]{1,16}):([0-9a-fA-F]{32,})")
_HEX_DIGITS = 32
# File of a kind of key, and the letter that ids of its keys begin with.
_PSEUDONYM, _EVENT = ("pseudonym.key", "p"), ("event.key", "e")


class KeyProblem(Exception):
    """A key cannot be used. The message says where it comes from, never what it is."""


@dataclass(frozen=True)
class Key:
    """A secret key and its id."""

    key_id: str
    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str, *, origin: str) -> "Key":
        """Read `KEYID:HEX` (id of small letters and digits, at least 16 bytes of key).

        Raises:
            KeyProblem: the text is no key; names `origin`.
        """
        match = _KEY.fullmatch(text.strip())
        if not match or len(match[2]) % 2:
            raise KeyProblem(
                f"{origin}: not a key. Write KEYID:HEX, an id of small letters and digits and at least "
                f"32 hexadecimal digits."
            )
        return cls(match[1], bytes.fromhex(match[2]))

    def keyed(self, scope: str, value: str) -> str:
        """Return `keyid:` and 32 hexadecimal digits (HMAC-SHA-256) of a value within a scope."""
        digest = hmac.digest(self.secret, f"{scope}\0{value}".encode("utf-8", "surrogatepass"), "sha256")
        return f"{self.key_id}:{digest.hex()[:_HEX_DIGITS]}"


@dataclass(frozen=True)
class Keys:
    """pseudonym: of people and their papers; event: of event identity, never rotated.

    retired: former keys of pseudonyms, newest first; nothing new is written under them. erased: marks of
    values whose pseudonyms were erased on request (`erasure_mark`); the redactor leaves such values out.
    """

    pseudonym: Key
    event: Key
    retired: tuple[Key, ...] = ()
    erased: frozenset[str] = field(default=frozenset(), repr=False)

    def pseudonyms(self, scope: str, value: str) -> list[str]:
        """Return the pseudonyms of a value under every key there is, the current one first."""
        return [key.keyed(scope, value) for key in (self.pseudonym, *self.retired)]

    def erasure_mark(self, scope: str, value: str) -> str:
        """Return what stands for an erased value; under the event key, so that no rotation loses it."""
        return self.event.keyed(f"erased\0{scope}", value)


def same_value(one: str, other: str) -> bool | None:
    """Whether two pseudonyms of one field stand for the same value; None if their keys differ."""
    if one.partition(":")[0] != other.partition(":")[0]:
        return None
    return one == other


def load_keys(settings: Settings | None = None) -> Keys:
    """Return the keys of the settings; what is unset is read from the state folder, made there at first use.

    Raises:
        KeyProblem: a key cannot be read or made.
    """
    settings = settings or get_settings()
    folder = settings.home / "secrets"
    pseudonym, *retired = _keys(settings.pseudonym_key, "DECISION766_PSEUDONYM_KEY", folder, _PSEUDONYM)
    event, *others = _keys(settings.event_key, "DECISION766_EVENT_KEY", folder, _EVENT)
    if others:
        raise KeyProblem("DECISION766_EVENT_KEY: more than one key; the event key never rotates. Give one.")
    return Keys(pseudonym, event, tuple(retired))


def rotate_pseudonym_key(settings: Settings | None = None) -> Keys:
    """Make a new current key of pseudonyms, whole or not at all; the former ones are retired, not lost.

    Raises:
        KeyProblem: the keys come from the environment, where only their owner can change them.
    """
    settings = settings or get_settings()
    with _own_keys(settings) as path:
        known = load_keys(settings)
        lines = [_new_line(_PSEUDONYM[1]), *map(_line, (known.pseudonym, *known.retired))]
        _replace(path, "".join(lines))
    return load_keys(settings)


def forget_key(key_id: str, settings: Settings | None = None) -> Keys:
    """Take a retired key away for good; the caller has made sure that nothing is left under it.

    Raises:
        KeyProblem: no retired key has this id, or the keys come from the environment.
    """
    settings = settings or get_settings()
    with _own_keys(settings) as path:
        known = load_keys(settings)
        if key_id not in {key.key_id for key in known.retired}:
            raise KeyProblem(f"{key_id} is no retired key. Retired keys: decision766 keys list")
        kept = [key for key in known.retired if key.key_id != key_id]
        _replace(path, "".join(map(_line, (known.pseudonym, *kept))))
    return load_keys(settings)


@contextlib.contextmanager
def _own_keys(settings: Settings) -> Iterator[Path]:
    """The file of the pseudonyms' keys, held so that two changes come one after the other."""
    if settings.pseudonym_key:
        raise KeyProblem(
            "The keys come from DECISION766_PSEUDONYM_KEY. Put a new KEYID:HEX in front of the list there, "
            "keep the former ones behind it, separated by commas, and start the processes again."
        )
    folder = settings.home / "secrets"
    load_keys(settings)
    with FileLock(folder / ".pseudonym.lock", mode=0o600):
        yield folder / _PSEUDONYM[0]


def _keys(given: str | None, variable: str, folder: Path, kind: tuple[str, str]) -> list[Key]:
    """Keys of a variable (separated by commas) or of a file (one a line), the current one first."""
    name, letter = kind
    path = folder / name
    if given:
        origin, texts = variable, given.split(",")
    else:
        try:
            if not path.exists():
                _make(path, letter)
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise KeyProblem(f"{path}: others can read it. Make it the owner's alone: chmod 600")
            origin, texts = str(path), path.read_text(encoding="ascii", errors="replace").split()
        except OSError as error:
            raise KeyProblem(
                f"{path}: {error.strerror}. Set {variable}, or let this user write there."
            ) from error
    found = [Key.parse(text, origin=origin) for text in texts or [""]]
    if len({key.key_id for key in found}) != len(found):
        raise KeyProblem(
            f"{origin}: two keys carry the same id; what was written under them cannot be told apart"
        )
    return found


def _line(key: Key) -> str:
    return f"{key.key_id}:{key.secret.hex()}\n"


def _new_line(letter: str) -> str:
    return f"{letter}{secrets.token_hex(4)}:{secrets.token_hex(32)}\n"


def _replace(path: Path, content: str) -> None:
    """Put new content in the place of a key file, with the owner's rights alone, in one step."""
    temporary = _written(path, content)
    temporary.replace(path)


def _make(path: Path, letter: str) -> None:
    """Make a key whole or not at all; of two processes that try, one wins and both use its key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = _written(path, _new_line(letter))
    try:
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()


def _written(path: Path, content: str) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary
