"""Priority lists: the city's by headquarters, then a district's own by its council; versioned, frozen into cases (REV-14)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.review.domain.rule_set import NoSuchVersion
from shared.contracts.refusals import FieldError, InvalidFields
from shared.contracts.review import TopicWeight

CITY_LIST: Final = "city"


def list_id(district: str | None) -> str:
    """Return the id of the one list of a district, or of the city (None)."""
    return CITY_LIST if district is None else f"district:{district}"


@dataclass(frozen=True, slots=True)
class PriorityVersion:
    """One adopted version. ``minutes_number``: of the council's meeting, none for the city's list; ``proposal``: the order it came from."""

    version: int
    topics: tuple[TopicWeight, ...]
    minutes_number: str | None
    adopted_at: datetime
    proposal: str | None = None


@dataclass(frozen=True, slots=True)
class PriorityList:
    """A list with all its versions, oldest first. ``district`` None: the city's."""

    id: str
    district: str | None
    versions: tuple[PriorityVersion, ...]

    @property
    def latest(self) -> PriorityVersion:
        """The version in force."""
        return self.versions[-1]

    def at(self, version: int) -> PriorityVersion:
        """Return one version. Raises NoSuchVersion."""
        if not 1 <= version <= len(self.versions):
            raise NoSuchVersion(id=self.id, version=version)
        return self.versions[version - 1]


@dataclass(frozen=True, slots=True)
class PriorityListAdopted:
    """A version came into force."""

    id: str
    district: str | None
    version: int
    topics: tuple[TopicWeight, ...]
    minutes_number: str | None
    at: datetime
    proposal: str | None = None


PriorityListEvent = PriorityListAdopted


def adopt(
    state: PriorityList | None,
    *,
    district: str | None,
    topics: Sequence[TopicWeight],
    minutes_number: str | None,
    now: datetime,
    proposal: str | None = None,
) -> Sequence[PriorityListEvent]:
    """Adopt the next version. Raises InvalidFields: repeated topics, or a district's list without its minutes."""
    errors = []
    if len({topic.topic for topic in topics}) != len(topics):
        errors.append(FieldError("/topics", "topic_repeated"))
    if district is not None and not (minutes_number or "").strip():
        errors.append(FieldError("/minutes_number", "minutes_number_missing"))
    if errors:
        raise InvalidFields(errors=errors)
    version = 1 if state is None else state.latest.version + 1
    return [PriorityListAdopted(list_id(district), district, version, tuple(topics), minutes_number, now, proposal)]


def evolve(state: PriorityList | None, event: PriorityListEvent) -> PriorityList:
    """Add the adopted version."""
    adopted = PriorityVersion(event.version, event.topics, event.minutes_number, event.at, event.proposal)
    if state is None:
        return PriorityList(event.id, event.district, (adopted,))
    return replace(state, versions=(*state.versions, adopted))
