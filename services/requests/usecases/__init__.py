"""What requests does: load → decide → save with its outgoing events."""

from services.requests.domain.place import Event as PlaceEvent
from services.requests.domain.place import Place
from services.requests.domain.programme import Event as ProgrammeEvent
from services.requests.domain.programme import Programme
from services.requests.domain.question import Event as QuestionEvent
from services.requests.domain.question import Question
from services.requests.domain.request import Event as RequestEvent
from services.requests.domain.request import SupportRequest
from services.requests.domain.shared_ceilings import Event as CeilingEvent
from services.requests.domain.shared_ceilings import SharedCeiling
from services.requests.outbound.store import Copied
from services.requests.usecases.agreements import Agreements
from services.requests.usecases.appeals import Appeals
from services.requests.usecases.awards import Awards
from services.requests.usecases.calls import Calls
from services.requests.usecases.cancellation import Cancellations
from services.requests.usecases.certification import Certifications
from services.requests.usecases.closing import Closing
from services.requests.usecases.following import Following
from services.requests.usecases.heads import Heads
from services.requests.usecases.knowing import Knowing
from services.requests.usecases.programmes import Programmes
from services.requests.usecases.questions import Questions
from services.requests.usecases.reports import Reports
from services.requests.usecases.requests import Requests
from services.requests.usecases.shared_ceilings import SharedCeilings
from shared.certifying import Certifying
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.storage.aggregates import Aggregates


class UseCases:
    """All use cases of the service, by what they are about."""

    def __init__(
        self,
        *,
        programmes: Aggregates[Programme, ProgrammeEvent],
        questions: Aggregates[Question, QuestionEvent],
        places: Aggregates[Place, PlaceEvent],
        ceilings: Aggregates[SharedCeiling, CeilingEvent],
        requests: Aggregates[SupportRequest, RequestEvent],
        copies: Copied,
        clock: Clock,
        calendar: WorkingCalendar,
        certifying: Certifying,
    ) -> None:
        self.following = Following(requests, copies, clock, calendar)
        self.knowing = Knowing(copies, self.following)
        self.heads = Heads(copies.book_heads)
        self.programmes = Programmes(programmes, copies, clock, calendar)
        self.calls = Calls(programmes, requests, clock)
        self.questions = Questions(questions, self.programmes, clock)
        ceilings_taken = SharedCeilings(ceilings, requests, copies, clock)
        self.requests = Requests(
            requests, programmes, places, ceilings_taken, copies, self.following, clock, calendar, certifying.required
        )
        self.awards = Awards(requests, clock)
        self.reports = Reports(requests, clock, calendar)
        self.appeals = Appeals(requests, clock, calendar)
        self.closing = Closing(requests, clock)
        self.cancellations = Cancellations(requests, clock, calendar)
        self.agreements = Agreements(requests, clock, calendar)
        self.certifications = Certifications(requests, certifying, clock, calendar)

    async def sweep(self) -> int:
        """Do what has become due: close dated programmes, let requests lapse, end ranked calls. Returns how many were looked at."""
        return await self.programmes.sweep() + await self.following.sweep() + await self.calls.sweep()
