"""Documentation of models and columns: dbt docs as one page of its own that works offline."""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from decision766.settings import Settings, get_settings
from decision766.warehouse.dbt import run_dbt

# dbt's page may count visits on a server of its maker's; nothing it shows needs the network.
POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline' "
    "'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'\">"
)
VERSION = "<!-- code_version {} -->"
OUTSIDE = re.compile(r"<link rel=\"(?:canonical|shortcut icon)\"[^>]*>")


@dataclass(frozen=True)
class WrittenDocs:
    """The page, and seconds that it took."""

    page: Path
    seconds: float


def docs_page(settings: Settings) -> Path:
    """Where the documentation of the marts stands."""
    return settings.reports_root / "marts" / "index.html"


def write_docs(
    *, database: str | None = None, settings: Settings | None = None, code_version: str | None = None
) -> WrittenDocs:
    """Write the page from the last build's manifest and the database's catalogue; whole or not at all.

    code_version: of the models; a page that was written of the same ones stands as it is.

    Raises:
        DbtFailed: there was no build yet, or the database cannot be read.
    """
    settings, began = settings or get_settings(), time.monotonic()
    page, version = docs_page(settings), VERSION.format(code_version)
    if code_version and page.is_file() and version in page.read_text(encoding="utf-8"):
        return WrittenDocs(page, time.monotonic() - began)
    target = settings.home / "dbt" / (database or settings.warehouse_database) / "target"
    compiled = (target / "manifest.json").is_file()
    run_dbt(
        ["docs", "generate", "--static", *(["--no-compile"] if compiled else [])],
        database=database,
        settings=settings,
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    half = page.with_name(f".half-{os.getpid()}-{page.name}")
    made = offline((target / "static_index.html").read_text(encoding="utf-8"))
    half.write_text(f"{made}\n{version}\n" if code_version else made, encoding="utf-8")
    half.replace(page)
    return WrittenDocs(page, time.monotonic() - began)


def offline(page: str) -> str:
    """Return dbt's page with a policy that lets nothing leave it, and without links to files that are not.

    Raises:
        ValueError: the page has no head to put the policy in.
    """
    head, found, rest = page.partition("<head>")
    if not found:
        raise ValueError("dbt's page of documentation has no <head>: its form has changed")
    return head + found + POLICY + OUTSIDE.sub("", rest)
