"""Faults of lists: pages and totals that move, repeat, vanish or stand still.

A fault needs a paged answer: of the evaluation API (`currentPage` from 1, `pagination` in the data), of
the old gateway (`pageIndex` from 1, ROW_STT and sometimes TOTAL in the rows), of igate (`page` from 0, no
total but that of its statistics). The exchange has no pages: there the list of one call comes twice, or
empty. A fault that a kind of answer cannot show leaves it as it is.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

PAGE_FAULTS = frozenset(
    {"page_twice", "page_missing", "moving_total", "stuck_page", "last_page_of_one", "stuck_cursor"}
)
_ALL = 1_000_000


@dataclass(frozen=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes


Ask = Callable[[Any], Awaitable[Answer]]


@dataclass(frozen=True)
class Paging:
    """How an interface pages: names of number and size in a call, and the first page's number."""

    number: str
    size: str
    first: int


_EVALUATION = Paging("currentPage", "pageSize", 1)
_GATEWAY = Paging("pageIndex", "recordPerPage", 1)
_SLICES = Paging("page", "size", 0)


async def answer_badly(fault: str, asked: Any, ask: Ask) -> Answer:
    """Answer a call with the fault of its list.

    ask: puts a call, changed or not, to the application.
    """
    for paging in (_EVALUATION, _GATEWAY, _SLICES):
        if isinstance(asked, dict) and paging.number in asked:
            return await _answer_page(fault, paging, asked, ask)
    good = await ask(asked)
    if fault == "page_twice":
        return _with_list(good, lambda records: records * 2)
    if fault == "page_missing":
        return _with_list(good, lambda records: [])
    if fault == "moving_total":
        return _with_statistics(good)
    return good


async def _answer_page(fault: str, paging: Paging, asked: Mapping[str, Any], ask: Ask) -> Answer:
    page = int(asked[paging.number])
    instead = {
        "page_twice": max(paging.first, page - 1),  # from the second page on: the one before it
        "page_missing": page + 1,  # the next page, or an empty one when there is none
        "stuck_page": paging.first,  # the first page, and it says so
        "stuck_cursor": paging.first,  # the first page, whatever is asked for, without ever saying so
    }
    if fault in instead:
        other = await ask({**asked, paging.number: instead[fault]})
        return other if fault == "stuck_page" else _paginated(other, currentPage=page)
    if fault == "moving_total":
        return _moved(await ask(asked), by=page)
    total = await _total(paging, asked, ask)
    return await ask({**asked, paging.size: max(1, total - 1)} if total else asked)


async def _total(paging: Paging, asked: Mapping[str, Any], ask: Ask) -> int | None:
    """How many records the list holds."""
    if paging is _EVALUATION:
        stated = _pagination(await ask(asked)).get("total")
        return stated if isinstance(stated, int) else None
    whole = orjson.loads((await ask({**asked, paging.number: paging.first, paging.size: _ALL})).body)
    return len(whole) if isinstance(whole, list) else None


def _moved(good: Answer, *, by: int) -> Answer:
    """Change the announced total of a page, where one is announced."""
    total = _pagination(good).get("total")
    if isinstance(total, int):
        return _paginated(good, total=total + by)
    rows = orjson.loads(good.body) if good.body else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("TOTAL") for row in rows):
        return good
    moved = [{**row, "TOTAL": str(int(row["TOTAL"]) + by)} for row in rows]
    return Answer(good.status, orjson.dumps(moved))


def _with_statistics(good: Answer) -> Answer:
    """Let igate's statistics state one record more than the list holds."""
    rows = orjson.loads(good.body) if good.body else None
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        return good
    if "totalReceiver" not in rows[0]:
        return good
    rows[0]["totalReceiver"] += 1
    return Answer(good.status, orjson.dumps(rows))


def _pagination(answer: Answer) -> Mapping[str, Any]:
    body = orjson.loads(answer.body) if answer.body else None
    data = body.get("data") if isinstance(body, dict) else None
    found = data.get("pagination") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _paginated(answer: Answer, **changes: int) -> Answer:
    """Rewrite numbers of the pagination, where there is one."""
    if not _pagination(answer):
        return answer
    body = orjson.loads(answer.body)
    body["data"]["pagination"] |= changes
    return Answer(answer.status, orjson.dumps(body))


def _with_list(answer: Answer, change: Callable[[list[Any]], list[Any]]) -> Answer:
    """Change the records of an exchange answer, in whichever wrapping they came."""
    body = orjson.loads(answer.body) if answer.body else None
    if not isinstance(body, dict):
        return answer
    if isinstance(body.get("result"), list):
        return Answer(answer.status, orjson.dumps({**body, "result": change(body["result"])}))
    message = body.get("message")
    if isinstance(message, str) and message.startswith("{"):
        inner = orjson.loads(message)
        text = orjson.dumps({**inner, "result": change(inner["result"])}).decode()
        return Answer(answer.status, orjson.dumps({**body, "message": text}))
    return answer
