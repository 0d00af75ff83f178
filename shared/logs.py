"""Logging of a service's process: one line per record on standard error, for the process's supervisor to keep.

Code logs with the standard library; structlog makes the lines. What a line is about – the event that is handled, the call that is
answered – is bound to the context by the consumer and by the web side, so every line written meanwhile carries it, whoever writes it.
Lines carry ids and codes, never personal data; ``conceal`` is the second guard, against what other libraries put into their errors.
"""

import io
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, Literal

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.contracts.envelope import Envelope
from shared.replica import REPLICA

LogFormat = Literal["json", "console"]

NOISY: Final = (
    "aio_pika",
    "aiormq",
    "httpx",
    "httpcore",
    "opentelemetry",
    "pymongo",
)  # they log every reconnection attempt with a traceback
UVICORN: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")
FIRST: Final = ("time", "level", "logger", "message")
NOT_FOR_LINES: Final = frozenset({"color_message", "taskName", "_record", "_from_structlog"})

_JWT: Final = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*")
_AUTHORIZATION: Final = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_PASSWORD: Final = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)")
_MOBILE: Final = re.compile(r"(?<![\w-])(?:\+98|0098|0)[\s-]?9\d{2}[\s-]?\d{3}[\s-]?\d{4}(?![\w-])")


def about_event(event: Envelope, queue: str) -> dict[str, str]:
    """Return what every line written while ``event`` is handled carries."""
    return {
        "event_id": event.id,
        "event_type": event.type,
        "aggregate": event.subject,
        "actor": event.actor,
        "correlation_id": event.correlationid,
        "queue": queue,
    }


def configure(level: str, format: LogFormat, service: str, city: str | None = None) -> None:
    """Send everything through one handler: level, form, service and city; libraries that chatter speak only of errors."""
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8")  # a container without a locale would spell Persian in escapes
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(format, service, city))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in UVICORN:  # it has set handlers of its own by now
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


def formatter(format: LogFormat, service: str, city: str | None = None) -> logging.Formatter:
    """Return what makes a line of a record."""
    process = {"service": service, "replica": REPLICA} | ({"city": city} if city else {})
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ExtraAdder(),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            # Text, not frames with their local variables: these hold what people have sent.
            structlog.processors.format_exc_info,
        ],
        processors=[
            _of_process(process),
            structlog.processors.EventRenamer("message"),
            conceal,
            _json if format == "json" else _console,
        ],
        keep_exc_info=False,
        keep_stack_info=False,
    )


def conceal(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    """Blot out tokens, passwords in URLs and mobile numbers, which an error of a library may quote."""
    return {key: _concealed(value) if isinstance(value, str) else value for key, value in line.items()}


def _concealed(text: str) -> str:
    text = _AUTHORIZATION.sub(r"\1 [token]", _JWT.sub("[token]", text))
    return _MOBILE.sub("[mobile]", _PASSWORD.sub("[password]", text))


def _of_process(fields: Mapping[str, str]) -> Processor:
    def add(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
        return {**fields, **{key: value for key, value in line.items() if key not in NOT_FOR_LINES}}

    return add


def _ordered(line: MutableMapping[str, Any]) -> dict[str, Any]:
    return {**{key: line.get(key) for key in FIRST}, **line}


def _json(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    return orjson.dumps(_ordered(line), default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _console(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    """``<time> LEVEL logger message key=value …``, and a traceback on lines of its own. Values as they are: repr escapes a ZWNJ."""
    fields = _ordered(line)
    traceback = fields.pop("exception", None)
    time, level, logger, message = (fields.pop(key) for key in FIRST)
    del fields["service"], fields["replica"]  # a terminal or a log file is one process's
    more = "".join(f" {key}={value}" for key, value in fields.items())
    return f"{time} {str(level).upper()} {logger} {message}{more}" + (f"\n{traceback}" if traceback else "")
