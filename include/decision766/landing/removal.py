"""Taking landed objects away: a tombstone beside the manifest says when and why; the manifest stays.

`<sha>.tombstone.json` is written before the object goes, so that a crash leaves no object that is gone
without a word. An object from which something was erased has a successor, `<sha>.erased.ndjson.zst`: the
same lines in the same order, without what was erased.
"""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson
import zstandard
from upath import UPath

from decision766.landing.objects import LandedObject, LandingError

_OBJECT, _TOMBSTONE, _SUCCESSOR = ".ndjson.zst", ".tombstone.json", ".erased.ndjson.zst"
_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def remove(root: UPath, path: str, note: dict[str, Any]) -> int:
    """Take an object and its successor away; returns bytes freed. What is gone already is no error."""
    _write(root / _beside(path, _TOMBSTONE), orjson.dumps(note, default=str, option=_OPTIONS))
    freed = 0
    for target in (root / path, root / _beside(path, _SUCCESSOR)):
        try:
            size = target.stat().st_size
            target.unlink()
            freed += size
        except FileNotFoundError:
            continue
    return freed


def replace_lines(root: UPath, landed: LandedObject, lines: Iterable[bytes], note: dict[str, Any]) -> None:
    """Put a successor in an object's place: `lines`, one per line of the object, in its order."""
    content, digest, size = io.BytesIO(), hashlib.sha256(), 0
    with zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(content, closefd=False) as out:
        for line in lines:
            digest.update(line)
            out.write(line)
            size += len(line)
    successor = _beside(landed.path, _SUCCESSOR)
    _write(root / successor, content.getvalue())
    told = {**note, "successor": {"path": successor, "sha256": digest.hexdigest(), "byte_count": size}}
    _write(root / _beside(landed.path, _TOMBSTONE), orjson.dumps(told, default=str, option=_OPTIONS))
    (root / landed.path).unlink(missing_ok=True)


def tombstone_of(root: UPath, path: str) -> dict[str, Any] | None:
    """Return the tombstone of an object, None if it has none."""
    try:
        found: dict[str, Any] = orjson.loads((root / _beside(path, _TOMBSTONE)).read_bytes())
    except FileNotFoundError:
        return None
    return found


def successor_of(root: UPath, landed: LandedObject) -> LandedObject:
    """Return what stands in the place of an object that is gone.

    Raises:
        LandingError: nothing does; the message says why, if a tombstone tells.
    """
    note = tombstone_of(root, landed.path)
    if note is None:
        raise LandingError(f"landed object {landed.path} is missing")
    if successor := note.get("successor"):
        return replace(landed, **successor)
    raise LandingError(
        f"landed object {landed.path} was taken away on {str(note.get('at'))[:10]} ({note.get('why')}); "
        f"its records are in raw, and its source can be read again"
    )


def _beside(path: str, ending: str) -> str:
    return path.removesuffix(_OBJECT) + ending


def _write(target: UPath, content: bytes) -> None:
    """Write whole or not at all: to another name first where the store can rename."""
    if target.protocol not in ("", "file", "local"):
        target.write_bytes(content)  # object stores show an object once its upload is complete
        return
    temporary = target.with_name(f".{target.name}.part")
    temporary.write_bytes(content)
    temporary.rename(target)
