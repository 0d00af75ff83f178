"""Named refusals: how domain functions and use cases say no. The web layer turns them into problem details (RFC 9457)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

RefusalKind = Literal["invalid", "forbidden", "not_found", "conflict", "stale", "unprocessable"]
"""invalid → 422, forbidden → 403, not_found → 404, conflict → 409, stale → 412, unprocessable → 422."""

Params = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong. ``pointer`` is a JSON pointer into the body; ``code`` has its text in a catalogue; ``params`` fill it."""

    pointer: str
    code: str
    params: Params = field(default_factory=dict)


class Refusal(Exception):
    """Base of all named refusals. A subclass sets ``code`` (snake_case, part of the API) and ``kind``.

    ``params`` fill the text of the code; ``errors`` name the fields, if fields are the reason.
    A refused operation changes nothing (I7).
    """

    code: ClassVar[str]
    kind: ClassVar[RefusalKind] = "conflict"

    def __init__(self, *, errors: Sequence[FieldError] = (), **params: str | int) -> None:
        super().__init__(self.code, params)
        self.errors = tuple(errors)
        self.params: Params = params


class InvalidFields(Refusal):
    """One or more fields break a rule; ``errors`` says which."""

    code = "invalid_fields"
    kind = "invalid"


class NotFound(Refusal):
    """No such object (or none that the caller may know of)."""

    code = "not_found"
    kind = "not_found"


class Forbidden(Refusal):
    """The caller's roles and scope do not allow this."""

    code = "forbidden"
    kind = "forbidden"
