"""What every contract event is built from: the base class and the register of all events."""

from typing import Annotated, Any, ClassVar, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

ANNOUNCERS: Final = ("registry", "requests", "review", "budget")

EVENTS: dict[str, type["EventData"]] = {}
"""Every event by its type, e.g. ``organization.approved.v1``. Filled when the announcers' modules are imported."""


class Part(BaseModel):
    """A value inside an event. Unknown fields are ignored: a tolerant reader survives a newer writer."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Announced(Part):
    """The ``data`` of something announced. A subclass that is one names its type and who announces it; others are shared bases."""

    event_type: ClassVar[str] = ""
    announcer: ClassVar[str] = ""
    registered: ClassVar[dict[str, type[Any]]]

    def __init_subclass__(cls, type: str = "", announcer: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not type:
            return  # a shared base of several events, not an event
        if announcer not in ANNOUNCERS:
            raise TypeError(f"{cls.__name__}: unknown announcer {announcer!r}")
        if type in cls.registered and cls.registered[type].__qualname__ != cls.__qualname__:
            raise TypeError(f"{type} is announced by {cls.registered[type].__name__} already")
        cls.event_type = type
        cls.announcer = announcer
        cls.registered[type] = cls


class EventData(Announced):
    """The ``data`` of one event. A subclass names both: ``class X(EventData, type="case.opened.v1", announcer="review")``."""

    registered: ClassVar[dict[str, type[Any]]] = EVENTS


class Names(Part):
    """A name in Persian, and in English where there is one."""

    fa: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(description="Persian, as typed.")
    en: Annotated[str, StringConstraints(max_length=300)] | None = Field(default=None, description="English.")


Instant = Annotated[AwareDatetime, Field(description="UTC, milliseconds.", examples=["2026-11-22T08:30:00.000Z"])]
