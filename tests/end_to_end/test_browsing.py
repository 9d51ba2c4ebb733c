"""The pages in a real browser: what a reader, an official and an auditor do, and what axe finds."""

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.end_to_end.browsing import BROWSER, click, follow, needs_browser, served, wait_for
from tests.end_to_end.main_job import MainJob
from tests.end_to_end.pages import PAGES
from tests.reporting.browser import Page, browser

from decision766.scoreboard.app import create_app
from decision766.scoreboard.identity import Identity
from decision766.warehouse.connect import warehouse_engine

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]


@pytest.fixture(scope="module")
def site(main_job: MainJob) -> Iterator[str]:
    """The pages, served."""
    app = create_app(lambda: warehouse_engine(settings=main_job.settings), settings=main_job.settings)
    with served(app) as address:
        yield address
    app.state.connections.dispose()


@pytest.fixture(scope="module")
def chromium():
    with browser(BROWSER or "") as running:
        yield running


@needs_browser
@pytest.mark.parametrize("width", [1360, 390], ids=["desktop", "phone"])
def test_a_browser_complains_of_nothing_asks_no_other_host_and_never_scrolls_sideways(chromium, site, width):
    for path in PAGES.values():
        page = Page(chromium)
        page.visit(f"{site}/vi/{path}", width=width)
        assert page.complaints == [], path
        assert [url for url in page.requests if not url.startswith(f"{site}/")] == [], path
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.run("[...document.images].every(image => image.complete && image.naturalWidth > 0)"), path
        assert (
            page.run("getComputedStyle(document.querySelector('header')).backgroundColor")
            != "rgba(0, 0, 0, 0)"
        )


def axe_script() -> str | None:
    """The rules of axe-core, from the package that carries them."""
    found = importlib.util.find_spec("axe_core_python")
    if found is None or not found.submodule_search_locations:
        return None
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


