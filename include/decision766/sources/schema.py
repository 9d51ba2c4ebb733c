"""JSON Schema of the source YAML, for editors: completion and errors while one types."""

import json
from pathlib import Path

from decision766.sources.config import ANY_SOURCE

SCHEMA_FILE = "source.schema.json"


def source_schema() -> str:
    """Return the schema of all families as indented JSON with a line end."""
    schema = ANY_SOURCE.json_schema(by_alias=True)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Source of Decision 766",
        "description": "Made by `decision766 sources schema --write`; do not edit.",
    }
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"


def write_schema(folder: Path) -> Path:
    """Write the schema beside the YAMLs; returns the file."""
    path = folder / SCHEMA_FILE
    path.write_text(source_schema(), encoding="utf-8")
    return path
