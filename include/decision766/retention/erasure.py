"""Serves the deletion request of a person: finds what stands for an identifier and takes it away.

The identifier is looked for under every key, current and retired, in every keyed field, in raw, in copies
of raw and in landing; an identifier that is a dossier number takes the keyed details of that dossier.
Rows stay, and with them every figure: they lose what stood for the identifier. Neither the record of the
erasure nor a message holds the identifier. What was erased does not land again, whatever key is current.
A request that breaks off is served again: the second time finishes it.
"""

import re
import secrets
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, text

from decision766.audit import known_sources
from decision766.landing import LandedObject, LandingStore
from decision766.landing.removal import replace_lines
from decision766.privacy import Keys
from decision766.records import EXTRA
from decision766.records.codes import unit_of_dossier
from decision766.records.kinds import Treatment
from decision766.records.people import reaches_a_person, reads_as_person
from decision766.retention.places import KEYED, Place, copies_of, has_item, without_item

_REFERENCE = re.compile(r"[\w][\w./-]{0,59}")
_LINE = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class ErasureError(Exception):
    """A deletion request cannot be served as it was given. The message never holds the identifier."""


@dataclass(frozen=True)
class Erased:
    """What was erased. found: place → how many rows, objects or copies lost something."""

    erasure_id: str
    reference: str
    found: dict[str, int]


@dataclass
class _Wanted:
    """What stands for the identifier: tokens by place, and dossier numbers."""

    tokens: dict[Place, list[str]]
    codes: list[str]
    found: Counter[str] = field(default_factory=Counter)

    def of(self, entity: str) -> Iterator[tuple[Place, list[str]]]:
        return ((place, tokens) for place, tokens in self.tokens.items() if place.entity == entity)


def spellings(identifier: str) -> list[str]:
    """Ways in which a source may have written an identifier; the one given is the first."""
    given = unicodedata.normalize("NFC", identifier.strip())
    bare = re.sub(r"[\s.\-]+", "", given)
    spaced = " ".join(given.split())
    return list(
        dict.fromkeys(filter(None, [given, spaced, bare, given.upper(), given.lower(), bare.upper()]))
    )


def erase(engine: Engine, store: LandingStore, keys: Keys, identifier: str, *, reference: str) -> Erased:
    """Find and erase what stands for an identifier; `found` is empty if nothing did.

    reference: the request's number in the register of documents.

    Raises:
        ErasureError: nothing was given, or the reference may itself be a person's.
    """
    written = spellings(identifier)
    if not written:
        raise ErasureError("No identifier was given. Write it to the standard input, one line.")
    if not _REFERENCE.fullmatch(reference) or reaches_a_person(reference) or reads_as_person(reference):
        raise ErasureError(
            "The reference must be the request's number in your register, such as 12/PYC-2026: letters, "
            "digits, dots, dashes and slashes, and no name or number of a person."
        )
    wanted = _Wanted(
        {place: [token for text_ in written for token in _tokens(keys, place, text_)] for place in KEYED},
        [text_ for text_ in written if unit_of_dossier(text_)],
    )
    marks = [] if wanted.codes else [(keys.erasure_mark(p.scope, w), p.scope) for p in KEYED for w in written]
    erasure_id = _open(engine, keys, wanted, reference, marks)
    for landed in _objects(engine, store):
        _erase_object(engine, store, landed, wanted, erasure_id)
    with engine.begin() as connection:
        for place in KEYED:
            _erase_rows(connection, place, wanted, erasure_id)
        _close(connection, wanted, erasure_id, [mark for mark, _ in marks])
    return Erased(erasure_id, reference, dict(wanted.found))


def erased_marks(engine: Engine) -> frozenset[str]:
    """Return the marks of what was erased and must not land again."""
    with engine.connect() as connection:
        return frozenset(connection.execute(text("select mark from audit.erased_mark")).scalars())


def _tokens(keys: Keys, place: Place, value: str) -> list[str]:
    if place.treatment is Treatment.IDENTITY:
        return [keys.event.keyed(place.scope, value)]
    return keys.pseudonyms(place.scope, value)


# --- the record of the erasure -----------------------------------------------------------------------


