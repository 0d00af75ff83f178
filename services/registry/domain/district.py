"""A district: data of the city with validity dates, never one of a fixed number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.base import Names
from shared.contracts.refusals import FieldError, InvalidFields


@dataclass(frozen=True)
class District:
    """``order`` is the place in the city's own order (BUD-4). ``valid_to`` is the first instant at which it is no more; None: open."""

    id: str
    names: Names
    order: int
    valid_from: datetime
    valid_to: datetime | None = None
    external_code: str | None = None


@dataclass(frozen=True)
class Defined:
    """The district was defined, or its data changed; whole."""

    district: District


DistrictEvent = Defined


def define(state: District | None, district: District) -> Sequence[DistrictEvent]:
    """Define a district or change it. Nothing happens if it is so already. Raises InvalidFields for dates in the wrong order."""
    if district.valid_to is not None and district.valid_to <= district.valid_from:
        raise InvalidFields(errors=[FieldError("/valid_to", "ends_before_it_begins")])
    return [] if state == district else [Defined(district)]


def is_valid(state: District, at: datetime) -> bool:
    """Tell whether the district exists at this instant."""
    return state.valid_from <= at and (state.valid_to is None or at < state.valid_to)


def evolve(_state: District | None, event: DistrictEvent) -> District:
    """Fold one event into the state."""
    return event.district
