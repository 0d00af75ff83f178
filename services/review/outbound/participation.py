"""How the nouns of participation are kept and what of them is announced: councils, concerns, proposed orders, obstacles, meetings."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from services.review.domain import concern as concerns
from services.review.domain import council as councils
from services.review.domain import meeting as meetings
from services.review.domain import obstacle as obstacles
from services.review.domain import priority_proposal as proposals
from shared.contracts import participation as contract
from shared.contracts.base import EventData
from shared.storage.indexes import Index
from shared.storage.ports import AggregateKind


def announce_council(state: councils.Council, event: councils.CouncilEvent) -> Sequence[EventData]:
    """Every change is announced with how many sit, without persons."""
    return [
        contract.CouncilChanged(
            council=state.id,
            kind=state.kind,
            district=state.district,
            neighbourhood=state.neighbourhood,
            names=state.names,
            sitting=len(state.sitting(event.at)),
        )
    ]


def announce_concern(state: concerns.Concern, event: concerns.ConcernEvent) -> Sequence[EventData]:
    """Every step is announced; who took it is not."""
    facts = {
        "concern": state.id,
        "district": state.district,
        "neighbourhood": state.neighbourhood,
        "topic": state.topic,
        "severity": state.severity,
    }
    if isinstance(event, concerns.ConcernReported):
        return [contract.ConcernReported(**facts, council=state.council, evidence=state.evidence)]
    if isinstance(event, concerns.ConcernMonitored):
        return [contract.ConcernMonitored(**facts, reason=event.reason)]
    return [contract.ConcernResolved(**facts, reason=event.reason)]


def announce_proposal(state: proposals.PriorityProposal, _event: proposals.ProposalEvent) -> Sequence[EventData]:
    """A proposal is announced whole."""
    return [
        contract.PrioritiesProposed(
            proposal=state.id,
            district=state.district,
            city_priorities=state.city_priorities,
            topics=list(state.topics),
        )
    ]


def announce_obstacle(state: obstacles.Obstacle, event: obstacles.ObstacleEvent) -> Sequence[EventData]:
    """Every step is announced; the reporting and the answering person are not."""
    facts: dict[str, Any] = {"obstacle": state.id, "district": state.district, "answer_by": state.answer_by}
    office = state.assignment.office if state.assignment else None
    if isinstance(event, obstacles.ObstacleReported):
        by = state.reporter
        return [
            contract.ObstacleReported(
                **facts, question=state.question, organization=by.organization, council=by.council
            )
        ]
    if isinstance(event, obstacles.ObstacleAssigned):
        return [contract.ObstacleAssigned(**facts, office=event.assignment.office)]
    if isinstance(event, obstacles.ObstacleOverdue):
        return [contract.ObstacleOverdue(**facts, office=office)]
    return [
        contract.ObstacleAnswered(
            **facts,
            office=office or "",
            question=event.published.question,
            answer=event.published.answer,
            reported_at=state.reported_at,
            answered_at=event.at,
            seconds_taken=int((event.at - state.reported_at).total_seconds()),
            in_time=not state.overdue,
        )
    ]


def announce_meeting(state: meetings.Meeting, event: meetings.MeetingEvent) -> Sequence[EventData]:
    """Announced is that it is called, cancelled, and that its minutes are adopted; no person, no text."""
    facts: dict[str, Any] = {"meeting": state.id, "working_group": state.working_group, "district": state.district}
    if isinstance(event, meetings.MeetingCalled):
        cases = [item.case for item in event.agenda if item.case is not None]
        return [
            contract.MeetingCalled(
                **facts, starts_at=event.starts_at, place=event.place, items=len(event.agenda), cases=cases
            )
        ]
    if isinstance(event, meetings.MeetingCancelled):
        return [contract.MeetingCancelled(**facts, reason=event.reason)]
    if isinstance(event, meetings.MinutesAdopted) and state.minutes is not None:
        seats = [attendee.seat for attendee in state.present]
        number, date = state.minutes.number, state.minutes.date
        return [contract.MinutesAdopted(**facts, number=number, date=date, seats=seats, attended=len(seats))]
    return []


COUNCILS: Final = AggregateKind(
    noun="council",
    collection="councils",
    state=councils.Council,
    events=get_args(councils.CouncilEvent),
    evolve=councils.evolve,
    announce=announce_council,
    due_at=councils.next_turn,
)

CONCERNS: Final = AggregateKind(
    noun="concern",
    collection="concerns",
    state=concerns.Concern,
    events=get_args(concerns.ConcernEvent),
    evolve=concerns.evolve,
    announce=announce_concern,
)

PRIORITY_PROPOSALS: Final = AggregateKind(
    noun="priority_proposal",
    collection="priority_proposals",
    state=proposals.PriorityProposal,
    events=(proposals.ProposalDrawnUp,),
    evolve=proposals.evolve,
    announce=announce_proposal,
)

OBSTACLES: Final = AggregateKind(
    noun="obstacle",
    collection="obstacles",
    state=obstacles.Obstacle,
    events=get_args(obstacles.ObstacleEvent),
    evolve=obstacles.evolve,
    announce=announce_obstacle,
    due_at=obstacles.next_due,
)

MEETINGS: Final = AggregateKind(
    noun="meeting",
    collection="meetings",
    state=meetings.Meeting,
    events=get_args(meetings.MeetingEvent),
    evolve=meetings.evolve,
    announce=announce_meeting,
)

PARTICIPATION_KINDS: Final = (COUNCILS, CONCERNS, PRIORITY_PROPOSALS, OBSTACLES, MEETINGS)

CONCERN_ORDER: Final = (("reported_at", -1), ("_id", 1))
PROPOSAL_ORDER: Final = (("drawn_up_at", -1), ("_id", 1))
MEETING_ORDER: Final = (("starts_at", -1), ("_id", 1))
OBSTACLE_ORDER: Final = (("reported_at", -1), ("_id", 1))

PARTICIPATION_INDEXES: Final[tuple[Index, ...]] = (
    Index(COUNCILS.collection, (("district", 1), ("_id", 1))),
    Index(COUNCILS.collection, (("members.subject", 1), ("_id", 1))),  # on which councils does a caller sit?
    Index(CONCERNS.collection, CONCERN_ORDER),
    Index(CONCERNS.collection, (("district", 1), *CONCERN_ORDER)),
    Index(CONCERNS.collection, (("neighbourhood", 1), *CONCERN_ORDER)),
    Index(CONCERNS.collection, (("topic", 1), *CONCERN_ORDER)),
    Index(CONCERNS.collection, (("status", 1), *CONCERN_ORDER)),
    Index(CONCERNS.collection, (("district", 1), ("status", 1), ("topic", 1), ("severity", 1))),  # the roll-up
    Index(PRIORITY_PROPOSALS.collection, PROPOSAL_ORDER),
    Index(PRIORITY_PROPOSALS.collection, (("district", 1), *PROPOSAL_ORDER)),
    Index(MEETINGS.collection, MEETING_ORDER),
    Index(MEETINGS.collection, (("district", 1), *MEETING_ORDER)),
    Index(MEETINGS.collection, (("status", 1), *MEETING_ORDER)),
    Index(OBSTACLES.collection, OBSTACLE_ORDER),
    Index(OBSTACLES.collection, (("district", 1), *OBSTACLE_ORDER)),
    Index(OBSTACLES.collection, (("status", 1), *OBSTACLE_ORDER)),
    Index(OBSTACLES.collection, (("overdue", 1), *OBSTACLE_ORDER)),
    Index(OBSTACLES.collection, (("assignment.person", 1), *OBSTACLE_ORDER)),
)
