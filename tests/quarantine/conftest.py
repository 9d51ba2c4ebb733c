"""The shipped rules, read once."""

from collections.abc import Mapping

import pytest

from decision766.settings import get_settings
from decision766.validation.rules import Suite, load_suites


@pytest.fixture(scope="module")
def suites() -> Mapping[str, Suite]:
    return load_suites(get_settings().project_root / "expectations")
