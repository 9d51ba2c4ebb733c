"""Family `file_drop`: files in a folder, read where they lie and never touched.

A file's name says its entity (`dossiers-2026-08.ndjson.gz` → dossier, by the YAML's patterns) and its
format: newline-delimited JSON, CSV, or a workbook with a form of the national reporting system. A file
is known by the hash of its bytes: one that was loaded before is not read again, under any name. A file
that is still being written is left for the next run. What is no record is reported by place and cause;
the rest of its file is read. A file that cannot be read at all holds up no other. A file's own name is
shown only where no person can be in it (`file_names`).
"""

import datetime as dt
import difflib
import fnmatch
import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from decision766.sources.config import FileDropSource, FileEntity
from decision766.sources.contract import (
    Connection,
    RecordLines,
    SourceAnswer,
    SourceError,
    Unparseable,
    Window,
)
from decision766.sources.csv_records import BadFileError, read_csv
from decision766.sources.file_names import FileNames
from decision766.sources.report_forms import FormError, read_form
from decision766.sources.unit_names import UnitNames
from decision766.sources.workbook import read_sheets

_JSON, _CSV, _BOOKS = (".ndjson", ".jsonl"), (".csv", ".tsv"), (".xlsx", ".xlsm")
# What programs call a file while they still write it.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".swp")
_FORM_ENTITY = "national_report_total"
_CHUNK = 1024 * 1024


class FileDropAdapter:
    """Reads the files of one folder; see `decision766.sources.contract.Adapter`."""

    def __init__(self, config: FileDropSource, connection: Connection):
        self._config = config
        self._folder = Path(connection.base_url.removeprefix("file://")).expanduser()
        self._patterns: dict[str, FileEntity] = {item.entity: item for item in config.entities}
        self._names = FileNames(
            self._folder, [text for item in config.entities for text in (item.files, *item.forms)]
        )
        self._taken: dict[str, set[str]] = {}
        self._notes: list[str] = []

    def entities(self) -> list[str]:
        """Entities in the order of the YAML, catalogues first."""
        return list(self._patterns)

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables that the files of `entity` fill: its own."""
        return [entity]

    def unknown_files(self) -> list[str]:
        """Files that no pattern claims, for the run's summary; an empty list without a folder."""
        if not self._folder.is_dir():
            return []
        return [
            self._names.of(path)
            for path in self._files()
            if not any(_matches(path.name, item) for item in self._patterns.values())
        ]

    def notes(self) -> list[str]:
        """Files that no pattern claims, files still being written, and what forms say besides."""
        unknown = [f"file {name} is of no known kind and was left alone" for name in self.unknown_files()]
        return [*unknown, *self._notes]

    def has_windows(self, entity: str) -> bool:
        """Files have no windows: one is known by its bytes, and read once."""
        return False

    def fetch(
        self, entity: str, *, cursor: str | None, observed_at: dt.datetime, window: Window | None = None
    ) -> Iterator[SourceAnswer]:
        """Yield the files of `entity` that were not loaded before, in the order of their names.

        A large file comes in parts, cut between records; offsets then count from the part's start,
        which the call names. An empty file is an answer without records: the source is there.

        Raises:
            SourceError: the folder cannot be read, or, once all other files are through, files that
                cannot be; the message names each with its reason.
        """
        if not self._folder.is_dir():
            raise SourceError(self._config.id, entity, self._no_folder(), kind="unreachable")
        known, taken = set(_hashes(cursor)), self._taken.setdefault(entity, set())
        wanted = self._patterns[entity]
        bad: dict[str, str] = {}
        for path in self._files():
            if not _matches(path.name, wanted):
                continue
            name = self._names.of(path, wanted.files)
            try:
                if not self._has_settled(path):
                    self._notes.append(f"file {name} is still being written and left for the next run")
                    continue
                digest = _file_hash(path)
                if digest in known:
                    continue
                known.add(digest)
                name = self._names.of(path, wanted.files, digest)
                yield from self._answers(entity, path, name)
                taken.add(digest)
            except BadFileError as error:
                bad[name] = f"file {name}: {error}"
            except (OSError, EOFError, zlib.error) as error:
                bad[name] = f"file {name} cannot be read ({type(error).__name__}); send it again whole"
        if bad:
            raise SourceError(
                self._config.id,
                entity,
                "; ".join(bad.values()),
                kind="unreadable",
                call={"files": sorted(bad)},
            )

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the hashes of all files loaded so far, as a JSON list."""
        return json.dumps(sorted({*_hashes(cursor), *self._taken.get(entity, set())}))

    def _no_folder(self) -> str:
        """Why the connection's path is no folder, and which one may be meant; a path may name a person."""
        told = f"set connection {self._config.connection} to"
        if self._folder.is_file():
            return f"the path is one of a file; {told} the folder that holds it"
        above = self._folder.parent
        beside = [entry.name for entry in above.iterdir() if entry.is_dir()] if above.is_dir() else []
        near = [
            name
            for name in difflib.get_close_matches(self._folder.name, beside, n=2, cutoff=0.5)
            if self._names.may_be_shown(name)
        ]
        hint = f" (beside it is {' and '.join(near)})" if near else ""
        return f"there is no such folder{hint}; {told} an existing folder"

    def _files(self) -> list[Path]:
        return sorted(
            path
            for path in self._folder.iterdir()
            if path.is_file()
            and not path.name.startswith((".", "~$"))
            and not path.name.lower().endswith(_UNFINISHED)
        )

    def _has_settled(self, path: Path) -> bool:
        """Whether nobody has written the file lately; waits a moment for one that just came."""
        wait = self._config.settle_seconds
        if not wait:
            return True
        before = path.stat()
        age = time.time() - before.st_mtime
        if age < wait:
            time.sleep(min(wait, max(wait - age, 0.0)))
            after = path.stat()
            return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return True

    # --- formats ---------------------------------------------------------------------------------------

    def _answers(self, entity: str, path: Path, shown: str) -> Iterator[SourceAnswer]:
        name = path.name.lower().removesuffix(".gz")
        if path.name.lower().endswith(".gz"):
            _unpack(path)
        if name.endswith(_BOOKS):
            yield from self._forms(entity, path, shown)
        elif name.endswith(_CSV):
            yield from self._csv(entity, path, shown)
        else:
            yield from self._json_lines(entity, path, shown)

    def _json_lines(self, entity: str, path: Path, shown: str) -> Iterator[SourceAnswer]:
        """Parts of a file that end with a line; they are decoded by who lands them."""
        size, part = self._config.part_bytes, 1
        packed = path.name.lower().endswith(".gz")
        with _open(path) as file:
            offset = 0
            while True:
                content = b""
                if packed:
                    content = b"".join(file.readlines(size))
                    end = offset + len(content)
                else:
                    file.seek(offset + size)
                    file.readline()
                    end = min(file.tell(), path.stat().st_size)
                if end <= offset and part > 1:
                    return
                yield SourceAnswer(
                    entity=entity,
                    records={},
                    body=b"",
                    call={"file": shown, "part": part, "offset": offset},
                    fetched_at=dt.datetime.now(dt.UTC),
                    lines=RecordLines(
                        size=end - offset,
                        path=None if packed else str(path),
                        offset=offset,
                        content=content,
                        is_first=part == 1,
                    ),
                )
                if end <= offset:
                    return
                offset, part = end, part + 1

    def _csv(self, entity: str, path: Path, shown: str) -> Iterator[SourceAnswer]:
        with _open(path) as file:
            for number, part in enumerate(read_csv(file, entity, self._config.part_bytes), start=1):
                call = {"file": shown, "part": number, "offset": part.offset}
                body = "".join(part.text).encode()
                moved = [
                    Unparseable(bad.byte_offset - part.offset, bad.byte_length, bad.cause)
                    for bad in part.unparseable
                ]
                yield _answer(entity, part.records, body, call, moved)

    def _forms(self, entity: str, path: Path, shown: str) -> Iterator[SourceAnswer]:
        """One answer per workbook; a form that states no received dossiers gives notes only."""
        units, body = self._unit_names(), path.read_bytes()
        records: list[dict[str, Any]] = []
        unparseable: list[Unparseable] = []
        causes, understood = [], 0
        for number, (_, grid) in enumerate(read_sheets(path), start=1):
            try:
                form = read_form(grid, units, path.stem)
            except FormError as error:
                causes.append(f"sheet {number}: {error}")
                continue
            understood += 1
            records += form.records
            unparseable += [
                Unparseable(0, len(body), f"sheet {number}, row {row}: {cause}")
                for row, cause in form.problems
            ]
            self._notes += [f"file {shown}, sheet {number}, {note}" for note in form.notes]
        if not understood:
            raise BadFileError("; ".join(causes) or "the workbook is empty")
        if records or unparseable:
            yield _answer(entity, records, body, {"file": shown}, unparseable)

    def _unit_names(self) -> UnitNames:
        """Names and codes of the units that files of this folder list, and those of the YAML."""
        found: list[tuple[str, str]] = []
        wanted = self._patterns.get("org_unit")
        for path in self._files() if wanted else []:
            name = path.name.lower().removesuffix(".gz")
            if not _matches(path.name, cast(FileEntity, wanted)) or name.endswith(_BOOKS):
                continue
            for answer in (part.decoded() for part in self._answers("org_unit", path, "")):
                found += [
                    (str(record["name"]), str(record["code"]))
                    for record in answer.records["org_unit"]
                    if record.get("name") and record.get("code") and not record.get("valid_to")
                ]
        return UnitNames(found, self._config.unit_names)


