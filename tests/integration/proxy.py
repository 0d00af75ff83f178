"""A TCP proxy between the services and one real server, so that a test can take the server away without owning it."""

import asyncio
from contextlib import suppress
from typing import Literal

LOOPBACK = "127.0.0.1"
CHUNK = 65_536

Mode = Literal["there", "gone", "silent", "slow", "deaf"]
SLOW_SECONDS = (
    0.05  # each way of each piece: a call of a few operations takes half a second instead of ten milliseconds
)


class Proxy:
    """Forwards bytes to a server.

    there: as if it were not here; gone: connections are reset and none is accepted, as after ``kill -9``; silent: connections stay
    and nothing comes through, as with a stopped process or a network that drops packets; slow: everything comes late; deaf: what is sent
    arrives, and instead of the answer the connection is reset, so that what was done is not known.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._mode: Mode = "there"
        self.lost = 0  # answers that were not let through

    @property
    def address(self) -> str:
        """Where the services find it: ``host:port``, the same for its whole life."""
        return f"{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Begin to forward."""
        self._server = await asyncio.start_server(self._accepted, LOOPBACK, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self._open.set()

    async def become(self, mode: Mode) -> None:
        """Change what the services see of the server."""
        self._mode = mode
        if mode in ("slow", "deaf"):
            return
        if mode == "silent":
            self._open.clear()
        elif mode == "gone":
            await self.stop()
        elif self._server is None:
            await self.start()
        else:
            self._reset()  # whoever sat in the silence begins anew, as after a network's failure
            self._open.set()

    async def stop(self) -> None:
        """Reset everything and accept nothing more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._reset()
        self._open.set()  # who waits in silence sees its connection end
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _reset(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            with suppress(OSError):
                await self._join(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        there, back = await asyncio.open_connection(*self._target)
        self._writers.add(back)
        pumps = [
            asyncio.create_task(self._pump(reader, back)),
            asyncio.create_task(self._pump(there, writer, answers=True)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers.discard(back)
            back.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._open.wait()
                if self._mode == "slow":
                    await asyncio.sleep(SLOW_SECONDS)
                if self._mode == "deaf" and answers:
                    self.lost += 1
                    return
                sink.write(data)
                await sink.drain()
