"""A verdict from a page: taken from an auditor's own form once, and refused in every other way."""

import re
import uuid
from dataclasses import dataclass

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from tests.ledger.marts import Ledger

from decision766.ledger.check import verify_ledger
from decision766.ledger.heads import open_heads
from decision766.scoreboard import signing
from decision766.scoreboard.app import create_app
from decision766.scoreboard.identity import ENGINEER, known
from decision766.warehouse.rights import apply_rights

pytestmark = pytest.mark.warehouse

AUDITOR, OFFICIAL = "thanh-tra.h12", "so-noi-vu.h12"
HERE = {"origin": "http://testserver"}


@dataclass
class Site:
    """The pages on a ledger of three publications, and a validation run to sign."""

    client: TestClient
    ledger: Ledger
    run: str

    def token(self) -> str:
        page = self.client.get(f"/vi/audit/run/{self.run}")
        assert page.status_code == 200, page.text
        found = re.search(r'name="token" value="([^"]*)"', page.text)
        return found[1] if found else ""

    def send(self, run: str = "", *, headers: dict[str, str] | None = None, **form: str):
        form = {"decision": "accepted", "comment": "Khớp hồ sơ", **form}
        sent = HERE if headers is None else headers
        address = f"/vi/audit/run/{run or self.run}/sign"
        return self.client.post(address, data=form, headers=sent, follow_redirects=False)

    def verdicts(self) -> list[tuple[str, str, str]]:
        with self.ledger.engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "select signed_by, decision, comment from audit.sign_off order by entry_no"
            )
            return [tuple(row) for row in rows]


def add_run(ledger: Ledger) -> str:
    run = str(uuid.uuid4())
    ledger.execute(
        """insert into audit.validation_run (validation_run_id, evaluation_id, suite, suite_version, success,
            rows_evaluated, rows_quarantined, result, started_at)
        select cast(:run as uuid), evaluation_id, 'marts', '1', true, 10, 0, '{}', now()
        from audit.evaluation limit 1""",
        run=run,
    )
    return run


@pytest.fixture
def site(ledger: Ledger) -> Site:
    settings = ledger.settings.model_copy(update={"operator": AUDITOR, "auditors": f"{AUDITOR}, khac.h12"})
    apply_rights(ledger.engine)  # of the hand-made marts, which no build gave theirs
    app = create_app(lambda: ledger.engine, settings=settings)
    return Site(TestClient(app), ledger, add_run(ledger))


def test_an_auditor_signs_and_the_page_and_the_ledger_say_so(site: Site):
    answer = site.send(token=site.token(), decision="rejected", comment="Thiếu hồ sơ <b>")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/vi/audit/run/{site.run}")
    assert site.verdicts() == [(AUDITOR, "rejected", "Thiếu hồ sơ <b>")]
    page = site.client.get(answer.headers["location"])
    assert "Thiếu hồ sơ &lt;b&gt;" in page.text
    assert "không chấp nhận" in page.text
    assert page.headers["cache-control"] == "no-store"
    with site.ledger.engine.connect() as connection:
        proof = verify_ledger(connection, open_heads(site.ledger.settings))
    assert (proof.entries, proof.heads_outside) == (4, 4)


def test_a_form_is_taken_once(site: Site):
    token = site.token()
    assert site.send(token=token).status_code == 303
    again = site.send(token=token)
    assert again.status_code == 409
    assert "Sổ cái đã có mục mới" in again.text
    assert len(site.verdicts()) == 1
    assert site.send(token=site.token(), decision="rejected").status_code == 303, "with a form shown anew"
    assert len(site.verdicts()) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"referer": "https://elsewhere.example/http://testserver/"},
        {"origin": "http://testserver.elsewhere.example"},
        {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        {"origin": "http://testserver", "sec-fetch-site": "same-site"},
    ],
)
def test_what_another_site_sends_is_refused_even_with_a_good_token(site: Site, headers):
    assert site.send(headers=headers, token=site.token()).status_code == 403
    assert site.verdicts() == []


