"""Questions and answers of a dated call (REQ-2)."""

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain.programme import Programme
from services.requests.domain.question import (
    Question,
    QuestionAnswered,
    QuestionsClosed,
    QuestionsOnlyOfCalls,
    answer,
    ask,
    evolve,
)
from services.requests.outbound.announce import announce_question
from tests.unit.requests.building import DAY, NOW, PROGRAMME, TERMS
from tests.unit.requests.test_programme_versions import faults

CALL = replace(PROGRAMME, terms=replace(TERMS, kind="dated", opens=NOW, closes=NOW + 10 * DAY))


def asked(programme: Programme = CALL, now: Any = NOW) -> Question:
    (event,) = ask(None, id="q-1", programme=programme, text="مهلت تا کی است؟", by="person-1", now=now)
    return evolve(None, event)


def test_questions_close_before_the_deadline() -> None:
    assert asked(now=NOW + 7 * DAY - DAY / 24).status == "asked"
    with pytest.raises(QuestionsClosed):
        asked(now=NOW + 7 * DAY)


def test_a_call_says_itself_when_questions_close() -> None:
    call = replace(CALL, terms=replace(CALL.terms, questions_until=NOW + DAY))
    assert asked(call).status == "asked"
    with pytest.raises(QuestionsClosed):
        asked(call, NOW + DAY)


def test_only_an_open_call_takes_questions() -> None:
    for programme in (PROGRAMME, replace(CALL, status="draft")):
        with pytest.raises(QuestionsOnlyOfCalls):
            asked(programme)
    with pytest.raises(QuestionsClosed):
        asked(replace(CALL, status="closed"))


@pytest.mark.parametrize("days", [10, 11])
def test_a_call_whose_questions_would_close_with_it_or_later_is_refused(days: int) -> None:
    dated = {"kind": "dated", "opens": NOW, "closes": NOW + 10 * DAY}
    assert faults(**dated, questions_until=NOW + days * DAY) == [("/questions_until", "questions_end_too_late")]
    assert faults(questions_until=NOW) == [("/questions_until", "rolling_has_no_end")]


def test_an_answer_goes_to_all_without_who_asked_and_can_be_corrected() -> None:
    state = asked()
    (event,) = answer(state, text=None, answer="تا پایان هفته", now=NOW + DAY)
    state = evolve(state, event)
    (announced,) = announce_question(state, event)
    assert announced.model_dump(mode="json", exclude={"answered_at"}) == {
        "question": "q-1", "programme": "prog-1", "text": "مهلت تا کی است؟", "answer": "تا پایان هفته",
    }  # fmt: skip
    assert answer(state, text=None, answer="تا پایان هفته", now=NOW + 2 * DAY) == []
    assert answer(state, text=None, answer="تا شنبه", now=NOW + 2 * DAY) == [
        QuestionAnswered("مهلت تا کی است؟", "تا شنبه", NOW + 2 * DAY)
    ]


def test_the_office_publishes_the_question_in_words_for_all() -> None:
    state = asked()
    (event,) = answer(state, text="مهلت این فراخوان؟", answer="تا شنبه", now=NOW)
    state = evolve(state, event)
    assert (state.published, state.text) == ("مهلت این فراخوان؟", "مهلت تا کی است؟")
    (again,) = answer(state, text=None, answer="تا یکشنبه", now=NOW)
    assert evolve(state, again).published == "مهلت این فراخوان؟"


def test_a_question_itself_is_told_to_nobody() -> None:
    (event,) = ask(None, id="q-1", programme=CALL, text="؟", by="person-1", now=NOW)
    assert announce_question(evolve(None, event), event) == []
