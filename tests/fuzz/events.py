"""Damaged events: valid ones of the small city with something wrong in them, and bytes that never were events."""

from copy import deepcopy
from typing import Any, Final

import orjson
from hypothesis import strategies as st

from shared.contracts.envelope import EVENT_LIMIT

STRANGE: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "\0", "x" * 5_000, "9" * 400, "../..", "$where", "a.b", "2026-13-45T99:99:99Z", "۱۲۳"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
SEQUENCES: Final = ("0" * 20, "9" * 20, str(2**63).zfill(20), "-" + "1" * 19, "1", "", "１" * 20, 1, None, 2**70)
SUBJECTS: Final = ("", "x", "request/", "x" * 5_000, "\0", None, 7, {"a": 1})
TYPES: Final = ("", "request.submitted.v99", "nothing.happened.v1", "x", None, 7, "request.submitted.v" + "9" * 500)
SOURCES: Final = ("/sama/nobody", "", "//", None, "/sama/budget", "/sama/registry", "http://example.org")
GARBAGE: Final = (
    b"",
    b"\0",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe\x00",
    b"NaN",
    b"{" * 5_000,
    b"[" * 100_000,
    b'"' + b"x" * 100,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of everything inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in inside for found in ((*path, key), *places(part, (*path, key)))]


def _at(event: dict[str, Any], path: tuple[str | int, ...], value: Any, *, gone: bool = False) -> dict[str, Any]:
    damaged = deepcopy(event)
    holder: Any = damaged
    for step in path[:-1]:
        holder = holder[step]
    if gone:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return damaged


def _dumps(event: Any) -> bytes:
    import json

    return json.dumps(event).encode()


@st.composite
def damaged(draw: st.DrawFn, events: list[dict[str, Any]]) -> tuple[dict[str, Any], bytes]:
    """Return a valid event and what became of it."""
    event = draw(st.sampled_from(events))
    body = orjson.dumps(event)
    way = draw(
        st.sampled_from(
            ["garbage", "cut", "flip", "value", "value", "value", "gone", "field", "huge", "deep", "twice", "half"]
        )
    )
    match way:
        case "garbage":
            return event, draw(st.one_of(st.sampled_from(GARBAGE), st.binary(max_size=200)))
        case "cut":
            return event, body[: draw(st.integers(0, len(body) - 1))]
        case "flip":
            place = draw(st.integers(0, len(body) - 1))
            return event, body[:place] + bytes([draw(st.integers(0, 255))]) + body[place + 1 :]
        case "value":
            return event, _dumps(_at(event, draw(st.sampled_from(places(event))), draw(STRANGE)))
        case "gone":
            return event, _dumps(_at(event, draw(st.sampled_from(places(event))), None, gone=True))
        case "field":
            name, values = draw(
                st.sampled_from([("sequence", SEQUENCES), ("subject", SUBJECTS), ("type", TYPES), ("source", SOURCES)])
            )
            return event, _dumps({**event, name: draw(st.sampled_from(values))})
        case "huge":
            size = draw(st.sampled_from([EVENT_LIMIT - 5_000, EVENT_LIMIT, EVENT_LIMIT + 1, 2 * EVENT_LIMIT]))
            return event, body[:-1] + b',"padding":"' + b"x" * size + b'"}'
        case "deep":
            depth = draw(st.sampled_from([10, 100, 1_000, 50_000]))
            return event, body[:-1] + b',"data":{"x":' + b"[" * depth + b"]" * depth + b"}}"
        case "twice":
            return event, body[:-1] + b',"' + draw(
                st.sampled_from(["type", "sequence", "subject", "data"])
            ).encode() + b'":7}'
        case _:
            return event, body.replace(b'"data":{', b'"data":{"\\ud800":"\\udfff",')