def _open(engine: Engine, keys: Keys, wanted: _Wanted, reference: str, marks: list[tuple[str, str]]) -> str:
    erasure_id = str(uuid.uuid4())
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into audit.erasure (erasure_id, reference, subject, key_ids)
                values (cast(:id as uuid), :reference, :subject, cast(:key_ids as text[]))
            """),
            {
                "id": erasure_id,
                "reference": reference,
                "subject": "dossier" if wanted.codes else "identifier",
                "key_ids": [key.key_id for key in (keys.pseudonym, *keys.retired, keys.event)],
            },
        )
        for mark, scope in marks:
            connection.execute(
                text("""
                    insert into audit.erased_mark (mark, erasure_id, scope)
                    values (:mark, cast(:id as uuid), :scope) on conflict (mark) do nothing
                """),
                {"mark": mark, "id": erasure_id, "scope": scope},
            )
    return erasure_id


def _close(connection: Connection, wanted: _Wanted, erasure_id: str, marks: list[str]) -> None:
    """Write what was found; an earlier try at the same identifier that broke off is closed with it."""
    connection.execute(
        text("""
            update audit.erasure set done_at = clock_timestamp(),
                found = case when erasure_id = cast(:id as uuid) then cast(:found as jsonb) else found end
            where erasure_id = cast(:id as uuid) or (done_at is null and erasure_id in (
                select erasure_id from audit.erased_mark where mark = any(cast(:marks as text[]))
            ))
        """),
        {"id": erasure_id, "found": orjson.dumps(wanted.found).decode(), "marks": marks},
    )


# --- raw and copies of it ------------------------------------------------------------------------------


def _erase_rows(connection: Connection, place: Place, wanted: _Wanted, erasure_id: str) -> None:
    values: dict[str, Any] = {"tokens": wanted.tokens[place], "codes": wanted.codes, "id": erasure_id}
    if place.item is None:
        # Equal hashes stay equal, and nobody can tell any more of what: an event stays one event.
        values["salt"] = secrets.token_hex(32)
        new = f"'erased:' || left(encode(sha256(convert_to(:salt || {place.column}, 'UTF8')), 'hex'), 32)"
        holds = f"{place.column} is not null and {place.column} not like 'erased:%'"
        one = f"{holds} and {place.column} = any(cast(:tokens as text[]))"
        copies = copies_of(connection, place.column, "text", "dossier_code")
    else:
        condition = f"element ->> '{place.item}' = any(cast(:tokens as text[]))"
        is_own = "dossier_code = any(cast(:codes as text[]))"
        new = without_item(place.column, place.item, f"({condition} or {is_own})")
        holds = has_item(place.column, place.item)
        one = has_item(place.column, place.item, condition)
        copies = copies_of(connection, place.column, "jsonb", "dossier_code")
    where = f"({one}) or (dossier_code = any(cast(:codes as text[])) and {holds})"
    found = connection.execute(
        text(f"""
            with erased as (
                update raw.{place.entity} set {place.column} = {new} where {where}
                returning batch_id, source_id
            ),
            told as (
                insert into audit.tombstone (reason, erasure_id, source_id, entity, batch_id, fields,
                    removed_count, done_at)
                select 'erasure', cast(:id as uuid), source_id, '{place.entity}', batch_id,
                    array['{place.name}'], count(*), clock_timestamp()
                from erased group by source_id, batch_id
            )
            select count(*) from erased
        """),
        values,
    ).scalar_one()
    if found:
        wanted.found[f"raw.{place.entity}.{place.name}"] += found
    for table in copies:
        copied = connection.execute(
            text(f"update {table} set {place.column} = {new} where {where}"),
            {name: value for name, value in values.items() if name != "id"},
        ).rowcount
        if copied:
            wanted.found[f"{table}.{place.name}"] += copied


# --- landing -------------------------------------------------------------------------------------------


def _objects(engine: Engine, store: LandingStore) -> Iterator[LandedObject]:
    with engine.connect() as connection:
        sources = [source.source_id for source in known_sources(connection)]
    for source_id in sources:
        for entity in dict.fromkeys(place.entity for place in KEYED):
            yield from store.objects(source_id, entity)


def _erase_object(
    engine: Engine, store: LandingStore, landed: LandedObject, wanted: _Wanted, erasure_id: str
) -> None:
    needles = [token.encode() for _, tokens in wanted.of(landed.entity) for token in tokens]
    needles += [code.encode() for code in wanted.codes]
    pattern = re.compile(b"|".join(map(re.escape, needles)))
    changed = 0
    lines: list[bytes] = []
    if not any(pattern.search(line) for _, line in store.read_lines(landed)):
        return
    for _, line in store.read_lines(landed):
        without = _without(line, landed.entity, wanted) if pattern.search(line) else None
        changed += without is not None
        lines.append(without if without is not None else line + b"\n")
    if not changed:
        return
    values = {
        "id": erasure_id,
        "source_id": landed.source_id,
        "entity": landed.entity,
        "path": landed.path,
        "sha256": landed.sha256,
        "count": changed,
    }
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into audit.tombstone (reason, erasure_id, source_id, entity, path, object_sha256,
                    removed_count)
                values ('erasure', cast(:id as uuid), :source_id, :entity, :path, :sha256, :count)
            """),
            values,
        )
    replace_lines(store.root, landed, lines, {"why": f"erasure {erasure_id}"})
    with engine.begin() as connection:  # also one that an earlier try left open
        connection.execute(
            text("""
                update audit.tombstone set done_at = clock_timestamp()
                where reason = 'erasure' and path = :path and done_at is null
            """),
            {"path": landed.path},
        )
    wanted.found[f"landing.{landed.entity}"] += 1


def _without(line: bytes, entity: str, wanted: _Wanted) -> bytes | None:
    """The line without what stands for the identifier; None if it holds nothing of the kind."""
    record: dict[str, Any] = orjson.loads(line)
    whole, changed = record.get("MaHoSo") in wanted.codes, False
    for place, tokens in wanted.of(entity):
        name, _, key = place.path.partition("[].")
        for holder in record.get(name, ()) if key else (record,):
            held = holder.get(key or name)
            if held is not None and (whole or held in tokens):
                del holder[key or name]
                changed = True
    if whole and record.pop(EXTRA, None) is not None:
        changed = True
    return orjson.dumps(record, option=_LINE) if changed else None
