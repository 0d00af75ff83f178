"""Who calls, when a proxy stands between: its X-Forwarded-For is believed if the connection comes from a proxy that the operator named.

A proxy in a container gets another address with every start, so it may be named by its host name, which is then asked of the network again.
"""

import asyncio
import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable
from typing import Any, Final, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

ASK_AGAIN_SECONDS: Final = (
    2.0  # between two look-ups: a restarted proxy is believed after this, and strangers cause no flood of them
)
PATIENCE_SECONDS: Final = (
    1.0  # a name server that does not know the name may take many seconds; a call does not wait for it
)
Resolve = Callable[[str], "asyncio.Future[frozenset[str]] | Any"]
"""Returns the addresses of a host name; none, if it has none at the moment."""


async def addresses_of(name: str) -> frozenset[str]:
    """Return the addresses of a host name as the network knows them now; none, if it does not know it."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(str(entry[4][0]) for entry in found)


class BehindProxies:
    """ASGI middleware: ``scope["client"]`` becomes the address that the nearest proxy which is not trusted came from."""

    def __init__(
        self,
        app: ASGIApp,
        trusted: str,
        *,
        resolve: Resolve = addresses_of,
        now: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """trusted: addresses, networks and host names with commas between them."""
        self._app = app
        words = [word.strip() for word in trusted.split(",") if word.strip()]
        self._fixed = [word for word in words if _is_network(word)]
        self._names = [word for word in words if not _is_network(word)]
        self._resolve = resolve
        self._now = now
        self._patience = patience
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()
        self._believing = self._of(frozenset())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._know(scope)
        await self._believing(cast(Any, scope), cast(Any, receive), cast(Any, send))

    async def _know(self, scope: Scope) -> None:
        """Ask for the names' addresses if a stranger speaks as a proxy does, and it was not asked a moment ago."""
        client = scope.get("client")
        if not self._names or client is None or client[0] in self._believing.trusted_hosts:
            return
        if not any(name == b"x-forwarded-for" for name, _ in scope["headers"]):
            return  # a health check, a neighbour: nothing to believe
        async with self._asking:
            if self._asked_at is not None and self._now() - self._asked_at < ASK_AGAIN_SECONDS:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    found = await asyncio.gather(*(self._resolve(name) for name in self._names))
                    self._believing = self._of(frozenset().union(*found))
            self._asked_at = self._now()

    def _of(self, addresses: frozenset[str]) -> ProxyHeadersMiddleware:
        return ProxyHeadersMiddleware(cast(Any, self._app), [*self._fixed, *sorted(addresses)])


def _is_network(word: str) -> bool:
    try:
        ipaddress.ip_network(word, strict=False)
    except ValueError:
        return False
    return True
