"""Progress is drawn from events; a half-written line waits, the last one is not lost."""

import io
import json

from rich.console import Console

from decision766.cli.progress import Progress, follow

DAG = {"dag": "ingest_provincial_systems"}
TASK = {**DAG, "task": "source.ingest", "index": 0}
EVENTS = [
    {"event": "dag_started", **DAG, "at": 1.0},
    {"event": "task_started", **TASK, "label": "0", "state": "running", "at": 2.0},
    {"event": "task_ended", **TASK, "label": "province_h12", "state": "up_for_retry", "error": "", "at": 3.0},
    {"event": "task_started", **TASK, "label": "province_h12", "state": "running", "at": 4.0},
    {
        "event": "task_ended",
        **TASK,
        "label": "province_h12",
        "state": "failed",
        "error": "refused",
        "at": 6.5,
    },
    {"event": "dag_ended", **DAG, "state": "failed", "at": 7.0},
]


def test_a_task_is_named_by_its_source_and_timed_by_its_last_try():
    progress = Progress()
    for event in EVENTS:
        progress.take(event)
    (line,) = progress.failed()
    assert (line.name, line.seconds, line.error) == ("ingest province_h12", 2.5, "refused")
    assert progress.dags == {"ingest_provincial_systems": "failed"}


def test_what_was_written_last_is_read_after_the_process_ended(tmp_path):
    file, text = tmp_path / "events.jsonl", "\n".join(map(json.dumps, EVENTS)) + "\n"
    parts = [text[:150], text[150:400], text[400:]]

    def running() -> bool:
        file.write_text((file.read_text() if file.exists() else "") + parts.pop(0))
        return bool(parts)

    out = io.StringIO()
    progress = follow(Console(file=out), file, running)
    assert progress.dags == {"ingest_provincial_systems": "failed"}
    assert out.getvalue().splitlines() == [
        "ingest_provincial_systems: ingest province_h12 up_for_retry 1.0 s",
        "ingest_provincial_systems: ingest province_h12 failed 2.5 s",
    ]


def test_a_terminal_sees_every_task():
    progress = Progress()
    for event in EVENTS[:2]:
        progress.take(event)
    out = io.StringIO()
    Console(file=out, width=80).print(progress.render())
    assert "ingest_provincial_systems" in out.getvalue()
    assert "• ingest" in out.getvalue()
