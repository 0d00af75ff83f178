"""The roll-up of concerns: a district's topics in the order of what its neighbourhoods report (REV-15).

A proposal is drawn up and kept, so that the list adopted from it (REV-14) can name it, whatever is reported later.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.contracts.participation import ConcernStatus, ProposedTopic
from shared.contracts.refusals import Refusal

UNRESOLVED: Final[tuple[ConcernStatus, ...]] = ("open", "monitored")
SEVERITY_WEIGHTS: Final[Mapping[int, int]] = {severity: severity for severity in range(1, 6)}
"""How much one unresolved concern of a severity counts: as much as the severity says, so that five slight ones are one grave one."""
MOST_TOPICS: Final = 100  # as many as a priority list may hold


class NothingToPropose(Refusal):
    """The district has no unresolved concern."""

    code = "nothing_to_propose"


@dataclass(frozen=True, slots=True)
class SeverityCount:
    """How many unresolved concerns of one severity a topic has in a district."""

    topic: str
    severity: int
    concerns: int


@dataclass(frozen=True, slots=True)
class PriorityProposal:
    """A proposed order, first the gravest. ``city_priorities``: version of the city's list then, 0 if none."""

    id: str
    district: str
    city_priorities: int
    topics: tuple[ProposedTopic, ...]
    drawn_up_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalDrawnUp:
    """The order was computed and kept."""

    id: str
    district: str
    city_priorities: int
    topics: tuple[ProposedTopic, ...]
    at: datetime


ProposalEvent = ProposalDrawnUp


def propose_order(
    counts: Iterable[SeverityCount],
    *,
    city_topics: Set[str] = frozenset(),
    weights: Mapping[int, int] = SEVERITY_WEIGHTS,
) -> tuple[ProposedTopic, ...]:
    """Return the topics by the weighted sum of their unresolved concerns, the largest first; ties by the topic's id.

    Topics of the city's list are in it, marked: a district's list comes after the city's (REV-14), and the council sees where they stand.
    """
    sums: dict[str, int] = {}
    concerns: dict[str, int] = {}
    for count in counts:
        sums[count.topic] = sums.get(count.topic, 0) + weights[count.severity] * count.concerns
        concerns[count.topic] = concerns.get(count.topic, 0) + count.concerns
    in_order = sorted(sums, key=lambda topic: (-sums[topic], topic))
    return tuple(
        ProposedTopic(topic=topic, severity=sums[topic], concerns=concerns[topic], in_city_list=topic in city_topics)
        for topic in in_order[:MOST_TOPICS]
    )


def draw_up(
    state: PriorityProposal | None,
    *,
    id: str,
    district: str,
    city_priorities: int,
    topics: Sequence[ProposedTopic],
    now: datetime,
) -> Sequence[ProposalEvent]:
    """Keep a proposed order, once. Raises NothingToPropose."""
    if state is not None:
        return []
    if not topics:
        raise NothingToPropose(district=district)
    return [ProposalDrawnUp(id, district, city_priorities, tuple(topics), now)]


def evolve(_state: PriorityProposal | None, event: ProposalEvent) -> PriorityProposal:
    """Apply the one event."""
    return PriorityProposal(event.id, event.district, event.city_priorities, event.topics, event.at)
