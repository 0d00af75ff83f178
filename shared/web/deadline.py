"""A deadline for every HTTP call: silence of a server behind us is answered in time instead of being waited out (decision 0016)."""

import asyncio
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("sama.web")

Answer = Callable[[Request], ASGIApp]


class Deadline:
    """ASGI middleware: a call that has not begun to answer ``seconds`` after its last byte came is cancelled and gets ``answer``.

    A slow sender is not held against the service, and a body that has begun (a long download) is not cut off. A cancelled write may have
    been stored: its outcome is unknown to the caller, who repeats it with the same key, exactly as after a lost connection.
    """

    def __init__(self, app: ASGIApp, *, seconds: float, answer: Answer) -> None:
        self._app = app
        self._seconds = seconds
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.timeout(None if _brings_a_body(Request(scope)) else self._seconds)
        answers = False

        async def receive_whole() -> Message:
            message = await receive()
            if not answers and deadline.when() is None and not message.get("more_body", False):
                deadline.reschedule(asyncio.get_running_loop().time() + self._seconds)
            return message

        async def send_in_time(message: Message) -> None:
            nonlocal answers
            answers = True
            deadline.reschedule(None)
            await send(message)

        try:
            async with deadline:
                await self._app(scope, receive_whole, send_in_time)
        except TimeoutError:
            if not deadline.expired():
                raise
            log.warning("%s %s: no answer within %.1f s", scope["method"], scope["path"], self._seconds)
            await self._answer(Request(scope))(scope, receive, send)


def _brings_a_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
