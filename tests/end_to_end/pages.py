"""A page as a reader's programs see it: its headings, links, pictures, tables, language."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


# Addresses of pages over the main job's marts, one or more of each kind.
PAGES = {
    "country": "country/2026-08",
    "group": "country/2026-08?show=group-2&figures=computed",
    "indicator on the map": "country/2026-08?show=2.1",
    "year": "country/2026",
    "province": "unit/H29/2026-08",
    "department": "unit/H12.07/2026-Q3",
    "published only": "unit/H44/2026-08",
    "indicator": "indicator/2.1/2026-08/department",
    "no score": "indicator/2.2/2026-08/province",
    "explanation": "explain/H12/2.1/2026-08",
    "constant": "explain/H29/4.7/2026",
    "published only, explained": "explain/H44/2.1/2026",
    "pipeline": "pipeline",
    "late dossiers": "work/H12",
    "late dossiers, filtered": "work/H12?kind=late",
    "idle services": "work/H29?list=idle",
    "in quarantine": "work/H17?list=held",
    "audit": "audit",
}


@dataclass
class Seen(HTMLParser):
    """What stands in one page."""

    lang: str = ""
    title: str = ""
    headings: list[int] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[tuple[str, str]] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    labelled: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        self._open += [] if tag in VOID else [tag]
        for fault in ("style", "onclick", "onload"):
            if fault in got:
                self.faults.append(f"<{tag} {fault}>")
        if tag in ("script", "style", "iframe", "object"):
            self.faults.append(f"<{tag}>")
        if tag == "html":
            self.lang = got["lang"]
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        if tag == "a" and "href" in got:
            self.links.append(got["href"])
        if tag == "img":
            self.images.append((got["src"], got["alt"]))
        if tag in ("link", "img"):
            self.loaded.append(got.get("href", got.get("src", "")))
        if tag == "th" and got.get("scope") not in ("col", "row"):
            self.faults.append("<th> without scope")
        if "id" in got:
            self.ids.append(got["id"])
        for name in ("for", "aria-labelledby"):
            if name in got:
                self.labelled.append(got[name])

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title":
            self.title += data
        self.words.append(data)

    @property
    def text(self) -> str:
        """Every word of it."""
        return " ".join(" ".join(self.words).split())


def see(html: str) -> Seen:
    """Read a page."""
    seen = Seen()
    seen.feed(html)
    return seen


def faults(seen: Seen) -> Iterator[str]:
    """What a reader with a screen reader, a keyboard or a strict browser would stumble over."""
    yield from seen.faults
    if seen.headings.count(1) != 1 or seen.headings[0] != 1:
        yield f"headings {seen.headings}"
    if any(deeper - higher > 1 for higher, deeper in zip(seen.headings, seen.headings[1:], strict=False)):
        yield f"a level of headings is left out: {seen.headings}"
    if len(set(seen.ids)) != len(seen.ids):
        yield f"an id twice: {seen.ids}"
    yield from (f"no element {name}" for name in seen.labelled if name not in seen.ids)
    yield from (f"no text for {src}" for src, alt in seen.images if not alt)
    yield from (f"loads {where}" for where in seen.loaded + seen.links if "//" in where)
    if not seen.title or not seen.lang:
        yield "no title or language"