def _matches(name: str, wanted: FileEntity) -> bool:
    stem = name.lower()
    if stem.endswith(_BOOKS):
        stem = stem.rpartition(".")[0]
        patterns = (wanted.files, *wanted.forms) if wanted.entity == _FORM_ENTITY else ()
        return any(fnmatch.fnmatchcase(stem, pattern.lower()) for pattern in patterns)
    stem = stem.removesuffix(".gz")
    return any(
        stem.endswith(suffix) and fnmatch.fnmatchcase(stem.removesuffix(suffix), wanted.files.lower())
        for suffix in (*_JSON, *_CSV)
    )


def _answer(
    entity: str,
    records: list[dict[str, Any]],
    body: bytes,
    call: dict[str, Any],
    unparseable: list[Unparseable],
) -> SourceAnswer:
    return SourceAnswer(
        entity=entity,
        records={entity: records},
        body=body,
        call=call,
        fetched_at=dt.datetime.now(dt.UTC),
        unparseable=tuple(unparseable),
    )


def _open(path: Path) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def _unpack(path: Path) -> None:
    """Unpack a compressed file once to nowhere: a damaged one is noticed before any of it is handed over."""
    with gzip.open(path, "rb") as file:
        while file.read(_CHUNK):
            pass


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hashes(cursor: str | None) -> list[str]:
    return [str(digest) for digest in json.loads(cursor)] if cursor else []
