"""The house keeps its layout: dependencies one way, no circle, no file that grew past reading."""

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "include" / "decision766"
LEAST_LINES_TO_EXPLAIN = 400

# Room → rooms it may import. A room that is not named here does not exist yet: name it, with a reason.
MAY_IMPORT: dict[str, set[str]] = {
    "settings": set(),
    # When sources are read: DAGs and pages tell the same.
    "schedules": {"settings"},
    "records": {"settings"},
    "privacy": {"records", "settings"},
    "warehouse": {"settings"},
    "sources": {"settings", "records"},
    "audit": {"settings", "warehouse"},
    "landing": {"settings", "records", "privacy", "sources.contract"},
    "loading": {"settings", "records", "landing", "audit", "warehouse", "sources.contract"},
    "validation": {"settings", "records", "audit", "warehouse"},
    "ledger": {"settings", "warehouse"},
    # Takes away what landing and raw hold of people; ingestion asks it what must not come back.
    "retention": {"settings", "records", "privacy", "landing", "audit", "warehouse"},
    "pipeline": {
        *{"settings", "records", "privacy", "sources", "landing", "loading", "validation", "audit"},
        *{"warehouse", "ledger", "retention"},
    },
    "quarantine": {"settings", "records", "landing", "validation", "warehouse", "ledger"},
    # Reports describe the rules by their records.
    "reporting": {"settings", "warehouse", "ledger", "validation"},
    "lineage": {"settings", "warehouse"},
    # Pages show the ledger and take verdicts into it; a held row says whether its correction has come.
    "scoreboard": {"settings", "schedules", "warehouse", "reporting", "ledger", "quarantine"},
    "platform": {"settings", "warehouse", "lineage"},
    "bench": {
        *{"settings", "validation", "warehouse", "platform", "pipeline", "sources", "audit", "loading"},
        *{"records", "privacy", "simulator"},
    },
    "simulator": {"settings", "warehouse"},
    "cli": {
        *{"settings", "sources", "validation", "pipeline", "reporting", "platform", "warehouse", "audit"},
        *{"simulator", "ledger", "quarantine", "lineage", "retention", "privacy", "landing", "bench"},
        "scoreboard",
    },
}


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(path: Path, *, at_import_time: bool) -> Iterator[str]:
    """Names of imported modules; `at_import_time` leaves out those inside functions and TYPE_CHECKING."""
    pending: list[ast.AST] = [ast.parse(path.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif at_import_time and _runs_later(node):
            continue
        pending.extend(ast.iter_child_nodes(node))


def _runs_later(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


MODULES = _modules()
ROOMS = sorted({_room(module) for module in MODULES} - {""})


def test_every_room_is_known():
    assert len(MODULES) > 50
    assert set(ROOMS) <= set(MAY_IMPORT)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_lies_behind_it(room):
    wrong = {
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        if _room(module) == room
        for imported in _imports(path, at_import_time=False)
        if imported.startswith("decision766.")
        and _room(imported) != room
        and _room(imported) not in MAY_IMPORT[room]
        and not any(imported.startswith(f"decision766.{allowed}") for allowed in MAY_IMPORT[room])
    }
    assert not wrong


def test_the_package_does_not_know_airflow_or_the_dags():
    wrong = {
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        for imported in _imports(path, at_import_time=False)
        if imported.split(".")[0] in ("airflow", "decision766_airflow", "dags", "plugins", "tests")
    }
    assert not wrong


def test_nobody_but_commands_knows_the_stand_in():
    known_by = {
        _room(module)
        for module, path in MODULES.items()
        if any(name.startswith("decision766.simulator") for name in _imports(path, at_import_time=False))
    }
    assert known_by <= {"simulator", "cli", "bench"}
    wiring = [path for folder in ("dags", "plugins") for path in (ROOT / folder).rglob("*.py")]
    assert len(wiring) >= 3
    for path in wiring:
        imported = set(_imports(path, at_import_time=False))
        assert not {name for name in imported if name.startswith("decision766.simulator")}, path


def test_dags_import_only_airflow_and_our_plugin():
    for path in sorted((ROOT / "dags").rglob("*.py")):
        roots = {name.split(".")[0] for name in _imports(path, at_import_time=False)}
        assert roots <= {"airflow", "decision766_airflow"}, path


def test_no_import_circle():
    graph = {
        module: {
            imported
            for imported in _imports(path, at_import_time=True)
            if imported in MODULES and imported != module and not module.startswith(f"{imported}.")
        }
        for module, path in MODULES.items()
    }
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_circle_between_rooms():
    sorter = graphlib.TopologicalSorter(
        {
            room: {name.split(".")[0] for name in allowed if "." not in name}
            for room, allowed in MAY_IMPORT.items()
        }
    )
    sorter.prepare()


def test_long_files_have_a_reason():
    explained = "\n".join(path.read_text() for path in (ROOT / "docs" / "decisions").glob("*.md"))
    folders = ("include", "dags", "plugins", "tests", "dbt_project", "expectations", "scripts")
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".py", ".sql", ".sh") or re.search(
                r"/(target|logs|__pycache__)/", str(path)
            ):
                continue
            lines = path.read_text().count("\n")
            name = path.relative_to(ROOT).as_posix()
            assert lines <= LEAST_LINES_TO_EXPLAIN or name in explained, f"{name} has {lines} lines"
