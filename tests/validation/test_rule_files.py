"""Rule files: read strictly, faults named with file and rule; the generated page is up to date."""

import re
from pathlib import Path

import pytest

from decision766.settings import PROJECT_ROOT
from decision766.validation.docs import render
from decision766.validation.errors import RuleFileError
from decision766.validation.rules import load_mart_suites, load_suite, load_suites

RULE = """\
  - id: rating.rated_at.not_future
    version: 1
    severity: warn
    field: rated_at
    check: {kind: not_future}
    protects: "satisfaction"
    owner: one-stop-system
    reason_vi: "Đánh giá ở tương lai"
    reason_en: "The rating lies in the future"
    source: {type: technical, reference: "docs/readings.md"}
    since: 2026-11-22
"""
HEAD = "entity: rating\nkey: dossier_code\nrules:\n"


def written(folder: Path, text: str, name: str = "rating.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_rule_is_read(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, HEAD + RULE.replace('"5.3"', '"satisfaction"')))
    assert [rule.id for rule in suite.rules] == ["rating.rated_at.not_future"]
    assert re.fullmatch(r"[0-9a-f]{12}", suite.version)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("severity: warn", "severity: fatal", "severity"),
        ("kind: not_future", "kind: guess", "check"),
        ("kind: not_future", "kind: between", "between needs min or max"),
        ("kind: not_future", "kind: ordered, not_before: rated_at", "two different fields"),
        ("kind: not_future", "kind: sql, fails: r.a = ':x'", "without it"),
        ("    version: 1\n", "", "version"),
        ("since: 2026-11-22", "since: 2026-11-22\n    weight: 3", "weight"),
        ("owner: one-stop-system", "owner: nobody", "owner"),
        ("severity: warn", "severity: quarantine\n    tolerate: 0.5", "quarantine rule judges single rows"),
        ("kind: not_future", "kind: row_count, max: 5}\n    tolerate: 0.5\n    #{", "tolerates nothing"),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in RULE
    with pytest.raises(RuleFileError) as error:
        load_suite(written(tmp_path, HEAD + RULE.replace(before, after)))
    [line] = str(error.value).splitlines()
    assert re.match(r"rating\.yaml, line ([4-9]|1[0-5]), rule rating\.rated_at\.not_future", line)
    assert told in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + RULE + RULE, "rule listed twice: rating.rated_at.not_future"),
        (HEAD + RULE.replace("id: rating.", "id: petition."), "rule of another entity"),
        (
            HEAD.replace("entity: rating", "entity: petition") + RULE.replace("id: rating", "id: petition"),
            "name the file",
        ),
        (HEAD.replace("rules:", "defaults: {version: 1}\nrules:") + RULE, "owner and since, not version"),
        (HEAD.replace("rules:", "affected: intermediate.some\nrules:") + RULE, "affected is of marts alone"),
        ("entity: [", "cannot be read as YAML"),
        ("", "no rules in it"),
        (HEAD + "  - 5\n", "rule number 1"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RuleFileError, match=r"rating\.yaml") as error:
        load_suite(written(tmp_path, text))
    assert told in str(error.value)


def test_a_folder_names_every_fault(tmp_path: Path) -> None:
    written(tmp_path, "entity: [")
    reference = "{kind: exists_in, entity: dossier, column: dossier_code}"
    other = HEAD.replace("rating", "petition") + RULE.replace("id: rating", "id: petition").replace(
        "{kind: not_future}", reference
    )
    written(tmp_path, other, "petition.yaml")
    with pytest.raises(RuleFileError) as error:
        load_suites(tmp_path)
    assert "rating.yaml: cannot be read" in str(error.value)
    assert (
        "petition.yaml, line 4, rule petition.rated_at.not_future: refers to dossier, which has no rules"
        in str(error.value)
    )
    with pytest.raises(RuleFileError, match="no such folder"):
        load_suites(tmp_path / "none")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("severity: warn", "severity: quarantine", "a computed row cannot be set aside"),
        ("kind: not_future", "kind: volume, min_share: 0.5", "volume judges batches of a source, not a mart"),
    ],
)
def test_what_a_mart_cannot_have_is_named(tmp_path: Path, before: str, after: str, told: str) -> None:
    (tmp_path / "marts").mkdir()
    text = HEAD.replace("key: dossier_code\n", "") + RULE.replace(before, after)
    with pytest.raises(RuleFileError, match=r"^marts/rating\.yaml, line 3, rule rating\.rated_at") as error:
        load_suite(written(tmp_path / "marts", text))
    assert told in str(error.value)


def test_a_history_that_can_never_be_long_enough_is_named(tmp_path: Path) -> None:
    never = "kind: volume, min_share: 0.5, batches: 3, least: 5"
    with pytest.raises(RuleFileError, match=r"line 8, .*could never be applied"):
        load_suite(written(tmp_path, HEAD + RULE.replace("kind: not_future", never)))


def test_entities_come_after_those_they_refer_to() -> None:
    order = list(load_suites(PROJECT_ROOT / "expectations"))
    assert order.index("org_unit") < order.index("dossier") < order.index("dossier_event")
    assert order.index("procedure") < order.index("service")


def test_the_page_of_rules_is_up_to_date() -> None:
    page = (PROJECT_ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    folder = PROJECT_ROOT / "expectations"
    assert page == render(load_suites(folder), load_mart_suites(folder)), (
        "run python -m decision766.validation.docs"
    )


def test_reasons_are_told_in_both_languages() -> None:
    folder = PROJECT_ROOT / "expectations"
    suites = [*load_suites(folder).values(), *load_mart_suites(folder).values()]
    rules = [rule for suite in suites for rule in suite.rules]
    assert len({rule.id for rule in rules}) == len(rules) > 290
    vietnamese = re.compile(
        "[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE
    )
    for rule in rules:
        assert vietnamese.search(rule.reason_vi), rule.id
        assert not vietnamese.search(rule.reason_en), rule.id
