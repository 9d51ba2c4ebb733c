"""Answers are kept by publication: while nothing new is published, the reader's copy is still good."""

import hashlib
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, text

from decision766.scoreboard import queries as sql
from decision766.scoreboard.api.problems import NotModified, RepeatedParameter
from decision766.scoreboard.identity import viewer

VERSION = "1"
# Readings and validations go on between two publications; whoever may see less gets another tag.
STATE = text("""
    select (select max(entry_no) from audit.ledger_entry) as entry_no,
        (select evaluation_id from audit.current_evaluation) as evaluation_id,
        (select max(outcome_id) from audit.outcome) as outcome_id,
        (select max(started_at) from audit.validation_run) as validated_at
""")

PUBLICATION = text("""
    select (select max(entry_no) from audit.ledger_entry) as entry_no, last.entry_hash, last.published_at,
        current.evaluation_id::text as evaluation_id, current.evaluated_at
    from (select 1) as one
    left join (select * from audit.publication order by entry_no desc limit 1) as last on true
    left join audit.current_evaluation as current on true
""")


def reading(request: Request) -> Iterator[Connection]:
    """Give an answer its connection; it only reads."""
    with request.app.state.connections.reading() as connection:
        yield connection


Reading = Annotated[Connection, Depends(reading)]


def no_repeated(request: Request) -> None:
    """Refuse a parameter that is given twice: which one is meant nobody knows."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1:
            raise RepeatedParameter(name)


def fresh(request: Request, response: Response) -> None:
    """Tag the answer, or say that the reader's copy is still good.

    Raises:
        NotModified: the reader has this very answer.
    """
    with request.app.state.connections.watching() as connection:
        state = sql.first(connection, STATE) or {}
    who = [viewer(request).key, request.headers.get("authorization"), request.headers.get("cookie")]
    stated = repr([VERSION, *state.values(), request.url.path, request.url.query, who])
    tag = f'W/"{hashlib.sha256(stated.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Vary": "Cookie, Authorization", "Cache-Control": "private, no-cache"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag.removeprefix("W/") in known or "*" in known:
        raise NotModified(headers)
    response.headers.update(headers)
