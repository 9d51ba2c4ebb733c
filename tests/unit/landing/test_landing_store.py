"""Landing keeps answers once, whole and without people, on a disk or in an object store."""

import datetime as dt
import hashlib
from decimal import Decimal

import orjson
import pytest
import zstandard
from tests.unit.record_samples import DOSSIER, KEYS, PROCEDURE

from decision766.landing import LandedObject, LandingError, LandingStore, UndeclaredField, open_landing
from decision766.privacy import REDACTOR_VERSION
from decision766.settings import Settings
from decision766.sources.contract import SourceAnswer, Unparseable, Window

FETCHED = dt.datetime(2026, 9, 28, 1, tzinfo=dt.UTC)
PEOPLE = ("Nguyễn Văn An", "079185001234", "0912345678", "an@example.invalid", "Thôn 3")


def answer(records, entity="dossier", **more):
    body = orjson.dumps(records, default=str)
    return SourceAnswer(entity, {entity: records}, body, {"service": "x"}, FETCHED, **more)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "landing"


@pytest.fixture
def store(root):
    return LandingStore(root, KEYS)


def test_an_answer_lands_redacted_under_the_hash_of_its_lines(store, root):
    records = [DOSSIER, {**DOSSIER, "MaHoSo": "H44.07-260815-00013", "GhiChu": "x"}]
    landed = store.put("s", answer(records))["dossier"]
    lines = b"".join(line + b"\n" for _, line in store.read_lines(landed))
    assert landed.sha256 == hashlib.sha256(lines).hexdigest()
    assert landed.path == f"s/dossier/{landed.sha256[:2]}/{landed.sha256}.ndjson.zst"
    assert (landed.byte_count, landed.record_count) == (len(lines), 2)
    assert landed.stored_bytes == (root / landed.path).stat().st_size
    assert landed.original_sha256 == hashlib.sha256(orjson.dumps(records)).hexdigest()
    assert landed.redactor_version == REDACTOR_VERSION
    assert landed.undeclared == (UndeclaredField("GhiChu", "string", 1),)
    read = list(store.read(landed))
    assert [number for number, _ in read] == [1, 2]
    assert [record["MaHoSo"] for _, record in read] == ["H44.07-260815-00012", "H44.07-260815-00013"]


def test_nobody_is_anywhere_below_the_root(store, root):
    store.put("s", answer([DOSSIER, {**DOSSIER, "MaHoSo": "Nguyễn Văn An", "GhiChu": "0912345678"}]))
    for path in root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            content = zstandard.decompress(content, 1 << 20) if path.suffix == ".zst" else content
            assert not [person for person in PEOPLE if person.encode() in content]


def test_the_same_answer_again_writes_nothing(store, root):
    first = store.put("s", answer([DOSSIER]))
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert store.put("s", answer([DOSSIER])) == first
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    assert len([path for path in before if path.is_file()]) == 2


def test_the_manifest_reads_back(store):
    landed = store.put(
        "s",
        answer(
            [DOSSIER],
            window=Window(FETCHED - dt.timedelta(days=1), FETCHED),
            http_status=200,
            attempt=2,
            announced=1,
            unparseable=(Unparseable(10, 5, "not JSON"),),
        ),
    )["dossier"]
    assert store.objects("s", "dossier") == [landed]
    assert LandedObject.from_manifest(landed.to_manifest()) == landed
    with pytest.raises(LandingError):
        LandedObject.from_manifest(b"{}")


def test_an_empty_answer_is_an_object_too(store):
    landed = store.put("s", answer([]))["dossier"]
    assert landed.record_count == landed.byte_count == 0
    assert list(store.read(landed)) == []


def test_a_verbatim_answer_is_kept_byte_for_byte_as_well(store):
    body = b'{"result" : [{"MATTHC":  "1.003560"} ], "message": "OK" }'
    landed = store.put(
        "s", SourceAnswer("procedure", {"procedure": [PROCEDURE]}, body, {}, FETCHED, verbatim=True)
    )["procedure"]
    assert store.read_body(landed) == body
    assert next(store.read(landed))[1]["MATTHC"] == "1.003560"
    with pytest.raises(LandingError, match="no verbatim body"):
        store.read_body(store.put("s", answer([DOSSIER]))["dossier"])


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON at all",
        '{"result": [{"TENTTHC": "Cấp phép", "NguoiKy": "Trần Thị Bình"}]}'.encode(),
        '{"result": [{"GhiChu": "nhà của ông ấy"}]}'.encode(),
        b'{"result": [{"TENTTHC": "hoi 0912 345 678"}]}',
        b'{"result": [{"MATTHC": "1.003560", "id": 79185001234}]}',
        '{"result": [], "message": "Nguyễn Văn An đã đăng nhập"}'.encode(),
        '{"result": [{"Nguyễn Văn An": 1}]}'.encode(),
    ],
)
def test_an_answer_that_may_hold_a_person_is_not_kept_as_it_came(store, root, body):
    sent = SourceAnswer("procedure", {"procedure": [PROCEDURE]}, body, {}, FETCHED, verbatim=True)
    landed = store.put("s", sent)["procedure"]
    assert landed.body_path is None
    assert not list(root.rglob("*.body.zst"))
    assert next(store.read(landed))[1]["MATTHC"] == "1.003560"


