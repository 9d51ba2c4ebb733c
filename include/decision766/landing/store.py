"""The landing zone: a folder or an object store, written once per content, never changed.

`<source>/<entity>/<sha[:2]>/<sha>.ndjson.zst` holds redacted records, one JSON object per line in
canonical form (sorted keys), named by the SHA-256 of the lines; `<sha>.manifest.json` beside it says
where they came from. Answers that need no redaction are kept byte for byte as well, under
`<source>/<answer>/<sha[:2]>/<sha>.body.zst`. An object is complete before its name exists, and its
manifest comes after it, so that a crash leaves no half object; the same answer again writes nothing.
"""

import contextlib
import hashlib
import io
import itertools
import os
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import zstandard
from upath import UPath

from decision766.landing.objects import LandedObject, LandingError, UndeclaredField
from decision766.landing.removal import successor_of
from decision766.privacy import REDACTOR_VERSION, Keys, Redactor, is_public, load_keys
from decision766.records import ENTITIES
from decision766.records.spec import Record
from decision766.settings import Settings, get_settings
from decision766.sources.contract import SourceAnswer, read_lines

Tap = Callable[[int, list[bytes], list[str]], None]

_LEVEL = 3
_REDACTED_AT_ONCE = 40  # more would let the collector of garbage look at records that are in use
_WRITTEN_AT_ONCE = 500
_LARGE = 4 * 1024 * 1024
_SPOOL = 4 * 1024 * 1024
_CHUNK = 1024 * 1024


def open_landing(settings: Settings | None = None, *, erased: frozenset[str] = frozenset()) -> "LandingStore":
    """Return the landing zone of the settings, with the redactor's keys.

    erased: marks of values that were erased on request and never land again.
    """
    settings = settings or get_settings()
    return LandingStore(settings.landing_root, replace(load_keys(settings), erased=erased))


