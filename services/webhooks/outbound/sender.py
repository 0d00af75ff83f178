"""Sending over the network, without becoming a means against the network that it runs in.

A name is resolved here, each of its addresses is judged, and the connection goes to the address that was judged: a name that answers
otherwise a second later (DNS rebinding) changes nothing. No redirect is followed, no proxy of the environment is used, answers are cut off.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import perf_counter
from typing import Any, Final

import httpcore

from services.webhooks.domain.addresses import is_public
from services.webhooks.usecases.ports import Answer

CONNECT_SECONDS: Final = 5.0  # across a continent it takes a third of a second
ANSWER_BYTES: Final = 4_096  # enough for an echoed challenge and an error's first lines; the rest is not read
CONNECTIONS: Final = 2_000  # at once in one replica; slow receivers must not take the place of others
RESOLVERS: Final = (
    32  # threads of our own, so that a slow name server delays the other users of the loop's threads by nothing
)
IDLE_SECONDS: Final = 30.0  # a connection is kept for the next event that long
RETRY_AFTER_LIMIT: Final = 86_400.0  # seconds; whoever asks for more is asked again tomorrow

SocketOption = Any  # httpcore's own type is not public


class AddressRefused(httpcore.ConnectError):
    """The name leads to an address that may not be called."""


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, and to the very address that was judged."""

    def __init__(self, *, local: bool, resolve: Any = None) -> None:
        """local: private addresses, too; resolve: instead of the system's resolver, for tests."""
        self._local = local
        self._resolve = resolve or _resolved
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers. Raises AddressRefused if one of them is not public."""
        addresses = await self._resolve(host, port)
        if not self._local and not all(is_public(ip_address(address)) for address in addresses):
            raise AddressRefused(f"{host} leads to an address that is not public")
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_arguments: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise AddressRefused("a socket of this machine is no address of a webhook")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class HttpSender:
    """Sender (port) with connections that are kept for a while; a part of the runtime."""

    def __init__(self, *, local: bool, resolve: Any = None, tls: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_connections=CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=PublicOnly(local=local, resolve=resolve),
        )

    async def start(self) -> None:
        """Nothing to do before the first delivery."""

    async def stop(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> Answer:
        began = perf_counter()
        try:
            async with asyncio.timeout(seconds):
                return await self._sent(url, headers, body, began)
        except TimeoutError:
            return Answer(None, _since(began), f"no answer within {seconds:g} s")
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            ssl.SSLError,
            OSError,
        ) as error:
            return Answer(None, _since(began), _said(error))
        except httpcore.UnsupportedProtocol:
            return Answer(None, _since(began), "the address is not http or https")

    async def _sent(self, url: str, headers: Mapping[str, str], body: bytes, began: float) -> Answer:
        limits = {"connect": CONNECT_SECONDS, "pool": None, "read": None, "write": None}
        async with self._pool.stream(
            "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": limits}
        ) as response:
            read = b""
            async for part in response.aiter_stream():
                read += part
                if len(read) > ANSWER_BYTES:
                    break
        return Answer(
            response.status,
            _since(began),
            read[:ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "�"),
            _retry_after(response.headers, datetime.now(UTC)),
        )


_RESOLVERS: Final = ThreadPoolExecutor(RESOLVERS, "webhook-names")


async def _resolved(host: str, port: int) -> Sequence[str]:
    """Return the host's addresses in the order of the system's resolver. Raises OSError."""

    def ask() -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))

    return await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)


def _since(began: float) -> int:
    return round((perf_counter() - began) * 1000)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _retry_after(headers: Sequence[tuple[bytes, bytes]], now: datetime) -> float | None:
    """Return the header Retry-After in seconds, bounded; None if there is none that is readable."""
    text = next((value.decode("latin-1").strip() for name, value in headers if name.lower() == b"retry-after"), "")
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_LIMIT)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_LIMIT)
