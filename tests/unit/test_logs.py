"""Lines carry what is bound to the context, Persian stays Persian, a traceback is one line of JSON, and secrets are blotted out."""

import io
import json
import logging
import sys
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars

from shared.logs import LogFormat, configure, formatter

PERSIAN = "درخواست «نشست خانواده‌ها» پذیرفته شد؛ مبلغ ۶۰٬۰۰۰٬۰۰۰ ریال"
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwMSJ9.c2lnbmF0dXJl"


def line_of(format: LogFormat, message: str, *args: object, **extra: Any) -> str:
    record = logging.LogRecord("sama.guard", logging.ERROR, __file__, 1, message, args, extra.pop("exc_info", None))
    record.__dict__.update(extra)
    return formatter(format, "review").format(record)


def test_a_json_line_says_what_was_bound_and_what_the_record_carries() -> None:
    with bound_contextvars(event_id="e1", correlation_id="c1"):
        line = json.loads(line_of("json", "made again: %s", "q", alarm="topology_repaired", queue="review.requests"))
    assert line.pop("time").endswith("Z")
    assert "/" in line.pop("replica")
    assert line == {
        "level": "error", "logger": "sama.guard", "message": "made again: q", "service": "review", "event_id": "e1",
        "correlation_id": "c1", "alarm": "topology_repaired", "queue": "review.requests",
    }  # fmt: skip


def test_a_console_line_carries_the_extras_and_a_traceback_follows() -> None:
    line = line_of("console", "made again", alarm="topology_repaired", queue="q", exc_info=_raised("broken"))
    first, *rest = line.splitlines()
    assert first.endswith("ERROR sama.guard made again alarm=topology_repaired queue=q")
    assert rest[0].startswith("Traceback")
    assert rest[-1] == "ValueError: broken"


@pytest.mark.parametrize("format", ["json", "console"])
def test_persian_is_written_as_it_is_with_its_zero_width_non_joiners(format: LogFormat) -> None:
    line = line_of(format, PERSIAN, what=PERSIAN, exc_info=_raised(PERSIAN))
    assert line.count(PERSIAN) == 3


def test_a_traceback_is_one_line_of_json_without_the_values_of_variables() -> None:
    line = line_of("json", "unexpected", exc_info=_raised("broken"))
    assert "\n" not in line
    assert json.loads(line)["exception"].startswith("Traceback")
    assert "what_somebody_sent" not in line


@pytest.mark.parametrize("format", ["json", "console"])
def test_tokens_passwords_and_mobile_numbers_of_others_errors_are_blotted_out(format: LogFormat) -> None:
    url = "amqp://review:s3cret@broker:5672/"
    line = line_of(format, f"{url} Bearer {TOKEN}", exc_info=_raised(f"{TOKEN} {url} 09123456789 +98 912 345 6789"))
    assert "broker:5672" in line
    assert [told for told in (TOKEN, TOKEN[:20], "s3cret", "9123456789", "912 345") if told in line] == []


def test_an_id_that_looks_like_digits_is_left_alone() -> None:
    assert "a109123456789f" in line_of("json", "handled", event_id="a109123456789f")


def test_uvicorns_own_lines_go_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    uvicorn, root = logging.getLogger("uvicorn.error"), logging.getLogger()
    before = (list(root.handlers), root.level, list(uvicorn.handlers))
    uvicorn.addHandler(logging.NullHandler())
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        configure("INFO", "json", "review")
        uvicorn.info("Started server process [%d]", 7, extra={"color_message": "coloured"})
    finally:
        root.handlers[:], uvicorn.handlers[:] = before[0], before[2]
        root.setLevel(before[1])
    line = json.loads(stream.getvalue())
    assert (line["logger"], line["message"]) == ("uvicorn.error", "Started server process [7]")
    assert "color_message" not in line


def _raised(text: str) -> Any:
    def fail(**_private: str) -> None:
        raise ValueError(text)

    try:
        fail(person="what_" + "somebody_sent")
    except ValueError:
        return sys.exc_info()


def test_a_line_of_one_city_of_several_says_which() -> None:
    record = logging.LogRecord("sama.x", logging.INFO, __file__, 1, "said", None, None)

    assert json.loads(formatter("json", "review", "ray").format(record))["city"] == "ray"
    assert "city" not in json.loads(formatter("json", "review").format(record))
