"""Follows DAG runs by the events that their process appends to a file, and draws them as they go."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

MARKS = {
    "success": "[green]✓[/]",
    "skipped": "[dim]–[/]",
    "failed": "[red]✗[/]",
    "up_for_retry": "[yellow]↻[/]",
}
POLL_SECONDS = 0.15


@dataclass
class Line:
    """One task of a run; times in seconds since 1970."""

    dag: str
    task: str
    label: str
    began: float
    ended: float | None = None
    state: str = "running"
    error: str = ""

    @property
    def seconds(self) -> float:
        """How long it took, or has been running."""
        return (self.ended or time.time()) - self.began

    @property
    def name(self) -> str:
        """The task's name without its group, and the source it stands for."""
        return f"{self.task.rpartition('.')[2]} {self.label}".strip()


class Progress:
    """What has happened so far, by the events read."""

    def __init__(self) -> None:
        self.dags: dict[str, str] = {}
        self.run_ids: list[str] = []
        self.lines: dict[tuple[str, str, int], Line] = {}
        self.errors: list[str] = []

    def take(self, event: dict[str, Any]) -> Line | None:
        """Take in one event; return the line of a task that has just ended."""
        kind = event["event"]
        if kind == "error":
            self.errors.append(str(event["state"]))
        elif kind in ("dag_started", "dag_ended"):
            self.dags[event["dag"]] = event.get("state") or "running"
            self.run_ids += [event["run"]] if event.get("run") else []
        else:
            key = (event["dag"], event["task"], int(event["index"]))
            line = self.lines.get(key)
            if kind == "task_started" or line is None:
                line = self.lines[key] = Line(event["dag"], event["task"], "", event["at"])
            line.label = line.label or _label(event)
            if kind == "task_ended":
                line.label = _label(event) or line.label
                line.ended, line.state, line.error = (
                    event["at"],
                    str(event["state"]),
                    str(event.get("error") or ""),
                )
                return line
        return None

    def failed(self) -> list[Line]:
        """Tasks whose last try failed."""
        return [line for line in self.lines.values() if line.state == "failed"]

    def render(self) -> RenderableType:
        """Draw DAGs and tasks, the running ones with a spinner."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(width=2)
        table.add_column(min_width=34)
        table.add_column(justify="right", min_width=8)
        for dag, state in self.dags.items():
            mark = Spinner("dots") if state == "running" else Text.from_markup(MARKS.get(state, state))
            table.add_row(mark, Text(dag, "bold"), "")
            for line in self.lines.values():
                if line.dag == dag:
                    table.add_row(
                        "", f"  {MARKS.get(line.state, '[cyan]•[/]')} {line.name}", f"{line.seconds:.1f} s"
                    )
        return Group(table)


def follow(console: Console, events: Path, running: Callable[[], bool]) -> Progress:
    """Show progress until `running()` is false: live on a terminal, one line per finished task elsewhere."""
    progress = Progress()
    if not console.is_terminal:
        for event in _events(events, running):
            if line := progress.take(event):
                console.print(f"{line.dag}: {line.name} {line.state} {line.seconds:.1f} s", markup=False)
        return progress
    with Live(console=console, refresh_per_second=8, get_renderable=progress.render):
        for event in _events(events, running):
            progress.take(event)
    return progress


def _events(file: Path, running: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Yield each whole line of the growing file; what was written last is read after the process ended."""
    rest, offset, more = b"", 0, True
    while more:
        more = running()
        if file.exists():
            with file.open("rb") as stream:
                stream.seek(offset)
                rest += stream.read()
                offset = stream.tell()
        *lines, rest = rest.split(b"\n")
        for line in lines:
            yield json.loads(line)
        if more:
            time.sleep(POLL_SECONDS)


def _label(event: dict[str, Any]) -> str:
    """The source's name, once Airflow knows it; its bare number says nothing."""
    label = str(event.get("label") or "")
    return "" if label.isdigit() else label
