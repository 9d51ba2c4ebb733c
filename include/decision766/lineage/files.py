"""OpenLineage events in a file: one a line, never torn, with a limit to how much is kept.

The client's own file transport writes large events in several pieces, which two tasks at once would mix.
"""

import datetime as dt
import os
from pathlib import Path
from typing import Any

from filelock import FileLock
from openlineage.client.serde import Serde
from openlineage.client.transport.transport import Config, Transport

FILE_BYTES = 20_000_000
FILES_KEPT = 20
NEWEST = "events.ndjson"


class NdjsonConfig(Config):
    """folder: where the events are kept."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    @classmethod
    def from_dict(cls, params: dict[str, Any]) -> "NdjsonConfig":
        """Read what the transport's configuration says."""
        return cls(params["folder"])


class NdjsonTransport(Transport):
    """Appends events to `events.ndjson`; a full file is set aside under the instant of that.

    The newest FILES_KEPT files are kept.
    """

    kind = "ndjson"
    config_class = NdjsonConfig

    def __init__(self, config: NdjsonConfig) -> None:
        self.folder = config.folder
        self.folder.mkdir(parents=True, exist_ok=True)

    def emit(self, event: Any) -> None:
        """Append one event."""
        self.emit_all([event])

    def emit_all(self, events: list[Any]) -> None:
        """Append events, each with one write: the system keeps concurrent appends apart."""
        self._make_room()
        file = os.open(self.folder / NEWEST, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            for event in events:
                os.write(file, f"{Serde.to_json(event)}\n".encode())
        finally:
            os.close(file)

    def _make_room(self) -> None:
        newest = self.folder / NEWEST
        if not _is_full(newest):
            return
        with FileLock(self.folder / ".lock"):
            if not _is_full(newest):  # another process was quicker
                return
            newest.rename(self.folder / f"events-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%fZ}.ndjson")
            for old in sorted(self.folder.glob("events-*.ndjson"))[:-FILES_KEPT]:
                old.unlink(missing_ok=True)


def _is_full(file: Path) -> bool:
    try:
        return file.stat().st_size >= FILE_BYTES
    except FileNotFoundError:
        return False
