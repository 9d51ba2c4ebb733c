"""Makes the stand-in sources misbehave: ASGI middleware that strikes as a fault plan says.

It stands outside the application, so that nothing repairs what it breaks. A reset or a broken-off
body needs the connection itself, which uvicorn's `send` carries; under another server the connection
is closed by raising `ConnectionAbortedError`.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from decision766.simulator.fault_calls import read_call, written
from decision766.simulator.fault_pages import PAGE_FAULTS, Answer, Ask, answer_badly
from decision766.simulator.fault_plan import FaultPlan, FaultRule, FaultSchedule, Strike

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

JSON, HTML = b"application/json; charset=utf-8", b"text/html; charset=utf-8"
ERROR_PAGE = "<!DOCTYPE html><html><body><h1>Lỗi hệ thống</h1></body></html>".encode()
WALL_PAGE = b"<html><head><title>Request Rejected</title></head><body>Support ID: 0</body></html>"
DRIP_SECONDS = 0.05
DRIPS = 200
STATUSES: dict[str, int] = {
    "status_500": 500,
    "status_503": 503,
    "status_429": 429,
    "status_401": 401,
    "status_403": 403,
}


class FaultInjector:
    """An ASGI application that answers as another one does, except where its plan strikes.

    `strikes` tells what struck. /healthz always answers well.
    """

    def __init__(self, app: App, plan: FaultPlan) -> None:
        self._app, self._schedule = app, FaultSchedule(plan)

    @property
    def strikes(self) -> list[Strike]:
        """What struck so far, in order."""
        return self._schedule.strikes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one call, well or badly."""
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        call = read_call(scope, body)
        rule = self._schedule.next(scope["path"], call.service)
        if rule is None:
            await self._app(scope, _replay(body), send)
            return

        async def ask(changed: Any) -> Answer:
            return await self._ask(*written(scope, call, changed, body))

        await self._strike(rule, call.asked, ask, send)

    async def _ask(self, scope: MutableMapping[str, Any], body: bytes) -> Answer:
        """What the application answers to `body`."""
        status, parts = 500, list[bytes]()

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, _replay(body), keep)
        return Answer(status, b"".join(parts))

    async def _strike(self, rule: FaultRule, asked: Any, ask: Ask, send: Send) -> None:
        fault = rule.fault
        if fault in STATUSES:
            wait = () if rule.seconds is None else ((b"retry-after", f"{rule.seconds:g}".encode()),)
            # A 401 comes bare, as a proxy in front of a gateway sends it.
            page = b"" if fault == "status_401" else ERROR_PAGE
            await _respond(send, STATUSES[fault], page, HTML, *wait)
        elif fault == "expired_session":
            await _respond(send, 200, orjson.dumps({"error_code": "-1", "message": "session expired"}))
        elif fault == "firewall":
            await _respond(send, 200, WALL_PAGE, HTML)
        elif fault == "html_200":
            await _respond(send, 200, ERROR_PAGE, HTML)
        elif fault == "empty_body":
            await _respond(send, 200, b"")
        elif fault == "reset":
            await _reset(send)
        elif fault in PAGE_FAULTS:
            answer = await answer_badly(fault, asked, ask)
            await _respond(send, answer.status, answer.body)
        else:
            await self._spoil(rule, await ask(asked), send)

    async def _spoil(self, rule: FaultRule, good: Answer, send: Send) -> None:
        """Spoil the bytes of a good answer, or the way they travel."""
        body, half = good.body, len(good.body) // 2
        if rule.fault == "doubly_encoded":
            await _respond(send, good.status, orjson.dumps(body.decode()))
        elif rule.fault == "wrong_gzip":
            await _respond(send, good.status, b"\x1f\x8b\x08" + body, JSON, (b"content-encoding", b"gzip"))
        elif rule.fault == "cut_json":
            await _respond(send, good.status, body[:half])
        elif rule.fault == "truncated_body":
            await _start(send, good.status, len(body))
            await send({"type": "http.response.body", "body": body[:half], "more_body": True})
            await _close(send)
        else:
            await _start(send, good.status, len(body))
            size = max(1, -(-len(body) // DRIPS))
            for at in range(0, len(body), size):
                await asyncio.sleep(DRIP_SECONDS if rule.seconds is None else rule.seconds)
                await send({"type": "http.response.body", "body": body[at : at + size], "more_body": True})
            await send({"type": "http.response.body", "body": b""})


async def _whole(receive: Receive) -> bytes:
    parts, more = list[bytes](), True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _respond(
    send: Send, status: int, body: bytes, kind: bytes = JSON, *headers: tuple[bytes, bytes]
) -> None:
    await _start(send, status, len(body), kind, *headers)
    await send({"type": "http.response.body", "body": body})


async def _start(
    send: Send, status: int, length: int, kind: bytes = JSON, *headers: tuple[bytes, bytes]
) -> None:
    said = [(b"content-type", kind), (b"content-length", str(length).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": said})


def _transport(send: Send) -> Any:
    """The connection, an asyncio transport or uvloop's."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionAbortedError("a planned fault")
    return transport


async def _reset(send: Send) -> None:
    """Break the connection with a TCP reset instead of an answer."""
    transport = _transport(send)
    peer = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(DRIP_SECONDS)  # the server hears of it before it would answer in our stead


async def _close(send: Send) -> None:
    """Hang up after what has been sent."""
    _transport(send).close()
    await asyncio.sleep(DRIP_SECONDS)
