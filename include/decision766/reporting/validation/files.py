"""The folder of the reports: whole files only, and what it remembers of what was written."""

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HALF = ".half-"


@dataclass
class Written:
    """What the folder holds, kept in `written.json`; losing it costs time, never a page.

    look: hash of templates and rules at the last writing. runs: run → what may change of it. rules:
    rule → its line in the list. sources: source → its line. months: suite → rule → closed months.
    head: hash of the ledger's head as last printed.
    """

    look: str = ""
    head: str = ""
    runs: dict[str, str] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    months: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)


class Folder:
    """Writes files under `root`, each whole or not at all; counts what was written."""

    def __init__(self, root: Path):
        self.root, self.files, self.bytes = root, 0, 0
        root.mkdir(parents=True, exist_ok=True)
        for left in root.rglob(f"{HALF}*"):  # of a writer that was killed
            left.unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        return (self.root / name).is_file()

    def write(self, name: str, content: str) -> None:
        """Write one file; a reader sees the old one or the new one, nothing between."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f"{HALF}{os.getpid()}-{target.name}")
        data = content.encode("utf-8")
        half.write_bytes(data)
        half.replace(target)
        self.files += 1
        self.bytes += len(data)

    def write_all(self, stem: str, files: dict[str, str]) -> None:
        """Write files that differ in their suffix; the page comes last, so that its links lead somewhere."""
        for suffix, content in files.items():
            self.write(f"{stem}{suffix}", content)

    def remembered(self) -> Written:
        """Read what was written before; nothing if that cannot be read."""
        try:
            found = json.loads((self.root / "written.json").read_text(encoding="utf-8"))
            return Written(**found)
        except (OSError, ValueError, TypeError):
            return Written()

    def remember(self, written: Written) -> None:
        """Keep what was written; done last, so that a killed writer's work is done again."""
        self.write("written.json", json.dumps(asdict(written), ensure_ascii=False, separators=(",", ":")))


def swap(new: Path, old: Path) -> None:
    """Put a folder made anew in the place of the old one."""
    gone = old.with_name(f"{old.name}.old")
    shutil.rmtree(gone, ignore_errors=True)
    if old.exists():
        old.rename(gone)
    new.rename(old)
    shutil.rmtree(gone, ignore_errors=True)
