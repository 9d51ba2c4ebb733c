"""Issues a report: renders it, keeps its files, and chains their hashes into the ledger.

The same data give the version that was issued before, with the same bytes; other data give a new version
that says which one it corrects. Files come first, the entry after them: a crash between leaves files that
the next try writes again, byte for byte.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Engine
from upath import UPath

from decision766.ledger.chain import Entry
from decision766.ledger.errors import LedgerError
from decision766.ledger.heads import open_heads
from decision766.ledger.publish import alone_with_the_ledger
from decision766.ledger.reports import FileHash, last_report, record_report
from decision766.reporting.periodic.model import Edition, Report
from decision766.reporting.periodic.page import page_html
from decision766.reporting.periodic.workbook import workbook_bytes
from decision766.settings import Settings, get_settings

STEMS = {"quarterly": "bao-cao-quy", "weekly": "bao-cao-tuan"}


@dataclass(frozen=True)
class Issued:
    """A report in the archive. is_new: False if these data had been issued before."""

    edition: Edition
    folder: UPath
    files: tuple[FileHash, ...]
    entry_no: int
    is_new: bool

    def path(self, suffix: str) -> UPath:
        """The file with this suffix (.xlsx, .html, .json)."""
        named = [file.name for file in self.files if file.name.endswith(suffix)]
        return self.folder / named[0]


def issue(
    engine: Engine,
    report: Report,
    *,
    issued_on: dt.date,
    due_at: dt.datetime | None = None,
    settings: Settings | None = None,
) -> Issued:
    """Issue a report: a new version if its data are new, else the one that was issued.

    Raises:
        LedgerBroken: the ledger does not verify; nothing was issued.
        LedgerError: a file of an earlier version is gone and this program no longer makes the same bytes.
    """
    settings = settings or get_settings()
    archive = UPath(settings.reports_archive_root)
    content_sha256 = report.sha256()
    with alone_with_the_ledger(engine, open_heads(settings)) as connection:
        last = last_report(connection, report.kind, report.key)
        if last is not None and last.stated["content_sha256"] == content_sha256:
            return _again(last, report, archive)
        before = None if last is None else int(last.stated["version"])
        edition = Edition(report, (before or 0) + 1, before, issued_on, due_at)
        contents = _render(edition)
        folder = f"{report.kind}/{report.key}/v{edition.version}-{content_sha256[:16]}"
        _write(archive / folder, contents)
        files = tuple(FileHash.of(name, content) for name, content in contents.items())
        entry = record_report(connection, _facts(edition, content_sha256, folder), files)
    return Issued(edition, archive / folder, files, entry.entry_no, is_new=True)


def _facts(edition: Edition, content_sha256: str, folder: str) -> dict[str, object]:
    said = edition.report
    return {
        "report": said.kind,
        "unit_code": said.unit_code,
        "period_code": said.period_code,
        "report_key": said.key,
        "version": edition.version,
        "replaces": edition.replaces,
        "issued_on": edition.issued_on.isoformat(),
        "due_at": edition.due_at and edition.due_at.isoformat(),
        "covers_until": said.covers_until.isoformat(),
        "is_provisional": said.is_provisional,
        "data_origin": said.data_origin,
        "evaluated_at": said.evaluated_at.isoformat(),
        "publication": said.publication_no,
        "head": said.head,
        "content_sha256": content_sha256,
        "folder": folder,
    }


def _again(last: Entry, report: Report, archive: UPath) -> Issued:
    """The version that these data were issued as; a file that is gone is made anew, if it is the same."""
    stated = last.stated
    files = tuple(FileHash(**file) for file in stated["files"])
    folder = archive / stated["folder"]
    edition = Edition(
        report.as_stated(
            stated["publication"], stated["head"], dt.datetime.fromisoformat(stated["evaluated_at"])
        ),
        stated["version"],
        stated["replaces"],
        dt.date.fromisoformat(stated["issued_on"]),
        stated["due_at"] and dt.datetime.fromisoformat(stated["due_at"]),
    )
    gone = [file for file in files if not (folder / file.name).exists()]
    if gone:
        made = _render(edition)
        for file in gone:
            if FileHash.of(file.name, made.get(file.name, b"")) != file:
                raise LedgerError(
                    f"{file.name} is gone from {folder}, and this version of the program makes another.",
                    f"Bring back a copy whose SHA-256 is {file.sha256}.",
                )
        _write(folder, {file.name: made[file.name] for file in gone})
    return Issued(edition, folder, files, last.entry_no, is_new=False)


def _render(edition: Edition) -> dict[str, bytes]:
    """The files of an edition by name, the manifest last."""
    said = edition.report
    period = said.key.rpartition("/")[2]
    stem = f"{STEMS[said.kind]}_{said.unit_code}_{period}_v{edition.version}"
    contents = {
        f"{stem}.xlsx": workbook_bytes(edition),
        f"{stem}.html": page_html(edition).encode(),
        f"{stem}.json": _json({"version": edition.version, "report": said.content()}),
    }
    hashes = [asdict(FileHash.of(name, content)) for name, content in contents.items()]
    manifest = {
        "report": said.kind,
        "report_key": said.key,
        "version": edition.version,
        "replaces": edition.replaces,
        "issued_on": edition.issued_on.isoformat(),
        "data_origin": said.data_origin,
        "head": said.head,
        "content_sha256": said.sha256(),
        "files": hashes,
    }
    return contents | {"manifest.json": _json(manifest)}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def _write(folder: UPath, contents: Mapping[str, bytes]) -> None:
    """Write whole files; on a disk a reader sees none or all of one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        target = folder / name
        if target.protocol in ("", "file", "local"):
            half = folder / f".half-{name}"
            half.write_bytes(content)
            half.rename(target)
        else:
            target.write_bytes(content)
