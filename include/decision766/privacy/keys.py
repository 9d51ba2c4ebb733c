"""The two keys of the redactor: pseudonyms may be re-keyed, event identity never is.

A key is `KEYID:HEX`, from the settings or made once in the state folder (`secrets/`, readable by the
owner alone). Every keyed value carries the id of its key. Losing the event key splits event
identity: what was loaded before and after can no longer be recognised as the same.
"""

import contextlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from decision766.settings import Settings, get_settings

_KEY = re.compile(r"([a-z0-9]{1,16}):([0-9a-fA-F]{32,})")
_HEX_DIGITS = 32


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
    """pseudonym: of people and their papers; event: of event identity, never rotated."""

    pseudonym: Key
    event: Key


def load_keys(settings: Settings | None = None) -> Keys:
    """Return the keys of the settings; what is unset is read from the state folder, made there at first use.

    Raises:
        KeyProblem: a key cannot be read or made.
    """
    settings = settings or get_settings()
    folder = settings.home / "secrets"
    return Keys(
        pseudonym=_key(settings.pseudonym_key, "DECISION766_PSEUDONYM_KEY", folder / "pseudonym.key", "p"),
        event=_key(settings.event_key, "DECISION766_EVENT_KEY", folder / "event.key", "e"),
    )


def _key(given: str | None, variable: str, path: Path, letter: str) -> Key:
    if given:
        return Key.parse(given, origin=variable)
    try:
        if not path.exists():
            _make(path, letter)
        return Key.parse(path.read_text(encoding="ascii", errors="replace"), origin=str(path))
    except OSError as error:
        raise KeyProblem(
            f"{path}: {error.strerror}. Set {variable}, or let this user write there."
        ) from error


def _make(path: Path, letter: str) -> None:
    """Make a key whole or not at all; of two processes that try, one wins and both use its key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{letter}{secrets.token_hex(4)}:{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
