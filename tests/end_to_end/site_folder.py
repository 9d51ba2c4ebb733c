"""A site in a folder as a browser without a server finds it: every link of every page leads to a file."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.end_to_end.pages import Seen, faults, see


def pages(folder: Path) -> Iterator[tuple[Path, Seen]]:
    """Every page there is."""
    for path in sorted(folder.rglob("*.html")):
        yield path, see(path.read_text(encoding="utf-8"))


def broken(folder: Path) -> Iterator[str]:
    """Links that lead nowhere or out of the folder, forms that nobody answers, and faults of pages."""
    root, reached = folder.resolve(), set()
    for path, seen in pages(folder):
        text = path.read_text(encoding="utf-8")
        for link in (*seen.links, *seen.loaded):
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            if parts.scheme or parts.netloc or link.startswith("/"):
                yield f"{path}: {link} is no relative link"
            elif not target.is_relative_to(root) or not target.is_file():
                yield f"{path}: {link} leads nowhere"
            reached.add(target)
        if "<form" in text:
            yield f"{path}: a form"
        if path != folder / "index.html":
            yield from (f"{path}: {fault}" for fault in faults(seen))
    known = {path.resolve() for path in root.rglob("*") if path.is_file()}
    start = {root / "index.html", root / "export.json", root / "static" / "icon.svg"}
    yield from (f"{path} is reached by no link" for path in known - reached - start)
