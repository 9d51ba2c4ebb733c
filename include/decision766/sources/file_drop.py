"""Family `file_drop`: newline-delimited JSON files in a folder, read and never touched.

A file's name says its entity (`dossiers-2026-08.ndjson.gz` → dossier, by the YAML's patterns). A file
is known by the hash of its bytes: one that was loaded before is not read again, under any name. A
line that is no JSON object is reported by offset, length and cause; the rest of its file is read.
"""

import datetime as dt
import fnmatch
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from decision766.sources.config import FileDropSource
from decision766.sources.contract import Connection, SourceAnswer, SourceError, Unparseable

_SUFFIXES = (".ndjson", ".jsonl")
_BLOCK = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class FileDropAdapter:
    """Reads the files of one folder; see `decision766.sources.contract.Adapter`."""

    def __init__(self, config: FileDropSource, connection: Connection):
        self._config = config
        self._folder = Path(connection.base_url.removeprefix("file://")).expanduser()
        self._patterns: dict[str, str] = {item.entity: item.files for item in config.entities}
        self._taken: dict[str, dict[str, str]] = {}

    def entities(self) -> list[str]:
        """Entities in the order of the YAML, catalogues first."""
        return list(self._patterns)

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables that the files of `entity` fill: its own."""
        return [entity]

    def unknown_files(self) -> list[str]:
        """Names of files that no pattern claims, for the run's summary; an empty list without a folder."""
        if not self._folder.is_dir():
            return []
        return [
            path.name
            for path in self._files()
            if not any(self._matches(path.name, pattern) for pattern in self._patterns.values())
        ]

    def notes(self) -> list[str]:
        """Files that no pattern claims."""
        return [f"file {name} is of no known kind and was left alone" for name in self.unknown_files()]

    def fetch(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> Iterator[SourceAnswer]:
        """Yield the files of `entity` that were not loaded before, in the order of their names.

        A large file comes in parts, cut between lines; offsets then count from the part's start,
        which the call names. An empty file is an answer without records: the source is there.

        Raises:
            SourceError: the folder or a file cannot be read, or a compressed file is damaged.
        """
        if not self._folder.is_dir():
            cause = (
                f"no folder {self._folder}; set connection {self._config.connection} to an existing folder"
            )
            raise SourceError(self._config.id, entity, cause, kind="unreachable")
        known, taken = set(_hashes(cursor)), self._taken.setdefault(entity, {})
        for path in self._files():
            if not self._matches(path.name, self._patterns[entity]):
                continue
            try:
                digest = _file_hash(path)
                if digest in known:
                    continue
                known.add(digest)
                _unpack_all(path)
                yield from self._parts(entity, path)
                taken[digest] = path.name
            except (OSError, EOFError, zlib.error) as error:
                cause = f"file {path.name} cannot be read ({type(error).__name__}); send it again whole"
                raise SourceError(
                    self._config.id, entity, cause, kind="unreadable", call={"file": path.name}
                ) from None

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the hashes of all files loaded so far, as a JSON list."""
        return json.dumps(sorted({*_hashes(cursor), *self._taken.get(entity, {})}))

    def _files(self) -> list[Path]:
        return sorted(
            path for path in self._folder.iterdir() if path.is_file() and not path.name.startswith(".")
        )

    def _matches(self, name: str, pattern: str) -> bool:
        stem = name.lower().removesuffix(".gz")
        return any(
            stem.endswith(suffix) and fnmatch.fnmatchcase(stem.removesuffix(suffix), pattern.lower())
            for suffix in _SUFFIXES
        )

    def _parts(self, entity: str, path: Path) -> Iterator[SourceAnswer]:
        offset, part = 0, 1
        with _open(path) as file:
            while True:
                body = b"".join(file.readlines(self._config.part_bytes))
                if not body and part > 1:
                    return
                records, unparseable = _read_lines(body, first=part == 1)
                yield SourceAnswer(
                    entity=entity,
                    records={entity: records},
                    body=body,
                    call={"file": path.name, "part": part, "offset": offset},
                    fetched_at=dt.datetime.now(dt.UTC),
                    unparseable=tuple(unparseable),
                )
                if not body:
                    return
                offset, part = offset + len(body), part + 1


def _read_lines(body: bytes, *, first: bool) -> tuple[list[dict[str, Any]], list[Unparseable]]:
    """Records of the lines, and the lines that are none; blank lines are nothing."""
    records: list[dict[str, Any]] = []
    unparseable: list[Unparseable] = []
    offset = 0
    for number, line in enumerate(body.splitlines(keepends=True)):
        text = line.removeprefix(_BOM) if first and number == 0 else line
        if text.strip():
            cause = ""
            try:
                record = orjson.loads(text)
                if isinstance(record, dict):
                    records.append(record)
                else:
                    cause = "the line is JSON, but no object"
            except ValueError:
                cut = not line.endswith((b"\n", b"\r"))
                cause = "the line is no JSON" + (" and the file ends in it: half-written?" if cut else "")
            if cause:
                unparseable.append(Unparseable(offset, len(line), cause))
        offset += len(line)
    return records, unparseable


def _open(path: Path) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def _unpack_all(path: Path) -> None:
    """Unpack a compressed file to its end: one that breaks off must not be half-loaded, part by part."""
    if path.name.lower().endswith(".gz"):
        with gzip.open(path, "rb") as file:
            while file.read(_BLOCK):
                pass


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hashes(cursor: str | None) -> list[str]:
    return [str(digest) for digest in json.loads(cursor)] if cursor else []
