"""Thousands of people in every field of every kind of record, in every spelling: no landed line holds one."""

import pytest
from tests.privacy.people import Invented, Search, invent
from tests.privacy.planting import SAMPLES, Planter
from tests.unit.record_samples import KEYS

from decision766.privacy import Redactor
from decision766.records import ENTITIES

PEOPLE = invent(600)


def test_every_entity_of_records_is_planted():
    assert set(SAMPLES) == {name for name, spec in ENTITIES.items() if not spec.verbatim}


def test_the_search_finds_every_spelling():
    search = Search(PEOPLE)
    missed = [
        spelling
        for person in PEOPLE[:200]
        for spelling in person.spellings()
        if not search.find(f'"{spelling}"')
    ]
    assert not missed
    assert search.find("số 000000000 của ai") == {"000000000"}
    clean = "Sở Tư pháp, 1.003560, H44.07-260815-00012, 2026-08-15 09:30:00+07, 0f" + "12" * 31
    assert not search.find(clean)
    born = next(text for text in PEOPLE[0].birthdays() if text.isdigit())
    assert not search.find(f"\\x{'0f' * 12}{born}{'a0' * 16}")
    assert search.find(f"x {born}")
    assert search.needles > 8000


@pytest.mark.parametrize("entity", sorted(SAMPLES))
def test_no_landed_line_holds_anybody(entity):
    planter, search, redactor = Planter(PEOPLE), Search(PEOPLE), Redactor(ENTITIES[entity], KEYS)
    landed = "".join(redactor.redact_to_line(record).decode() for record in planter.records(SAMPLES[entity]))
    assert planter.planted > 100
    assert search.find(landed) == set()
    assert search.find(" ".join(name for name, _ in redactor.undeclared)) == set()


def test_a_record_of_nobody_keeps_all_that_it_says():
    """What hides people must not hide codes: the samples, all of real form, lose nothing."""
    for entity, sample in SAMPLES.items():
        redacted = Redactor(ENTITIES[entity], KEYS).redact(sample)
        assert redacted.parse_errors == [], entity


def test_the_invented_are_many():
    assert len({person.name for person in PEOPLE}) == len(PEOPLE)
    assert isinstance(PEOPLE[0], Invented)
