"""JSON bodies read strictly: what two readers could understand differently, or what could not be stored, is refused by name."""

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeAlias

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from shared.contracts.refusals import FieldError, InvalidFields

DEPTH_LIMIT: Final = 32  # nested lists and objects; no body of ours has more than 6
DIGITS_LIMIT: Final = (
    40  # of a whole number; every field is bounded at 19, and Python's own reading of longer ones is slow
)

_Place: TypeAlias = "tuple[_Place, str | int] | None"  # where a value lies: where its holder does, and its key there


class StrictRoute(APIRoute):
    """A route whose body is JSON in UTF-8 as RFC 8259 and I-JSON (RFC 7493) want it: no key twice, no NaN, no half characters."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler: the body is read here, before FastAPI looks at it."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def strictly(request: Request) -> Response:
            reading = _Read(request.scope, request.receive)
            if body := await reading.body():
                if not _is_json(request.headers.get("content-type", "")):
                    raise HTTPException(415)
                reading.value = parse(body)
            return await handle(reading)

        return strictly


class _Read(Request):
    """A request whose JSON is already read."""

    value: Any = None

    async def json(self) -> Any:
        return self.value


def parse(body: bytes) -> Any:
    """Return the value of a JSON text. Raises InvalidFields: json_invalid, not_utf8, too_deep, duplicate_key, unreadable_character."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("not_utf8", position=error.start) from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_int=_whole)
    except RecursionError:
        raise _refused("too_deep", limit=DEPTH_LIMIT) from None
    except json.JSONDecodeError as error:
        raise _refused("json_invalid", position=error.pos) from None
    _check(value)
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _refused("duplicate_key", key=_shown(twice))
    return read


def _no_number(_constant: str) -> Any:
    raise _refused("json_invalid")


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT:
        raise _refused("number_too_long", limit=DIGITS_LIMIT)
    return int(digits)


def _check(value: Any) -> None:
    """Look at every value without recursion: how deep it lies and whether its text can be stored."""
    waiting: list[tuple[Any, int, _Place]] = [(value, 1, None)]
    while waiting:
        value, depth, place = waiting.pop()
        if isinstance(value, str):
            _check_text(value, place)
        elif isinstance(value, dict | list):
            if depth > DEPTH_LIMIT:
                raise _refused("too_deep", limit=DEPTH_LIMIT)
            if isinstance(value, dict):
                for key in value:
                    _check_text(key, place)
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [(part, depth + 1, (place, key)) for key, part in parts]


def _check_text(text: str, place: _Place) -> None:
    if text.isascii() and "\0" not in text:
        return
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise _refused("unreadable_character", _pointer(place))


def _shown(text: str) -> str:
    return text[:80].encode("ascii", "backslashreplace").decode() if not text.isprintable() else text[:80]


def _pointer(place: _Place) -> str:
    """Return the JSON pointer of a place; keys on the way are shortened, they may be of any length."""
    keys: list[str] = []
    while place is not None:
        place, key = place
        keys.append(_shown(str(key)).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{key}" for key in reversed(keys))


def _refused(code: str, pointer: str = "", **params: str | int) -> InvalidFields:
    return InvalidFields(errors=[FieldError(pointer, code, params)])


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
