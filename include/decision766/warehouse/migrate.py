"""Brings the schemas raw and audit to the newest revision, fills the calendar, applies the rights."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from decision766.warehouse.calendar import fill_calendar
from decision766.warehouse.rights import apply_rights


def migrate(engine: Engine) -> None:
    """Upgrade to head and refresh `raw.calendar_day` and the rights; doing it again changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    fill_calendar(engine)
    apply_rights(engine)
