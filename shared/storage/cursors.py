"""Opaque cursors of paged lists: the order values of the last item, so that pages stay right while items come and go."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from shared.contracts.refusals import FieldError, InvalidFields

LARGEST: Final = 2**63 - 1  # what the database's long holds; JSON goes further


def encode_cursor(values: Sequence[Any]) -> str:
    """Return the cursor after an item with these order values (text, numbers, booleans, None, aware times)."""
    plain = [{"t": v.isoformat()} if isinstance(v, datetime) else v for v in values]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """Return the order values. Raises InvalidFields for anything that ``encode_cursor`` did not make."""
    try:
        plain = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(plain, list) or len(plain) != length:
            raise ValueError("wrong length")
        return [_value(v) for v in plain]
    except (ValueError, TypeError, KeyError, OverflowError, binascii.Error) as error:
        raise InvalidFields(errors=[FieldError("/cursor", "bad_cursor")]) from error


def _value(plain: Any) -> Any:
    """Return one order value as the database can compare it. Raises what ``decode_cursor`` turns into its refusal."""
    if isinstance(plain, dict):
        at = datetime.fromisoformat(plain["t"])
        if at.tzinfo is None:
            raise ValueError("a time without its zone")
        return at.astimezone(UTC)
    if isinstance(plain, list) or (isinstance(plain, int) and abs(plain) > LARGEST):
        raise ValueError("wrong type")
    return plain
