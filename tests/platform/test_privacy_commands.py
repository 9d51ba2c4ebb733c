"""`keys`, `retention`, `erase` as a person types them: what they say, and what they never say."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from tests.unit.loading.loads import land
from tests.unit.retention.conftest import LONG_AGO, dossier
from typer.testing import CliRunner

from decision766.audit import Source, upsert_source
from decision766.cli.main import app
from decision766.landing import open_landing
from decision766.loading import load_batch
from decision766.privacy import load_keys
from decision766.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]
CODE = "CCCD-079185001234"


@pytest.fixture
def cli(
    settings: Settings, warehouse: Engine, as_environment: Callable[[Settings], None]
) -> Callable[..., str]:
    """Runs a command on a warehouse with one old dossier that has a telling component."""
    as_environment(settings)
    upsert_source(warehouse, Source("s", "file_drop", "Nguồn thử", ("H44",), "synthetic", "hash"))
    store = open_landing(settings)
    record = dossier(1, TaiLieuNop=[{"MaThanhPhanHoSo": CODE}])
    landed = land(store, "s", "dossier", [record], LONG_AGO)
    load_batch(
        warehouse, store, source_id="s", entity="dossier", objects=[landed], observed_at=LONG_AGO, run_id="r"
    )
    with warehouse.begin() as connection:
        connection.execute(text("update audit.batch set loaded_at = :at"), {"at": LONG_AGO})

    def run(*arguments: str, given: str = "", code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments), input=given)
        assert result.exit_code == code, result.output
        return re.sub(r"\s+", " ", result.output)

    return run


def test_a_rotation_is_told_by_ids_alone(cli: Callable[..., str], settings: Settings) -> None:
    first = load_keys(settings)
    assert re.search(rf"{first.pseudonym.key_id} pseudonyms, current 2", cli("keys", "list"))
    said = cli("keys", "rotate")
    second = load_keys(settings)
    assert second.pseudonym.key_id in said
    assert first.pseudonym.key_id in said
    listed = cli("keys", "list")
    assert f"{second.pseudonym.key_id} pseudonyms, current 0" in listed
    assert f"{first.pseudonym.key_id} pseudonyms, retired 2" in listed
    refused = cli("keys", "forget", first.pseudonym.key_id, code=1)
    assert "2 values in raw and 1 landed objects" in refused
    cli("retention", "run")
    assert "is gone" in cli("keys", "forget", first.pseudonym.key_id)
    for key in (first.pseudonym, second.pseudonym, first.event):
        assert key.secret.hex() not in said + listed + refused


def test_a_plan_is_shown_before_anything_goes(cli: Callable[..., str], warehouse: Engine) -> None:
    shown = cli("retention", "plan")
    assert "landed_records" in shown
    assert "1096 days" in shown
    with warehouse.connect() as connection:
        assert connection.execute(text("select count(*) from audit.tombstone")).scalar_one() == 0
    ahead = cli("retention", "run", "--as-of", "2999-01-01T00:00:00+07:00", code=1)
    assert "ahead of the clock" in ahead
    assert "1 landed objects gone" in cli("retention", "run")
    assert "Nothing is due" in cli("retention", "plan")


def test_a_request_is_served_without_repeating_the_identifier(
    cli: Callable[..., str], warehouse: Engine
) -> None:
    said = cli("erase", "--reference", "12/PYC-2026", given=f"{CODE}\n")
    assert "raw.dossier.components.component_code" in said
    assert "12/PYC-2026" in said
    nobody = cli("erase", "--reference", "13/PYC-2026", given="Nguyễn Văn An\n")
    assert "nothing stands for it" in nobody
    refused = cli("erase", "--reference", "Nguyễn Văn An", given=f"{CODE}\n", code=1)
    empty = cli("erase", "--reference", "14", given="\n", code=1)
    assert "standard input" in empty
    assert "079185001234" not in said + nobody + refused + empty
    assert "Nguyễn" not in nobody + refused
    with warehouse.connect() as connection:
        references = (
            connection.execute(text("select reference from audit.erasure order by 1")).scalars().all()
        )
    assert references == ["12/PYC-2026", "13/PYC-2026"]
