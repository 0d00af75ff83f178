"""What review announces of participation: councils, concerns, obstacles and meetings (on ``sama.review``, too)."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, Instant, Names, Part
from shared.contracts.ids import DistrictId, Id

NEIGHBOURHOOD_PATTERN: Final = r"^[a-z0-9-]{1,30}$"  # shorter than a district's, so that a council's id holds both
NeighbourhoodId = Annotated[str, StringConstraints(pattern=NEIGHBOURHOOD_PATTERN)]

CouncilKind = Literal["neighbourhood", "district"]


class CouncilChanged(EventData, type="council.changed.v1", announcer="review"):
    """A council was set up, or a membership began or ended. No person."""

    council: Id = Field(description="Id of the council (شورای مشارکت‌ها).")
    kind: CouncilKind = Field(description="Whose council it is: a neighbourhood's (محله) or the district's (منطقه).")
    district: DistrictId = Field(description="Its district.")
    neighbourhood: NeighbourhoodId | None = Field(
        default=None, description="Id of its neighbourhood (محله); none: the district's council."
    )
    names: Names = Field(description="Its names.")
    sitting: int = Field(ge=0, description="How many members it has now.")


ConcernStatus = Literal["open", "monitored", "resolved"]
Severity = Annotated[int, Field(ge=1, le=5, description="1 (slight) to 5 (grave).")]
Words = Annotated[str, StringConstraints(max_length=5000)]


class ConcernFacts(EventData):
    """What every event of a concern carries."""

    concern: Id = Field(description="Id of the concern (مسئله اولویت‌دار محله).")
    district: DistrictId = Field(description="Its district.")
    neighbourhood: NeighbourhoodId = Field(description="Id of its neighbourhood (محله).")
    topic: Id = Field(description="Id of the topic; it need not stand in a list yet.")
    severity: Severity


class ConcernReported(ConcernFacts, type="concern.reported.v1", announcer="review"):
    """A council member reported a concern (REV-15)."""

    council: Id = Field(description="Id of the council on which the member sits.")
    evidence: Words = Field(description="What it is known by, in words.")


class ConcernMonitored(ConcernFacts, type="concern.monitored.v1", announcer="review"):
    """The council looks after the concern, for the first time or again."""

    reason: Words = Field(description="What it sees, in words.")


class ConcernResolved(ConcernFacts, type="concern.resolved.v1", announcer="review"):
    """The concern is over."""

    reason: Words = Field(description="Why, in words.")


class ProposedTopic(Part):
    """One topic of a proposed order."""

    topic: Id = Field(description="Id of the topic.")
    severity: int = Field(ge=0, description="Weighted sum of its unresolved concerns.")
    concerns: int = Field(ge=1, description="How many unresolved concerns it has in the district.")
    in_city_list: bool = Field(description="It stands in the city's list, which comes first (REV-14).")


class PrioritiesProposed(EventData, type="priorities.proposed.v1", announcer="review"):
    """An order of a district's topics was drawn up from its unresolved concerns; the council may adopt its list from it."""

    proposal: Id = Field(description="Id of the proposal; the adopted list names it.")
    district: DistrictId = Field(description="The district.")
    city_priorities: int = Field(ge=0, description="Version of the city's list then, 0 if none.")
    topics: list[ProposedTopic] = Field(description="First what weighs most; ties by id.")


ObstacleStatus = Literal["reported", "assigned", "answered"]
OfficeRole = Literal["secretary", "registrar", "budget_officer", "treasurer", "city_office", "hq"]
Office = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ObstacleFacts(EventData):
    """What every event of an obstacle carries."""

    obstacle: Id = Field(description="Id of the obstacle to participation (مانع مشارکت).")
    district: DistrictId = Field(description="Its district.")
    answer_by: Instant = Field(description="End of the term in which it is to be answered, UTC.")


class ObstacleReported(ObstacleFacts, type="obstacle.reported.v1", announcer="review"):
    """An organisation with standing, or a council member, reported an obstacle (REV-16)."""

    question: Words = Field(description="What hinders, as typed.")
    organization: Id | None = Field(default=None, description="Organisation that reported it; none: a council did.")
    council: Id | None = Field(default=None, description="Council whose member reported it.")


class ObstacleAssigned(ObstacleFacts, type="obstacle.assigned.v1", announcer="review"):
    """An office has to answer; the term is the same as before."""

    office: Office = Field(description="Name of the office.")


class ObstacleOverdue(ObstacleFacts, type="obstacle.overdue.v1", announcer="review"):
    """The term passed without an answer (REQ-14)."""

    office: Office | None = Field(default=None, description="Name of the office that had it; none: nobody had.")


class ObstacleAnswered(ObstacleFacts, type="obstacle.answered.v1", announcer="review"):
    """The answer is published."""

    office: Office = Field(description="Name of the office that answered.")
    question: Words = Field(description="What hindered, as edited for the public.")
    answer: Words = Field(description="The answer.")
    reported_at: Instant
    answered_at: Instant
    seconds_taken: int = Field(ge=0, description="From report to answer.")
    in_time: bool = Field(description="Answered before the end of the term.")


MeetingStatus = Literal["called", "held", "adopted", "cancelled"]


class MeetingFacts(EventData):
    """What every event of a meeting carries."""

    meeting: Id = Field(description="Id of the meeting.")
    working_group: Id = Field(description="Id of the working group (کارگروه).")
    district: DistrictId = Field(description="Its district.")


class MeetingCalled(MeetingFacts, type="meeting.called.v1", announcer="review"):
    """A working group meets (REV-12)."""

    starts_at: Instant
    place: str = Field(max_length=300, description="Where.")
    items: int = Field(ge=1, description="How many items the agenda has.")
    cases: list[Id] = Field(description="Cases on it.")


class MeetingCancelled(MeetingFacts, type="meeting.cancelled.v1", announcer="review"):
    """The meeting is not held."""

    reason: Words = Field(description="Why, in words.")


class MinutesAdopted(MeetingFacts, type="meeting.minutes_adopted.v1", announcer="review"):
    """The chair adopted the minutes (صورت‌جلسه)."""

    number: str = Field(max_length=80, description="Number of the minutes.")
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="Date of the minutes, ISO 8601.")
    seats: list[int] = Field(description="Numbers of the seats that were present.")
    attended: int = Field(ge=1, description="How many seats were present.")
