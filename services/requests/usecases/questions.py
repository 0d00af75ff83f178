"""Questions about dated calls: asked by anybody who is signed in, answered by the city office, read by all once answered (REQ-2)."""

from typing import Any, Final

from services.requests.domain import question
from services.requests.domain.question import Event, Question
from services.requests.usecases.programmes import Programmes
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.refusals import Forbidden, NotFound
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Page, Stored
from shared.web.api import receipt
from shared.web.caller import Caller, Role

UNANSWERED_READERS: Final[tuple[Role, ...]] = ("city_office", "auditor")


class Questions:
    """Use cases about questions."""

    def __init__(self, questions: Aggregates[Question, Event], programmes: Programmes, clock: Clock) -> None:
        self._questions = questions
        self._programmes = programmes
        self._clock = clock

    async def ask(
        self, programme: str, text: str, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Question]:
        """Ask about a call. Raises NotFound, QuestionsOnlyOfCalls, QuestionsClosed."""
        about = (await self._programmes.get(programme, caller=caller)).state
        now = self._clock()
        id = derive_id("question", command.subject, command.key)
        return await self._questions.execute(
            id,
            lambda state: question.ask(state, id=id, programme=about, text=text, by=caller.subject, now=now),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def answer(
        self,
        programme: str,
        id: str,
        answer: str,
        *,
        text: str | None,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[Question]:
        """Answer it for all, also after the call closed. Role: city_office. Raises Forbidden, NotFound, StaleVersion."""
        caller.require_whole_city("city_office")
        if (await self._questions.require(id)).state.programme != programme:
            raise NotFound(noun="question", id=id)
        now = self._clock()
        return await self._questions.change(
            id,
            lambda state: question.answer(state, text=text, answer=answer, now=now),
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=receipt,
        )

    async def page(
        self, programme: str, *, status: str | None, mine: bool, caller: Caller | None, cursor: str | None, limit: int
    ) -> Page[Stored[Question]]:
        """Return a call's questions, oldest first: answered ones to all, others to the office, and to who asked (``mine``).

        Raises NotFound, Forbidden (``mine`` without a token).
        """
        await self._programmes.get(programme, caller=caller)
        where: dict[str, Any] = {"programme": programme}
        if mine:
            if caller is None:
                raise Forbidden(roles="applicant")
            where["asked_by"] = caller.subject
        visible = ("asked", "answered") if mine or _sees_unanswered(caller) else ("answered",)
        where["status"] = {"$in": [s for s in visible if status in (None, s)]}
        return await self._questions.page(where, order=[("asked_at", 1), ("_id", 1)], cursor=cursor, limit=limit)


def _sees_unanswered(caller: Caller | None) -> bool:
    return caller is not None and caller.has(*UNANSWERED_READERS)
