"""Faults of lists: pages and totals that move, repeat, vanish or stand still.

A paged answer is one of the evaluation API (`currentPage` in the call, `pagination` in the data). The
exchange has no pages: there the list of one call comes twice, or empty. A fault that a kind of answer
cannot show leaves it as it is.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

PAGE_FAULTS = frozenset(
    {"page_twice", "page_missing", "moving_total", "stuck_page", "last_page_of_one", "stuck_cursor"}
)


@dataclass(frozen=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes


Ask = Callable[[Any], Awaitable[Answer]]


async def answer_badly(fault: str, asked: Any, ask: Ask) -> Answer:
    """Answer a call with the fault of its list.

    ask: puts a call, changed or not, to the application.
    """
    if isinstance(asked, dict) and "currentPage" in asked:
        return await _answer_page(fault, asked, ask)
    good = await ask(asked)
    if fault == "page_twice":
        return _with_list(good, lambda records: records * 2)
    if fault == "page_missing":
        return _with_list(good, lambda records: [])
    return good


async def _answer_page(fault: str, asked: Mapping[str, Any], ask: Ask) -> Answer:
    page = int(asked["currentPage"])
    instead = {
        "page_twice": max(1, page - 1),  # from the second page on: the one before it
        "page_missing": page + 1,  # the next page, or an empty one when there is none
        "stuck_page": 1,  # the first page, and it says so
        "stuck_cursor": 1,  # the first page, whatever is asked for, without ever saying so
    }
    if fault in instead:
        other = await ask({**asked, "currentPage": instead[fault]})
        return other if fault == "stuck_page" else _paginated(other, currentPage=page)
    good = await ask(asked)
    total = _pagination(good).get("total")
    if not isinstance(total, int):
        return good
    if fault == "moving_total":
        return _paginated(good, total=total + page)
    return await ask({**asked, "pageSize": max(1, total - 1)})


def _pagination(answer: Answer) -> Mapping[str, Any]:
    data = orjson.loads(answer.body).get("data")
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
    body = orjson.loads(answer.body)
    if isinstance(body.get("result"), list):
        return Answer(answer.status, orjson.dumps({**body, "result": change(body["result"])}))
    message = body.get("message")
    if isinstance(message, str) and message.startswith("{"):
        inner = orjson.loads(message)
        text = orjson.dumps({**inner, "result": change(inner["result"])}).decode()
        return Answer(answer.status, orjson.dumps({**body, "message": text}))
    return answer
