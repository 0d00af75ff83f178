"""Live progress: a table that is redrawn on a terminal, a plain line now and then elsewhere."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

LINE_SECONDS = 10.0  # between two plain lines: enough to see that it goes on, few enough for a log
TABLE_SECONDS = 0.5


class Progress:
    """Counts per row and column: ``async with Progress(…) as progress: progress.count("d01", "voted")``."""

    def __init__(self, console: Console, title: str, rows: Mapping[str, str], columns: Sequence[str]) -> None:
        """rows: id → name shown; columns: what is counted, in order."""
        self._console = console
        self._title = title
        self._rows = dict(rows)
        self._columns = list(columns)
        self._counts = {row: dict.fromkeys(columns, 0) for row in rows}
        self._begun = time.monotonic()
        self._live: Live | None = None
        self._task: asyncio.Task[None] | None = None

    def count(self, row: str, column: str, by: int = 1) -> None:
        """Add to one cell."""
        self._counts[row][column] += by

    def total(self, column: str) -> int:
        """Return the sum of a column."""
        return sum(row[column] for row in self._counts.values())

    async def __aenter__(self) -> "Progress":
        """Begin to show."""
        self._begun = time.monotonic()
        if self._console.is_terminal:
            self._live = Live(self._table(), console=self._console, refresh_per_second=4, transient=True)
            self._live.start()
        self._task = asyncio.create_task(self._show())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the last state and stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._live is not None:
            self._live.stop()
        self._console.print(self._line(), highlight=False)

    async def _show(self) -> None:
        while True:
            await asyncio.sleep(TABLE_SECONDS if self._live else LINE_SECONDS)
            if self._live is not None:
                self._live.update(self._table())
            else:
                self._console.print(self._line(), highlight=False)

    def _line(self) -> str:
        seconds = time.monotonic() - self._begun
        return f"{seconds:5.0f} s  " + " · ".join(f"{self.total(column)} {column}" for column in self._columns)

    def _table(self) -> Table:
        table = Table(title=f"{self._title}, {time.monotonic() - self._begun:.0f} s")
        table.add_column("district")
        for column in self._columns:
            table.add_column(column, justify="right")
        for row, name in self._rows.items():
            table.add_row(name, *(str(self._counts[row][column]) for column in self._columns))
        table.add_section()
        table.add_row("all", *(str(self.total(column)) for column in self._columns))
        return table
