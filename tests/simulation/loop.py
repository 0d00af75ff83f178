"""An event loop without wall clock, threads or sockets: what is ready runs in order, time goes on only when the scheduler says so."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from random import Random
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

MOST_CALLBACKS = 200_000
"""Between two steps of the scheduler; more means that tasks wake each other without end."""


class Owner(Protocol):
    """What a task belongs to, and dies with: a replica."""

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """Take note of a task begun in this owner's context."""


OWNER: ContextVar[Owner | None] = ContextVar("owner", default=None)


class SimulatedLoop(asyncio.AbstractEventLoop):
    """Enough of an event loop for tasks, futures, sleeps and timeouts. Sleeps last a little longer than asked, by the seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._made = 0
        self._time = 0.0
        self.errors: list[str] = []

    # ------------------------------------------------------------ what asyncio asks of a loop

    def time(self) -> float:
        return self._time

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> asyncio.Handle:  # type: ignore[override]
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        late = delay * self._random.random() / 2
        return self.call_at(self._time + delay + late, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._made += 1
        heapq.heappush(self._timers, (when, self._made, timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is dropped when its time comes."""

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> "asyncio.Task[T]":
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self, name=name, context=context)
        owner = OWNER.get() if context is None else context.get(OWNER)
        if owner is not None:
            owner.adopt(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if "never retrieved" not in context.get("message", ""):
            self.errors.append(f"{context.get('message')}: {context.get('exception')!r}")

    # ------------------------------------------------------------ what the scheduler does

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be the running loop of this thread."""
        asyncio._set_running_loop(self)
        try:
            yield
        finally:
            asyncio._set_running_loop(None)

    def drain(self) -> None:
        """Run until every task waits for a point of the scheduler, for another task, or for time."""
        ready = self._ready
        for _ in range(MOST_CALLBACKS):
            if not ready:
                return
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()
        raise AssertionError("tasks wake each other without end")

    @property
    def next_timer(self) -> float | None:
        """When somebody's sleep ends next."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def advance(self, to: float) -> int:
        """Let time pass; return how many sleeps end with it. A long jump ends each of them once."""
        self._time = max(to, self._time)
        ended = 0
        while self._timers and self._timers[0][0] <= self._time:
            timer = heapq.heappop(self._timers)[2]
            if not timer.cancelled():
                self._ready.append(timer)
                ended += 1
        return ended

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run to the end something that meets no points, with time going on by itself."""
        task = self.create_task(work())
        self.drain()
        while not task.done():
            when = self.next_timer
            if when is None:
                raise AssertionError(f"{task} waits for nothing")
            self.advance(when)
            self.drain()
        return task.result()