AXE = axe_script()
JUDGE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.map(node => node.html).slice(0, 3).join(' ')))"""


@needs_browser
@pytest.mark.skipif(AXE is None, reason="axe-core-python is not installed; it is in requirements.lock")
@pytest.mark.parametrize("width", [1360, 390], ids=["desktop", "phone"])
def test_axe_finds_no_serious_violation(chromium, site, width):
    for lang in ("vi", "en"):
        for path in [*PAGES.values(), "unit/H12.999/2026-08"]:
            page = Page(chromium)
            page.visit(f"{site}/{lang}/{path}", width=width)
            page.run(f"{AXE};0")
            assert page.run(JUDGE) == [], f"{lang}/{path}"


@needs_browser
@pytest.mark.skipif(AXE is None, reason="axe-core-python is not installed; it is in requirements.lock")
def test_axe_would_find_one(chromium, site):
    page = Page(chromium)
    page.visit(f"{site}/vi/unit/H12/2026-08")
    page.run(f"{AXE};document.querySelector('label').remove();0")
    assert any(found.startswith(("label", "select-name")) for found in page.run(JUDGE))


@needs_browser
def test_the_first_key_leads_past_the_menu_and_focus_is_seen(chromium, site):
    page = Page(chromium)
    page.visit(f"{site}/vi/unit/H12/2026-08")
    page.press("Tab")
    assert page.run("document.activeElement.getAttribute('href')") == "#content"
    assert page.run("document.activeElement.getBoundingClientRect().left") >= 0
    for _ in range(3):
        page.press("Tab")
        assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@needs_browser
def test_a_picker_is_a_form_that_works_without_a_script(chromium, site):
    page = Page(chromium)
    page.visit(f"{site}/en/unit/H12/2026-08")
    page.run("document.querySelector('#period').value = '2026-Q3'")
    page.run("document.querySelector('.picker').submit()")
    end = time.monotonic() + 20
    while not (where := page.run("location.pathname")).endswith("2026-Q3") and time.monotonic() < end:
        time.sleep(0.1)
    assert where == "/en/unit/H12/2026-Q3"


@needs_browser
def test_a_reader_finds_a_unit_by_name_and_goes_from_the_country_to_a_dossier(chromium, site):
    page = Page(chromium)
    page.visit(f"{site}/vi/country/2026-08")
    page.run("document.querySelector('#q').value = 'ca mau';0")
    follow(page, click(".find button"), until="/vi/unit/H12/2026-")
    assert "Cà Mau" in page.run("document.querySelector('h1').innerText")
    follow(page, click(".crumbs a"), until="/vi/country/2026-")
    page.visit(f"{site}/vi/country/2026-08")
    follow(page, click(".tiles a[href='/vi/unit/H12/2026-08']"), until="/vi/unit/H12/2026-08")
    follow(page, click("#indicators a[href='/vi/explain/H12/2.1/2026-08']"), until="/vi/explain/H12/2.1/")
    number = page.run("document.querySelector('.figures .main dd').innerText")
    assert "✓ khớp" in page.run("document.querySelector('.figures').innerText"), "its cases give the number"
    dossier = follow(page, click("#cases a"), until="/vi/dossier/")
    assert dossier.rpartition("/")[2] in page.run("document.querySelector('h1').innerText")
    follow(page, click("#touched a[href='/vi/explain/H12/2.1/2026-08']"), until="/vi/explain/H12/2.1/2026-08")
    assert page.run("document.querySelector('.figures .main dd').innerText") == number
    follow(page, click("header a[hreflang=en]"), until="/en/explain/H12/2.1/2026-08")
    assert page.complaints == []
    assert {url.startswith(site) for url in page.requests} == {True}


@needs_browser
def test_an_official_filters_the_work_list_and_turns_its_page(chromium, site):
    page = Page(chromium)
    page.visit(f"{site}/vi/unit/H12/2026-08")
    follow(page, click(".next a"), until="/vi/work/H12")
    page.run("document.querySelector('#kind').value = 'late';0")
    follow(page, click(".picker button"), until="/vi/work/H12?kind=late")
    states = page.run("[...document.querySelectorAll('#late tbody td:first-child')].map(td => td.innerText)")
    assert set(states) == {"quá hạn"}
    page.visit(f"{site}/vi/work/H12")
    follow(page, click(".pages a[rel=next]"), until="/vi/work/H12?page=2")
    assert page.complaints == []


@needs_browser
def test_an_auditor_signs_a_validation_run_in_the_page_and_a_reader_cannot(chromium, site, main_job):
    auditor = main_job.settings.model_copy(update={"operator": "thanh-tra.h12", "auditors": "thanh-tra.h12"})
    app = create_app(lambda: warehouse_engine(settings=auditor), settings=auditor)
    with served(app) as address:
        page = Page(chromium)
        page.visit(f"{address}/vi/audit")
        run = follow(page, click("#runs tbody a"), until="/vi/audit/run/")
        page.run(
            "document.querySelector('#decision').value = 'rejected';"
            "document.querySelector('#comment').value = 'Thiếu hồ sơ tháng 8';0"
        )
        page.run(f"{click('.sign button')};0")
        words = wait_for(page, "document.body.innerText", lambda said: "Thiếu hồ sơ tháng 8" in said)
        assert "không chấp nhận" in words
        assert page.run("location.pathname") == run
        assert page.complaints == []
    app.state.connections.dispose()
    with main_job.engine.connect() as connection:
        signed = connection.execute(
            text("select signed_by, decision, comment from audit.sign_off order by entry_no desc limit 1")
        ).one()
    assert tuple(signed) == ("thanh-tra.h12", "rejected", "Thiếu hồ sơ tháng 8")
    page = Page(chromium)
    page.visit(f"{site}{run}")
    assert page.run("document.querySelector('.sign form')") is None
    assert "Thiếu hồ sơ tháng 8" in page.run("document.body.innerText"), "and everybody reads it"


@needs_browser
def test_an_official_is_refused_another_units_page_in_words_and_led_back(chromium, main_job):
    app = create_app(
        lambda: warehouse_engine(settings=main_job.settings),
        settings=main_job.settings,
        everybody=Identity("so-noi-vu.h12", frozenset({"official"}), "H12"),
    )
    with served(app) as address:
        page = Page(chromium)
        page.visit(f"{address}/vi/country/2026-08")
        assert "Thành phố Hồ Chí Minh" in page.run("document.body.innerText"), "the ranking is everybody's"
        follow(page, click(".tiles a[href='/vi/unit/H29/2026-08']"), until="/vi/unit/H29/2026-08")
        words = page.run("document.querySelector('main').innerText")
        assert "không thuộc phạm vi đó" in words
        assert page.run("document.querySelectorAll('main table, main svg').length") == 0
        assert all("403" in told for told in page.complaints)
        follow(page, click("main a[href^='/vi/unit/H12']"), until="/vi/unit/H12")
        assert "Cà Mau" in page.run("document.querySelector('h1').innerText")
        page.visit(f"{address}/vi/explain/H29/2.1/2026-08")
        assert "không thuộc phạm vi đó" in page.run("document.querySelector('main').innerText")
    app.state.connections.dispose()
