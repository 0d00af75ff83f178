"""REG-2: the checklist and its computed result."""

import pytest

from services.registry.domain.checklist import (
    QUESTIONS,
    Answer,
    ChecklistResult,
    Question,
    faults,
    open_questions,
    result,
)
from services.registry.domain.kinds import KINDS
from services.registry.domain.profile import Profile
from tests.unit.registry.samples import ALL_YES, association, mosque_group


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, "incomplete"),
        (ALL_YES, "passed"),
        ({**ALL_YES, "licence_valid": Answer("not_applicable", "بدون مجوز")}, "passed"),
        ({**ALL_YES, "purpose_social": Answer("no", "سیاسی است")}, "failed"),
        ({"purpose_social": Answer("no", "سیاسی است")}, "failed"),
    ],
)
def test_the_result_is_computed(answers: dict[str, Answer], expected: ChecklistResult) -> None:
    assert result(answers) == expected


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_to_be_answered(question: Question) -> None:
    without = {q: answer for q, answer in ALL_YES.items() if q != question}
    assert result(without) == "incomplete"
    assert [(e.pointer, e.code) for e in open_questions(without)] == [(f"/checklist/{question}", "not_answered")]


def test_a_no_is_named() -> None:
    answers = {**ALL_YES, "account_ok": Answer("no", "حساب شخصی است")}
    assert [(e.pointer, e.code) for e in open_questions(answers)] == [("/checklist/account_ok", "answered_no")]


@pytest.mark.parametrize(
    ("profile", "question", "wrong"),
    [
        (association(), "licence_valid", True),
        (association(), "account_ok", True),
        (association(), "identity_matches", True),
        (association(), "purpose_social", True),
        (association(), "representatives_identified", True),
        (mosque_group(), "licence_valid", False),
        (mosque_group(), "account_ok", False),
        (mosque_group(), "purpose_social", True),
        (mosque_group(account=association().account), "account_ok", True),
    ],
)
def test_does_not_apply_is_an_answer_only_where_the_kind_says_so(profile: Profile, question: str, wrong: bool) -> None:
    answers = {question: Answer("not_applicable", "کاربرد ندارد")}
    found = {(e.pointer, e.code) for e in faults(answers, profile, KINDS[profile.kind])}
    assert found == ({(f"/answers/{question}/answer", "question_applies")} if wrong else set())


def test_an_answer_that_is_not_yes_has_a_comment() -> None:
    answers = {"identity_matches": Answer("no"), "purpose_social": Answer("yes")}
    found = [(e.pointer, e.code) for e in faults(answers, association(), KINDS["association"])]
    assert found == [("/answers/identity_matches/comment", "comment_needed")]