def test_what_is_no_figure_stays_out_of_published_records(store):
    group = {
        "unit_name": "Sở Tư pháp, 0912345678",
        "score": "Nguyễn Văn An",
        "max_score": Decimal("18.0"),
        "unit_code": "H44.07",
        "parameters": {"onTimePct": Decimal("1.5"), "hoTen": "x", "n": 79185001234, "Trần Thị Bình": 1},
        "updatedBy": "Lê Văn Tám",
    }
    landed = store.put(
        "s", SourceAnswer("e", {"published_group": [group]}, b"{}", {}, FETCHED, verbatim=True)
    )
    found = next(store.read(landed["published_group"]))[1]
    assert found == {
        "unit_name": None,
        "score": None,
        "max_score": Decimal("18.0"),
        "unit_code": "H44.07",
        "parameters": {"onTimePct": Decimal("1.5")},
    }
    assert landed["published_group"].rejected == 2


def test_published_numbers_keep_their_digits(store):
    group = {"capture_id": "c", "score": Decimal("17.50"), "parameters": {"a": Decimal("0.10"), "b": 3}}
    published = {"published_metric": [{"ratio": Decimal("97.125000")}], "published_group": [group]}
    landed = store.put("s", SourceAnswer("transparency", published, b"{}", {}, FETCHED, verbatim=True))
    assert set(landed) == set(published)
    assert next(store.read_lines(landed["published_metric"]))[1] == b'{"ratio":97.125000}'
    found = next(store.read(landed["published_group"]))[1]
    assert found == group
    assert str(found["score"]) == "17.50"
    assert {item.body_path for item in landed.values()} == {landed["published_group"].body_path}


@pytest.mark.parametrize(
    "damage", [lambda content: b"", lambda content: content[:-9], lambda content: b"x" + content]
)
def test_a_damaged_object_is_refused_by_name(store, root, damage):
    landed = store.put("s", answer([DOSSIER]))["dossier"]
    path = root / landed.path
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(LandingError, match=landed.sha256):
        list(store.read_lines(landed))


def test_content_that_is_not_what_its_name_says_is_refused(store, root):
    one, other = (store.put("s", answer([{**DOSSIER, "HinhThuc": code}]))["dossier"] for code in "01")
    (root / one.path).write_bytes((root / other.path).read_bytes())
    with pytest.raises(LandingError, match="what its name says"):
        list(store.read_lines(one))
    (root / one.path).unlink()
    with pytest.raises(LandingError, match="missing"):
        list(store.read_lines(one))


def test_a_crash_while_writing_leaves_no_object(store, root, monkeypatch):
    def crash(handle):
        raise OSError("disk full")

    monkeypatch.setattr("decision766.landing.store.os.fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        store.put("s", answer([DOSSIER]))
    assert not [path for path in root.rglob("*") if path.is_file()]
    monkeypatch.undo()
    assert list(store.read(store.put("s", answer([DOSSIER]))["dossier"]))


def test_a_lost_manifest_is_written_again(store, root):
    landed = store.put("s", answer([DOSSIER]))["dossier"]
    next(root.rglob("*.manifest.json")).unlink()
    assert store.objects("s", "dossier") == []
    store.put("s", answer([DOSSIER]))
    assert store.objects("s", "dossier") == [landed]


def test_an_object_store_works_the_same():
    store = LandingStore("memory://landing-test/zone", KEYS)
    landed = store.put("s", answer([PROCEDURE], "procedure", verbatim=True))["procedure"]
    assert store.put("s", answer([PROCEDURE], "procedure", verbatim=True))["procedure"] == landed
    assert [record["MATTHC"] for _, record in store.read(landed)] == [PROCEDURE["MATTHC"]]
    assert store.objects("s", "procedure") == [landed]
    assert store.read_body(landed) == orjson.dumps([PROCEDURE])


def test_the_settings_say_where_landing_is(tmp_path):
    landed = open_landing(Settings(home=tmp_path)).put("s", answer([DOSSIER]))["dossier"]
    assert (tmp_path / "landing" / landed.path).is_file()
    elsewhere = Settings(home=tmp_path, landing_url=f"file://{tmp_path}/elsewhere")
    assert (
        tmp_path / "elsewhere" / open_landing(elsewhere).put("s", answer([DOSSIER]))["dossier"].path
    ).is_file()