class LandingStore:
    """Puts answers into the landing zone and reads them back. One instance serves one thread."""

    def __init__(self, root: str | Path | UPath, keys: Keys):
        self._root = UPath(root)
        self._is_local = self._root.protocol in ("", "file", "local")
        self._keys = keys
        self._redactors: dict[str, Redactor] = {}

    @property
    def root(self) -> UPath:
        """Root of the zone; paths of objects are relative to it."""
        return self._root

    def put(self, source_id: str, answer: SourceAnswer, *, tap: Tap | None = None) -> dict[str, LandedObject]:
        """Redact and land an answer; returns raw entity → its landed object.

        Records pass the redactor on their way to disk. A verbatim answer is kept byte for byte as well,
        unless it holds what may be a person's. tap: is told of all lines as they land: the number of the
        first (from 1), the lines without their ends, the cells of each; for answers of one entity.

        Raises:
            KeyError: an entity that docs/records.md does not know.
            OSError: the landing zone cannot be written, or a part of a file not be read.
        """
        body = answer.body if answer.lines is None else answer.lines.read()
        original_sha256 = hashlib.sha256(body).hexdigest()
        keeps_body = answer.verbatim and is_public(body)
        body_path = self._put_body(source_id, answer, original_sha256) if keeps_body else None
        unparseable = list(answer.unparseable)
        records: Mapping[str, Iterable[Record]] = answer.records
        if answer.lines is not None:
            records = {answer.entity: read_lines(body, unparseable, first=answer.lines.is_first)}
        landed = {}
        for number, (entity, found) in enumerate(records.items()):
            redactor = self._redactor(entity)
            redactor.reset()
            blocks = _redacted(redactor, found, tap)
            stored = self._put_lines(source_id, entity, blocks, is_large=len(body) >= _LARGE)
            landed[entity] = self._with_manifest(
                LandedObject(
                    source_id=source_id,
                    entity=entity,
                    **stored,
                    original_sha256=original_sha256,
                    original_bytes=len(body),
                    redactor_version=REDACTOR_VERSION,
                    call=dict(answer.call),
                    fetched_at=answer.fetched_at,
                    window=answer.window,
                    http_status=answer.http_status,
                    attempt=answer.attempt,
                    announced=answer.announced,
                    body_path=body_path,
                    rejected=redactor.rejected,
                    undeclared=tuple(
                        UndeclaredField(name, json_type, count)
                        for (name, json_type), count in sorted(redactor.undeclared.items())
                    ),
                    unparseable=tuple(unparseable) if number == 0 else (),
                )
            )
        return landed

    def read_lines(self, landed: LandedObject) -> Iterator[tuple[int, bytes]]:
        """Yield (line number from 1, redacted record as canonical JSON) of an object, in flat memory.

        Of an object from which something was erased, its successor's lines.

        Raises:
            LandingError: the object is missing, damaged, or its content is not what its name says.
        """
        digest, number = hashlib.sha256(), 0
        try:
            with self._open(landed.path) as lines:
                for number, line in enumerate(lines, start=1):
                    digest.update(line)
                    yield number, line[:-1]
        except FileNotFoundError:
            yield from self.read_lines(successor_of(self._root, landed))
            return
        except zstandard.ZstdError:
            raise LandingError(f"landed object {landed.path} is damaged after line {number}") from None
        if digest.hexdigest() != landed.sha256:
            raise LandingError(f"landed object {landed.path} does not hold what its name says")

    def read(self, landed: LandedObject) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (line number from 1, redacted record) of an object; raises as `read_lines`."""
        parse = ENTITIES[landed.entity].parse_line
        return ((number, parse(line)) for number, line in self.read_lines(landed))

    def read_body(self, landed: LandedObject) -> bytes:
        """Return a verbatim answer byte for byte.

        Raises:
            LandingError: the answer was redacted and is not kept, or the object is missing or damaged.
        """
        if landed.body_path is None:
            raise LandingError(f"landed object {landed.path} has no verbatim body")
        try:
            with self._open(landed.body_path) as file:
                body = file.read()
        except (FileNotFoundError, zstandard.ZstdError):
            raise LandingError(f"landed body {landed.body_path} is missing or damaged") from None
        if hashlib.sha256(body).hexdigest() != landed.original_sha256:
            raise LandingError(f"landed body {landed.body_path} does not hold what its name says")
        return body

    def find(self, source_id: str, entity: str, sha256: str) -> LandedObject:
        """Return the landed object of that content.

        Raises:
            LandingError: there is none.
        """
        path = f"{source_id}/{entity}/{sha256[:2]}/{sha256}.manifest.json"
        try:
            return LandedObject.from_manifest((self._root / path).read_bytes())
        except FileNotFoundError:
            raise LandingError(f"landed object of {source_id}/{entity}, {sha256[:12]}…, is missing") from None

    def objects(self, source_id: str, entity: str) -> list[LandedObject]:
        """Return what is landed of an entity, oldest fetch first: a reload needs no source.

        What was taken away when its time was over is left out.
        """
        folder = self._root / source_id / entity
        found = [LandedObject.from_manifest(path.read_bytes()) for path in folder.glob("*/*.manifest.json")]
        gone = {path.name.partition(".")[0] for path in folder.glob("*/*.tombstone.json")}
        if gone:
            kept = {path.name.partition(".")[0] for path in folder.glob("*/*.ndjson.zst")}
            found = [landed for landed in found if landed.sha256 not in gone - kept]
        return sorted(found, key=lambda landed: (landed.fetched_at, landed.sha256))

    def _redactor(self, entity: str) -> Redactor:
        if entity not in self._redactors:
            self._redactors[entity] = Redactor(ENTITIES[entity], self._keys)
        return self._redactors[entity]

    def _put_lines(
        self, source_id: str, entity: str, blocks: Iterable[list[bytes]], *, is_large: bool
    ) -> dict[str, Any]:
        digest, size, count = hashlib.sha256(), 0, 0
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL, dir=self._spool_folder()) as spool:
            with _compressor(is_large).stream_writer(spool, closefd=False) as out:
                for block in _joined(blocks):  # the compressor's calls cost more than its work
                    text = b"\n".join([*block, b""])
                    digest.update(text)
                    out.write(text)
                    size, count = size + len(text), count + len(block)
            sha256 = digest.hexdigest()
            path = f"{source_id}/{entity}/{sha256[:2]}/{sha256}.ndjson.zst"
            stored = spool.tell()
            spool.seek(0)
            self._publish(path, spool)
        return {
            "path": path,
            "sha256": sha256,
            "byte_count": size,
            "stored_bytes": stored,
            "record_count": count,
        }

    def _put_body(self, source_id: str, answer: SourceAnswer, sha256: str) -> str:
        path = f"{source_id}/{answer.entity}/{sha256[:2]}/{sha256}.body.zst"
        compressed = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(answer.body)
        self._publish(path, io.BytesIO(compressed))
        return path

    def _with_manifest(self, landed: LandedObject) -> LandedObject:
        path = landed.path.removesuffix(".ndjson.zst") + ".manifest.json"
        self._publish(path, io.BytesIO(landed.to_manifest()))
        return landed

    def _spool_folder(self) -> str | None:
        """Local landing spools on its own disk; nothing unredacted is ever in the spool."""
        if not self._is_local:
            return None
        folder = Path(self._root.path)
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def _publish(self, path: str, content: IO[bytes]) -> None:
        """Give `content` its name, whole or not at all; a name that exists already holds the same content."""
        target = self._root / path
        if target.exists():
            return
        if not self._is_local:
            with target.open("wb") as out:  # object stores show an object once its upload is complete
                _copy(content.read, out.write)
            return
        folder = Path(self._root.path) / os.path.dirname(path)  # noqa: PTH120 (path is a key, not a file)
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{uuid.uuid4().hex}.part"
        try:
            with temporary.open("xb") as out:
                _copy(content.read, out.write)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(Path(self._root.path) / path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()

    @contextlib.contextmanager
    def _open(self, path: str) -> Iterator[IO[bytes]]:
        with (
            (self._root / path).open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file, read_size=_CHUNK) as stream,
            io.BufferedReader(stream, buffer_size=_CHUNK) as lines,
        ):
            yield lines


def _redacted(redactor: Redactor, records: Iterable[Record], tap: Tap | None) -> Iterator[list[bytes]]:
    records, number = iter(records), 1
    while block := list(itertools.islice(records, _REDACTED_AT_ONCE)):
        lines, cells = redactor.write(block, with_cells=tap is not None)
        if tap is not None:
            tap(number, lines, cells)
        number += len(lines)
        yield lines


def _compressor(is_large: bool) -> zstandard.ZstdCompressor:
    """Compress what is large in a thread beside the redactor; for a page, starting one costs more."""
    if not is_large:
        return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL, threads=1, job_size=_CHUNK, write_checksum=True
    )
    return zstandard.ZstdCompressor(compression_params=parameters)


def _joined(blocks: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    held: list[bytes] = []
    for block in blocks:
        held += block
        if len(held) >= _WRITTEN_AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], Any]) -> None:
    while chunk := read(_CHUNK):
        write(chunk)
