"""What outsiders may hear: the base of the public forms, and how a form is declared (PUB-1, PUB-2, docs/decisions/0028).

A public form is a contract of its own. It takes named fields from the internal event and nothing else, so a field that is added to an
internal event stays inside until somebody puts it here, too; and an internal event that nobody declared is not public.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from shared.contracts.base import Announced, EventData

PUBLIC_EVENTS: dict[str, type["PublicData"]] = {}
"""Every public event by its type. Filled when the modules beside this one are imported."""


class PublicData(Announced):
    """The ``data`` of one public event; declared like EventData, in a register of its own."""

    registered: ClassVar[dict[str, type[Any]]] = PUBLIC_EVENTS


@dataclass(frozen=True, slots=True)
class NotPublic:
    """The internal event stays inside, and why."""

    why: str


Form = Callable[[Any], PublicData | None] | NotPublic
"""Makes the public form of an internal event's data, or None when this one is not for the public."""

Forms = Mapping[type[EventData], Form]

P = TypeVar("P", bound=PublicData)


def shown_as(model: type[P]) -> Callable[[EventData], P]:
    """Return a form that takes the public model's fields, also within parts, and leaves all others behind."""

    def form(data: EventData) -> P:
        return model.model_validate(data.model_dump())

    return form
