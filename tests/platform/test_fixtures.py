"""The fixtures that all tests stand on: each test has a migrated, empty warehouse of its own."""

import pytest
from sqlalchemy import text

from decision766.settings import get_settings

pytestmark = pytest.mark.warehouse


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_its_own_migrated_warehouse(warehouse, attempt):
    with warehouse.begin() as connection:
        assert connection.execute(text("select count(*) from audit.batch")).scalar_one() == 0
        assert connection.execute(text("select count(*) from raw.calendar_day")).scalar_one() > 365
        connection.execute(text("create table only_here ()"))


def test_settings_can_become_those_of_the_process(settings, as_environment):
    as_environment(settings)
    assert get_settings() == settings
