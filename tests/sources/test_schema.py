"""The schema for editors is current, and agrees with what is read: shipped files pass, mistakes do not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from decision766.settings import get_settings
from decision766.sources.config import FAMILIES, load_source
from decision766.sources.schema import SCHEMA_FILE, source_schema

FOLDER = get_settings().sources_folder
VALIDATOR = Draft202012Validator(json.loads(source_schema()))


def _read(path: Path) -> Any:
    """A YAML as JSON has it: dates are text there."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


def test_the_schema_is_current() -> None:
    written = (FOLDER / SCHEMA_FILE).read_text(encoding="utf-8")
    assert written == source_schema(), "run: decision766 sources schema --write"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_source_passes(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(_read(path))] == []


def test_every_family_has_a_shipped_source() -> None:
    assert {_read(path)["family"] for path in FOLDER.glob("*.yaml")} == set(FAMILIES)


@pytest.mark.parametrize(
    "change", [{"page_sise": 3}, {"page_size": 0}, {"family": "other"}, {"covers": ["44"]}]
)
def test_a_mistake_does_not_pass(change: dict[str, Any]) -> None:
    wrong = {**_read(FOLDER / "igate_h12.yaml"), **change}
    assert list(VALIDATOR.iter_errors(wrong))


def test_the_guide_s_example_is_a_source(tmp_path: Path) -> None:
    """docs/sources.md: what a reader copies from it works."""
    guide = (get_settings().project_root / "docs" / "sources.md").read_text(encoding="utf-8")
    text = guide.partition("```yaml\n")[2].partition("```")[0]
    path = tmp_path / "demo.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_source(path).family == "igate"
    assert [error.message for error in VALIDATOR.iter_errors(_read(path))] == []
