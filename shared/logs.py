"""Logging of a service's process: one line per record on standard error, for the process's supervisor to keep."""

import logging
import sys
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
NOISY: Final = (
    "aio_pika",
    "aiormq",
    "httpx",
    "httpcore",
    "pymongo",
)  # they log every reconnection attempt with a traceback
STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


class LineFormatter(logging.Formatter):
    """A line with what the record carries beyond its message, e.g. ``alarm=topology_repaired queue=review.requests``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows it."""
        more = " ".join(f"{key}={value}" for key, value in record.__dict__.items() if key not in STANDARD)
        line = super().format(record)
        head, newline, traceback = line.partition("\n")
        return f"{head} {more}{newline}{traceback}" if more else line


def configure(level: str) -> None:
    """Set the root logger's level and form; libraries that chatter speak only when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
