"""The validation reports in a real browser: offline, quick with 2,000 runs, usable, printable."""

from pathlib import Path

import pytest
from tests.reporting.browser import Browser, Page, browser, find_browser
from tests.reporting.past import add_hostile, add_past

from decision766.reporting.validation import write_reports

BROWSER = find_browser()
RUNS = 2000
pytestmark = [
    pytest.mark.warehouse,
    pytest.mark.slow,
    pytest.mark.skipif(
        BROWSER is None, reason="no Chromium on the path; DECISION766_TEST_BROWSER names one elsewhere"
    ),
]


@pytest.fixture(scope="module")
def reports(module_warehouse, module_settings) -> Path:
    add_past(module_warehouse, RUNS - 1)
    add_hostile(module_warehouse)
    return write_reports(module_warehouse, settings=module_settings).index.parent


@pytest.fixture(scope="module")
def chromium():
    with browser(BROWSER or "") as running:
        yield running


def opened(chromium: Browser, path: Path) -> tuple[Page, float]:
    page = Page(chromium)
    return page, page.open(path)


def test_the_index_of_2000_runs_opens_in_under_a_second(chromium, reports):
    tries = []
    for _ in range(3):  # the machine may be busy with other tests
        page, seconds = opened(chromium, reports / "index.html")
        tries.append(seconds)
        assert page.complaints == []
        assert page.run("document.querySelectorAll('#runs tbody tr').length") == 50
        assert page.run(
            "document.getElementById('runs-tools').querySelector('output').textContent"
        ).startswith("2.000 / 2.000")
    assert min(tries) < 1.0, tries


def test_no_page_asks_the_network_for_anything(chromium, reports):
    kinds = [
        *(reports / name for name in ("index.html", "rules.html")),
        *(sorted(reports.glob(f"{folder}/*.html"))[-1] for folder in ("runs/*", "sources")),
        *sorted(reports.glob("rules/*.html"))[-3:],
        max(reports.glob("runs/*/*.html"), key=lambda path: path.parent.name),  # the hostile one
    ]
    for path in kinds:
        page, _ = opened(chromium, path)
        assert page.requests == [path.as_uri()]
        assert page.complaints == []


def test_the_table_is_searched_sorted_and_paged(chromium, reports):
    page, _ = opened(chromium, reports / "index.html")
    first = "document.querySelector('#runs tbody tr').innerText"
    newest = page.run(first)
    page.run("document.querySelectorAll('#runs-tools button')[1].click()")
    assert page.run(first) != newest
    page.run(
        "(() => { const f = document.querySelector('#runs-tools input'); f.value = 'bi chan decision';"
        " f.dispatchEvent(new Event('input')); })()"
    )
    rows = "[...document.querySelectorAll('#runs tbody tr')].map(r => {})"
    found = page.run(rows.format("r.cells[2].innerText + r.cells[3].innerText"))
    assert found
    assert all("decision" in row and "bị chặn" in row for row in found)
    page.run(
        "(() => { const f = document.querySelector('#runs-tools input'); f.value = '';"
        " f.dispatchEvent(new Event('input')); })()"
    )
    page.run("document.querySelector('#runs th[data-column=\"4\"] button').click()")
    counts = page.run(rows.format("Number(r.cells[4].innerText.replace('.', ''))"))
    assert counts == sorted(counts)
    assert (
        page.run("document.querySelector('#runs th[data-column=\"4\"]').getAttribute('aria-sort')")
        == "ascending"
    )


def test_a_line_leads_to_its_run_and_on_to_rule_and_source(chromium, reports):
    page, _ = opened(chromium, reports / "index.html")
    run = page.run("document.querySelector('#runs tbody a').href")
    page, _ = opened(chromium, Path(run.removeprefix("file://")))
    rule = page.run("document.querySelector('.rule a').href")
    source = page.run("document.querySelector('#batch ~ dl a').href")
    for address in (rule, source):
        page, _ = opened(chromium, Path(address.removeprefix("file://")))
        assert page.run("document.querySelectorAll('svg.plot').length") >= 1
        assert page.complaints == []


def test_the_language_can_be_switched(chromium, reports):
    page, _ = opened(chromium, reports / "index.html")
    shown = "getComputedStyle(document.querySelector('h1 .{}')).display !== 'none'"
    for choice, vi, en in (("vi", True, False), ("en", False, True), ("both", True, True)):
        page.run(f"document.querySelector('.langs button[value={choice}]').click()")
        assert (page.run(shown.format("vi")), page.run(shown.format("en"))) == (vi, en)


def test_text_stands_out_from_its_ground(chromium, reports):
    """WCAG AA: 4.5 to 1, in every kind of page, by the colours that the browser computed."""
    ratio = """
        (() => {
          const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map((v) => {
            v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const ground = (e) => { while (e) { const c = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(c)) return c; e = e.parentElement; } return 'rgb(255, 255, 255)'; };
          return Math.min(...[...document.querySelectorAll('body *')].filter((e) =>
            [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) &&
            !['SCRIPT', 'STYLE'].includes(e.tagName) && !e.closest('svg') && !e.disabled).map((e) => {
              const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
              return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }));
        })()
    """
    for path in (
        reports / "index.html",
        next(reports.glob("runs/*/*.html")),
        next(reports.glob("rules/*.html")),
    ):
        page, _ = opened(chromium, path)
        assert page.run(ratio) >= 4.5, path


def test_a_page_prints(chromium, reports):
    page, _ = opened(chromium, next(reports.glob("runs/*/*.html")))
    assert page.pdf().startswith(b"%PDF")
