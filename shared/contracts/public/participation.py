"""Public forms of what review announces of participation: councils, concerns, obstacles and meetings.

Texts that people typed for the office (evidence, reasons, questions not answered yet) stay inside: nobody has read them for the public.
"""

from typing import Final

from pydantic import Field

from shared.contracts import participation as inside
from shared.contracts.base import Instant, Names, Part
from shared.contracts.ids import DistrictId, Id
from shared.contracts.participation import CouncilKind, NeighbourhoodId, Office, Severity, Words
from shared.contracts.public.base import Forms, PublicData, shown_as


class PublicCouncilChanged(PublicData, type="council.changed.v1", announcer="review"):
    """A participation council (شورای مشارکت‌ها) was set up, or a membership began or ended."""

    council: Id = Field(description="Id of the council.")
    kind: CouncilKind = Field(description="Whose council it is: a neighbourhood's or the district's.")
    district: DistrictId = Field(description="Its district.")
    neighbourhood: NeighbourhoodId | None = Field(
        default=None, description="Id of its neighbourhood (محله); none: the district's council."
    )
    names: Names = Field(description="Its names.")
    sitting: int = Field(ge=0, description="How many members it has now.")


class PublicConcern(PublicData):
    """What anyone may know of a concern."""

    concern: Id = Field(description="Id of the concern.")
    district: DistrictId = Field(description="Its district.")
    neighbourhood: NeighbourhoodId = Field(description="Id of its neighbourhood (محله).")
    topic: Id = Field(description="Id of the topic.")
    severity: Severity


class PublicConcernReported(PublicConcern, type="concern.reported.v1", announcer="review"):
    """A council reported a concern of its neighbourhood (مسئله اولویت‌دار محله)."""


class PublicConcernMonitored(PublicConcern, type="concern.monitored.v1", announcer="review"):
    """The council looks after a concern."""


class PublicConcernResolved(PublicConcern, type="concern.resolved.v1", announcer="review"):
    """A concern is over."""


class PublicProposedTopic(Part):
    """One topic of a proposed order."""

    topic: Id = Field(description="Id of the topic.")
    severity: int = Field(ge=0, description="Weighted sum of its unresolved concerns.")
    concerns: int = Field(ge=1, description="How many unresolved concerns it has in the district.")
    in_city_list: bool = Field(description="It stands in the city's list, which comes first.")


class PublicPrioritiesProposed(PublicData, type="priorities.proposed.v1", announcer="review"):
    """An order of a district's topics, drawn up from the concerns of its neighbourhoods."""

    proposal: Id = Field(description="Id of the proposal; the adopted list names it.")
    district: DistrictId = Field(description="The district.")
    city_priorities: int = Field(ge=0, description="Version of the city's list then, 0 if none.")
    topics: list[PublicProposedTopic] = Field(description="First what weighs most.")


class PublicObstacle(PublicData):
    """What anyone may know of an obstacle before it is answered."""

    obstacle: Id = Field(description="Id of the obstacle (مانع مشارکت).")
    district: DistrictId = Field(description="Its district.")
    answer_by: Instant = Field(description="End of the term in which it is to be answered, UTC.")


class PublicObstacleReported(PublicObstacle, type="obstacle.reported.v1", announcer="review"):
    """An obstacle to participation was reported; question and answer are published together."""


class PublicObstacleAssigned(PublicObstacle, type="obstacle.assigned.v1", announcer="review"):
    """An office has to answer."""

    office: Office = Field(description="Name of the office.")


class PublicObstacleOverdue(PublicObstacle, type="obstacle.overdue.v1", announcer="review"):
    """The term passed without an answer."""

    office: Office | None = Field(default=None, description="Name of the office that had it; none: nobody had.")


class PublicObstacleAnswered(PublicObstacle, type="obstacle.answered.v1", announcer="review"):
    """Question and answer, and how long it took."""

    office: Office = Field(description="Name of the office that answered.")
    question: Words = Field(description="What hindered, as edited for the public.")
    answer: Words = Field(description="The answer.")
    reported_at: Instant = Field(description="When it was reported, UTC.")
    answered_at: Instant = Field(description="When it was answered, UTC.")
    seconds_taken: int = Field(ge=0, description="From report to answer.")
    in_time: bool = Field(description="Answered before the end of the term.")


class PublicMeeting(PublicData):
    """Which meeting."""

    meeting: Id = Field(description="Id of the meeting.")
    working_group: Id = Field(description="Id of the working group (کارگروه).")
    district: DistrictId = Field(description="Its district.")


class PublicMeetingCalled(PublicMeeting, type="meeting.called.v1", announcer="review"):
    """A working group meets. Which cases are on the agenda is not public before they are decided."""

    starts_at: Instant = Field(description="When it begins, UTC.")
    place: str = Field(max_length=300, description="Where.")
    items: int = Field(ge=1, description="How many items the agenda has.")


class PublicMeetingCancelled(PublicMeeting, type="meeting.cancelled.v1", announcer="review"):
    """The meeting is not held."""


class PublicMinutesAdopted(PublicMeeting, type="meeting.minutes_adopted.v1", announcer="review"):
    """The chair adopted the minutes (صورت‌جلسه)."""

    number: str = Field(max_length=80, description="Number of the minutes.")
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="Date of the minutes, ISO 8601.")
    attended: int = Field(ge=1, description="How many seats were present.")


FORMS: Final[Forms] = {
    inside.CouncilChanged: shown_as(PublicCouncilChanged),
    inside.ConcernReported: shown_as(PublicConcernReported),
    inside.ConcernMonitored: shown_as(PublicConcernMonitored),
    inside.ConcernResolved: shown_as(PublicConcernResolved),
    inside.PrioritiesProposed: shown_as(PublicPrioritiesProposed),
    inside.MeetingCalled: shown_as(PublicMeetingCalled),
    inside.MeetingCancelled: shown_as(PublicMeetingCancelled),
    inside.MinutesAdopted: shown_as(PublicMinutesAdopted),
    inside.ObstacleReported: shown_as(PublicObstacleReported),
    inside.ObstacleAssigned: shown_as(PublicObstacleAssigned),
    inside.ObstacleOverdue: shown_as(PublicObstacleOverdue),
    inside.ObstacleAnswered: shown_as(PublicObstacleAnswered),
}
