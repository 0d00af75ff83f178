"""What can be done in review: load → decide → save with its outgoing events. One class per noun, joined in ``UseCases``."""

from services.review.domain.case import Case, CaseEvent
from services.review.domain.concern import Concern, ConcernEvent
from services.review.domain.council import Council, CouncilEvent
from services.review.domain.meeting import Meeting, MeetingEvent
from services.review.domain.obstacle import Obstacle, ObstacleEvent
from services.review.domain.priority_list import PriorityList, PriorityListEvent
from services.review.domain.priority_proposal import PriorityProposal, ProposalEvent
from services.review.domain.rule_set import RuleSet, RuleSetEvent
from services.review.domain.visit import Visit, VisitEvent
from services.review.domain.working_group import WorkingGroup, WorkingGroupEvent
from services.review.usecases.cases import Cases
from services.review.usecases.concerns import Concerns
from services.review.usecases.councils import Councils
from services.review.usecases.discussions import Discussions
from services.review.usecases.meetings import Meetings
from services.review.usecases.obstacles import Obstacles, ObstacleTerms
from services.review.usecases.openings import Openings
from services.review.usecases.paper_ballots import PaperBallots
from services.review.usecases.priority_lists import PriorityLists
from services.review.usecases.priority_proposals import PriorityProposals
from services.review.usecases.rule_sets import RuleSets
from services.review.usecases.stalled_cases import StalledCases
from services.review.usecases.standings import Standings
from services.review.usecases.substitutes import Substitutes
from services.review.usecases.visit_pictures import VisitPictures
from services.review.usecases.visits import VisitAccess, Visits
from services.review.usecases.working_groups import WorkingGroups
from shared.certifying import Certifying
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Copies, Files


class UseCases:
    """All of review's use cases over their stores. ``standings``: the copies of the organisations' standings.

    certifying: what codes are made with; None: no paper ballots. pictures: where contents of visits' pictures are kept.
    """

    def __init__(
        self,
        *,
        rule_sets: Aggregates[RuleSet, RuleSetEvent],
        priority_lists: Aggregates[PriorityList, PriorityListEvent],
        working_groups: Aggregates[WorkingGroup, WorkingGroupEvent],
        cases: Aggregates[Case, CaseEvent],
        councils: Aggregates[Council, CouncilEvent],
        concerns: Aggregates[Concern, ConcernEvent],
        proposals: Aggregates[PriorityProposal, ProposalEvent],
        meetings: Aggregates[Meeting, MeetingEvent],
        obstacles: Aggregates[Obstacle, ObstacleEvent],
        visits: Aggregates[Visit, VisitEvent],
        standings: Copies,
        clock: Clock,
        calendar: WorkingCalendar,
        certifying: Certifying | None = None,
        pictures: Files | None = None,
    ) -> None:
        known = Standings(standings)
        openings = Openings(cases, working_groups, rule_sets, priority_lists, known, clock, calendar)
        self.substitutes = Substitutes(working_groups, cases, openings, clock, calendar)
        self.stalled_cases = StalledCases(working_groups, cases, openings, known, clock, calendar)
        self.cases = Cases(cases, openings, known, self.substitutes, clock, calendar)
        self.rule_sets = RuleSets(rule_sets, openings, clock)
        self.priority_lists = PriorityLists(priority_lists, proposals, clock)
        self.working_groups = WorkingGroups(working_groups, rule_sets, openings, self.substitutes, clock)
        self.councils = Councils(councils, clock)
        self.concerns = Concerns(concerns, self.councils, clock)
        self.priority_proposals = PriorityProposals(proposals, concerns, priority_lists, clock)
        terms = ObstacleTerms(working_groups, rule_sets, calendar)
        self.obstacles = Obstacles(obstacles, self.councils, terms, known, clock)
        self.meetings = Meetings(meetings, working_groups, cases, clock, calendar.timezone)
        self.discussions = Discussions(meetings, cases, self.cases, clock, calendar)
        self.paper_ballots = PaperBallots(cases, self.cases, certifying or Certifying(), clock, calendar)
        access = VisitAccess(visits, cases)
        self.visits = Visits(visits, cases, access, clock, calendar.timezone)
        self.visit_pictures = VisitPictures(visits, access, pictures, clock)
        self._openings = openings

    async def sweep(self) -> int:
        """Do what time has brought: terms of seats, deadlines, terms for signing, and what still waits to be opened."""
        turned = await self.working_groups.sweep() + await self.councils.sweep() + await self.obstacles.sweep()
        return turned + await self.cases.sweep() + await self._openings.sweep()
