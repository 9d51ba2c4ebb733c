"""Who is who: the file of visitors, Airflow's roles, and a file that is wrong."""

import pytest

from decision766.scoreboard.identity import Identity
from decision766.scoreboard.visitors import VisitorsFileError, load_visitors
from decision766.settings import Settings

FILE = """
users:
  An.Nguyen: {role: official, unit: H17}
  kiem.toan: {role: auditor}
airflow_roles:
  Viewer: {role: auditor}
  decision766 Ca Mau: {role: official, unit: H12}
"""


def visitors(tmp_path, content: str = FILE, **settings: object):
    path = tmp_path / "visitors.yaml"
    path.write_text(content, encoding="utf-8")
    return load_visitors(Settings(visitors=path, **settings))


@pytest.mark.parametrize(
    ("account", "airflow_roles", "role", "unit"),
    [
        ("an.nguyen", [], "official", "H17"),
        (" AN.NGUYEN ", ["Admin"], "official", "H17"),  # an entry of one's own comes before roles of Airflow
        ("kiem.toan", [], "auditor", ""),
        ("admin", ["ADMIN"], "engineer", ""),
        ("x", ["op"], "engineer", ""),
        ("x", ["viewer"], "auditor", ""),
        ("x", ["decision766 Ca Mau"], "official", "H12"),
        ("x", ["decision766 Ca Mau", "Admin"], "engineer", ""),
        ("x", ["User"], "public", ""),
        ("x", [], "public", ""),
    ],
)
def test_an_account_is_what_its_entry_says_else_what_it_is_in_airflow(
    tmp_path, account, airflow_roles, role, unit
):
    found = visitors(tmp_path).of(account, airflow_roles)
    assert (found.role, found.unit) == (role, unit)


def test_auditors_of_the_settings_may_sign_whatever_else_they_are(tmp_path):
    found = visitors(tmp_path, auditors="an.nguyen, admin").of("admin", ["Admin"])
    assert found.may_sign
    assert found.role == "engineer"
    assert not visitors(tmp_path).of("admin", ["Admin"]).may_sign


def test_without_a_file_airflows_admins_see_everything_and_others_are_the_public():
    named = load_visitors(Settings())
    assert named.of("admin", ["Admin"]).role == "engineer"
    assert named.of("admin", ["Viewer"]).role == "public"


@pytest.mark.parametrize(
    "entry", ["{role: janitor}", "{role: official}", "{role: auditor, unit: H17}", "official", "{}"]
)
def test_a_wrong_entry_is_named(tmp_path, entry):
    with pytest.raises(VisitorsFileError, match=r"users, «an»: write \{role: ROLE\}.*official, unit: H17"):
        visitors(tmp_path, f"users:\n  an: {entry}\n")


def test_answers_are_kept_apart_by_account_role_and_unit():
    official = Identity("an", frozenset({"official"}), "H12")
    assert len({official.key, Identity("an", frozenset({"official"}), "H1").key, Identity("an").key}) == 3
