"""A TCP proxy between the services and one real server, so that a test can take the server away without owning it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

LOOPBACK = "127.0.0.1"
CHUNK = 65_536

Mode = Literal["there", "gone", "silent"]


class Proxy:
    """Forwards bytes to a server.

    there: as if it were not here; gone: connections are reset and none is accepted, as after ``kill -9``; silent: connections stay
    and nothing comes through, as with a stopped process or a network that drops packets.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._port = 0
        self.delay = 0.0
        """Seconds that each piece of data takes longer, either way; 0: none."""
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lose: tuple[bytes, ...] = ()
        self.lost = 0
        """How many replies were lost so far."""

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
        if mode == "silent":
            self._open.clear()
        elif mode == "gone":
            await self.stop()
        elif self._server is None:
            await self.start()
        else:
            self._reset()  # whoever sat in the silence begins anew, as after a network's failure
            self._open.set()

    def lose_reply(self, *marks: bytes) -> None:
        """Lose the reply to the next message that has all these marks: the server gets it and does it, the client hears nothing."""
        self._lose = marks

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
        there, back = await self._dial()
        self._writers.add(back)
        losing = asyncio.Event()
        pumps = [
            asyncio.create_task(self._pump(reader, back, self._watch_for_marks(losing))),
            asyncio.create_task(self._pump(there, writer, self._drop_if(losing))),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers.discard(back)
            back.transport.abort()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self._target)

    def _watch_for_marks(self, losing: asyncio.Event) -> Callable[[bytes], bool]:
        def passes(data: bytes) -> bool:
            if self._lose and all(mark in data for mark in self._lose):
                self._lose = ()
                losing.set()
            return True

        return passes

    def _drop_if(self, losing: asyncio.Event) -> Callable[[bytes], bool]:
        def passes(_data: bytes) -> bool:
            self.lost += losing.is_set()
            return not losing.is_set()

        return passes

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, passes: Callable[[bytes], bool]
    ) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._open.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not passes(data):
                    return  # and the connection ends
                sink.write(data)
                await sink.drain()


class Balancer(Proxy):
    """Forwards each connection to the first of several servers that accepts it: what stands before a cluster."""

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__(LOOPBACK, ports[0])
        self._ports = ports

    async def prefer(self, port: int) -> None:
        """Try this server first from now on; everybody has to connect again."""
        self._ports = sorted(self._ports, key=lambda other: other != port)
        await self.become("there")

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for port in self._ports:
            with suppress(OSError):
                return await asyncio.open_connection(LOOPBACK, port)
        raise ConnectionRefusedError("none of the servers accepts a connection")
