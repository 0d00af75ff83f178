"""The HTTP API of questions and answers about dated calls (REQ-2)."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, StringConstraints

from services.requests.domain.question import Question, QuestionStatus
from services.requests.inbound.bodies import VISIBLE, Body, body_example
from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.storage.ports import Stored
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    VersionDep,
    changed,
    created,
    page_body,
)

CallPath = Annotated[Id, Path(description="The call.")]
QuestionText = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=VISIBLE)]
Answer = dict[str, Any]

QUESTIONS: Final[list[str | Enum]] = ["questions"]


class QuestionBody(Body):
    """A question about the call. Please no names and numbers of persons: question and answer go to all."""

    model_config = body_example(text="آیا هزینه ایاب و ذهاب جزو ردیف‌های پذیرفته است؟")

    text: QuestionText = Field(description="The question, as typed.")


class AnswerBody(Body):
    """The answer, for all."""

    model_config = body_example(answer="بله، تا ده درصد مبلغ درخواستی.")

    answer: Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=VISIBLE)] = Field(
        description="The answer, as published."
    )
    text: QuestionText | None = Field(
        default=None, description="The question as published; left out: as it was asked. Leave persons out of it."
    )


class QuestionView(BaseModel):
    """A question; who asked is not shown."""

    id: str
    version: int = Field(description="For If-Match.")
    programme: str
    status: QuestionStatus
    text: str = Field(description="As published; before the answer as asked.")
    answer: str | None
    asked_at: datetime
    answered_at: datetime | None


class QuestionList(BaseModel):
    """One page of questions."""

    items: list[QuestionView]
    next: str | None
    total: int


def question_view(stored: Stored[Question]) -> dict[str, Any]:
    """Return a question as QuestionView."""
    state = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "programme": state.programme,
        "status": state.status,
        "text": state.published or state.text,
        "answer": state.answer,
        "asked_at": state.asked_at,
        "answered_at": state.answered_at,
    }


def question_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of questions."""
    questions = uses.questions
    tags = QUESTIONS

    @routes.post(
        "/programmes/{id}/questions",
        status_code=201,
        response_model=Receipt,
        tags=tags,
        summary="Ask about a dated call (anybody who is signed in)",
    )
    async def ask_question(
        id: CallPath,
        body: QuestionBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Answer:
        """Until ``questions_until`` of the call, which lies before its deadline."""
        stored = await questions.ask(id, body.text, caller=caller, command=command, cause=cause)
        return created(response, f"/programmes/{id}/questions/{stored.id}", stored)

    @routes.post(
        "/programmes/{id}/questions/{question}/answer",
        response_model=Receipt,
        tags=tags,
        summary="Answer for all, or correct the answer (city office)",
    )
    async def answer_question(
        id: CallPath,
        question: Annotated[Id, Path(description="The question.")],
        body: AnswerBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await questions.answer(
            id,
            question,
            body.answer,
            text=body.text,
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return changed(response, stored)

    @routes.get(
        "/programmes/{id}/questions",
        response_model=QuestionList,
        tags=tags,
        summary="Questions and answers, oldest first (public)",
    )
    async def list_questions(
        id: CallPath,
        caller: OptionalCallerDep,
        page: PageDep,
        status: Annotated[QuestionStatus | None, Query(description="Only those with this status.")] = None,
        mine: Annotated[bool, Query(description="Only what you asked yourself, answered or not.")] = False,
    ) -> Answer:
        """Answered ones for everybody; the city office and auditors see the others, too."""
        found = await questions.page(id, status=status, mine=mine, caller=caller, cursor=page.cursor, limit=page.limit)
        return page_body(found, question_view)