def test_a_token_is_of_one_run_one_account_one_hour_and_cannot_be_made_up(site: Site, monkeypatch):
    token = site.token()
    other = add_run(site.ledger)
    until, head, digest = token.split(".")
    for bad in (
        "",
        "x",
        f"{until}.{head}.",
        f"{int(until) + 1}.{head}.{digest}",
        f"{until}.{head}.{digest[::-1]}",
    ):
        assert site.send(token=bad).status_code == 403, bad
    assert site.send(other, token=token).status_code == 403
    key = signing.page_key(site.ledger.settings)
    results = re.search(r"[0-9a-f]{64}", site.client.get(f"/vi/audit/run/{site.run}").text)[0]
    someone = signing.token_of(key, known("khac.h12", site.ledger.settings), site.run, results, int(head))
    assert site.send(token=someone).status_code == 403
    monkeypatch.setattr(signing.time, "time", lambda: float(until) + 1)
    assert site.send(token=token).status_code == 409
    assert site.verdicts() == []


def test_results_that_changed_since_the_page_was_shown_are_not_signed(site: Site):
    token = site.token()
    site.ledger.execute("update audit.validation_run set rows_evaluated = 11 where suite = 'marts'")
    assert site.send(token=token).status_code == 403
    assert site.verdicts() == []


@pytest.mark.parametrize(("operator", "status"), [(OFFICIAL, 403), (None, 401)])
def test_who_is_no_auditor_sees_no_form_and_cannot_sign(site: Site, operator, status):
    token = site.token()
    settings = site.ledger.settings.model_copy(update={"operator": operator, "auditors": AUDITOR})
    other = Site(TestClient(create_app(lambda: site.ledger.engine, settings=settings)), site.ledger, site.run)
    assert other.token() == ""
    assert other.send(token=token).status_code == status
    assert site.verdicts() == []


def test_behind_a_guard_the_user_is_whom_the_guard_states_never_the_operator(site: Site):
    settings = site.ledger.settings.model_copy(update={"operator": AUDITOR, "auditors": AUDITOR})

    def guard(request: Request) -> None:
        request.state.identity = known(OFFICIAL, settings, ENGINEER)

    app = create_app(lambda: site.ledger.engine, guards=[guard], settings=settings)
    other = Site(TestClient(app), site.ledger, site.run)
    assert other.token() == ""
    silent = create_app(
        lambda: site.ledger.engine, guards=[lambda: None], settings=settings, everybody=ENGINEER
    )
    assert Site(TestClient(silent), site.ledger, site.run).send(token=site.token()).status_code == 401


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"comment": ""}, "empty"),
        ({"comment": "gọi 0912345678"}, "personal data"),
        ({"decision": "perhaps"}, "no verdict"),
    ],
)
def test_words_unfit_for_a_ledger_are_refused_as_the_command_refuses_them(site: Site, form, words):
    answer = site.send(token=site.token(), **form)
    assert answer.status_code == 422
    assert words in answer.text
    assert site.verdicts() == []


def test_large_forms_other_bodies_and_other_methods_are_refused(site: Site):
    assert site.send(token=site.token(), comment="x" * 20_000).status_code == 413
    address = f"/vi/audit/run/{site.run}/sign"
    assert site.client.post(address, json={"decision": "accepted"}, headers=HERE).status_code == 415
    assert site.client.get(address).status_code in (404, 405)
    assert site.send(str(uuid.uuid4()), token=site.token()).status_code in (403, 404)
    assert site.client.get(f"/vi/audit/run/{uuid.uuid4()}").status_code == 404
    assert site.client.get("/vi/audit/run/1%20or%201").status_code == 422
    assert site.verdicts() == []


def test_a_broken_ledger_takes_no_verdict_and_the_overview_would_say_so(site: Site):
    token = site.token()
    site.ledger.as_superuser("update audit.ledger_entry set body = body || ' ' where entry_no = 2")
    answer = site.send(token=token)
    assert answer.status_code == 422
    assert "ntry 2" in answer.text


def test_reports_are_served_from_their_folder_only_and_in_a_sandbox(site: Site):
    folder = site.ledger.settings.reports_root / "validation"
    (folder / "runs").mkdir(parents=True)
    (folder / "runs" / "a.html").write_text("<script>1</script>")
    (folder / "a.key").write_text("secret")
    (folder.parent / "b.html").write_text("outside")
    (folder / "link.html").symlink_to(folder.parent / "b.html")
    answer = site.client.get("/vi/audit/reports/runs/a.html")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts allow-downloads;")
    for path in (
        "a.key",
        "%2e%2e/b.html",
        "..%2fb.html",
        "link.html",
        "runs",
        "",
        "/etc/passwd",
        "a%00.html",
    ):
        assert site.client.get(f"/vi/audit/reports/{path}").status_code in (404, 405), path
