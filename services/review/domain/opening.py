"""Whether a submitted revision can be opened, and with what (REV-2, REV-3)."""

from dataclasses import dataclass
from datetime import datetime

from services.review.domain.ballot import CaseSeat
from services.review.domain.case import FrozenPriorities, Opened
from services.review.domain.priority_list import PriorityList
from services.review.domain.rule_set import RuleSet
from services.review.domain.working_group import WorkingGroup
from shared.contracts.requests import Submission


@dataclass(frozen=True, slots=True)
class KnownStanding:
    """The copy of an organisation's standing, as far as review needs it."""

    sequence: int
    may_be_decided: bool
    reason: str
    organization_name: str


@dataclass(frozen=True, slots=True)
class Opening:
    """All that a case freezes at opening. sits_in: the district of a panel (REQ-13)."""

    opened: Opened
    seats: tuple[CaseSeat, ...]
    standing: KnownStanding
    sits_in: str | None = None


def prepare(
    submission: Submission,
    *,
    group: WorkingGroup | None,
    rule_set: RuleSet | None,
    city: PriorityList | None,
    district: PriorityList | None,
    standing: KnownStanding | None,
    now: datetime,
) -> Opening | None:
    """Return what to freeze, or None while something is not known here yet.

    Too early are: a group that does not exist or never had the seats that a quorum needs, an unknown version of the rule set, and
    a standing older than the one that the submission relied on. A group that lost its members later is not "too early": the case
    opens and stalls (REV-7).
    """
    if group is None or rule_set is None or standing is None:
        return None
    if standing.sequence < submission.standing_sequence or submission.rule_set.version > rule_set.latest.version:
        return None
    if not group.constituted and not enough(group, now):
        return None
    cities, districts = _frozen(city), _frozen(district)
    opened = Opened(
        working_group=group.id,
        rule_set=submission.rule_set,
        rules=rule_set.at(submission.rule_set.version).rules,
        city_priorities=cities,
        district_priorities=districts,
        topic_weight=topic_weight(submission.topic, cities, districts),
        organization_name=standing.organization_name,
        opened_at=now,
    )
    return Opening(opened, seated(group, now), standing)


def seated(group: WorkingGroup, now: datetime) -> tuple[CaseSeat, ...]:
    """Return who sits in a case that comes before the group now: the base (REV-3).

    A substitute has the seat's vote, not the chair: at exactly half nobody decides, and the senior expert signs (REV-8, REV-10).
    """
    seats = []
    for seat in group.seats:
        sitting = seat.sitting(now)
        if sitting is not None:
            chair = seat.chair and sitting == seat.term
            seats.append(CaseSeat(seat.seat, seat.kind, chair, sitting.subject, until=sitting.until))
    return tuple(seats)


def enough(group: WorkingGroup, now: datetime) -> bool:
    """Tell whether as many seats are filled as the least that decide (REV-6)."""
    return len(group.filled(now)) >= group.least


def topic_weight(topic: str, city: FrozenPriorities, district: FrozenPriorities) -> int:
    """Return the topic's weight: the city's list comes first, then the district's own (REV-14); 0 if in neither."""
    for priorities in (city, district):
        for entry in priorities.topics:
            if entry.topic == topic:
                return entry.weight
    return 0


def _frozen(priorities: PriorityList | None) -> FrozenPriorities:
    if priorities is None:
        return FrozenPriorities()
    return FrozenPriorities(priorities.latest.version, priorities.latest.topics)
