"""The verification checklist (REG-2): five questions, an answer and a comment for each, and a result that is computed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.registry.domain.kinds import Kind, Requirement
from services.registry.domain.profile import Profile
from shared.contracts.refusals import FieldError

Question = Literal["identity_matches", "licence_valid", "purpose_social", "representatives_identified", "account_ok"]
AnswerValue = Literal["yes", "no", "not_applicable"]
ChecklistResult = Literal["passed", "failed", "incomplete"]

QUESTIONS: Final[tuple[Question, ...]] = get_args(Question)


@dataclass(frozen=True)
class Answer:
    """One answer. A comment says why, wherever the answer is not yes."""

    answer: AnswerValue
    comment: str = ""


Answers = Mapping[str, Answer]


def result(answers: Answers) -> ChecklistResult:
    """Compute the result: failed with any no, incomplete while an answer is missing, else passed."""
    if any(answer.answer == "no" for answer in answers.values()):
        return "failed"
    return "passed" if all(question in answers for question in QUESTIONS) else "incomplete"


def faults(answers: Answers, profile: Profile, kind: Kind) -> tuple[FieldError, ...]:
    """Return what is wrong with given answers: a comment that lacks, or "does not apply" where the question applies."""
    return tuple(_faults(answers, profile, kind))


def open_questions(answers: Answers) -> tuple[FieldError, ...]:
    """Return the questions that stand in the way of an approval: answered no, or not answered."""
    return tuple(
        FieldError(f"/checklist/{question}", "answered_no" if question in answers else "not_answered")
        for question in QUESTIONS
        if question not in answers or answers[question].answer == "no"
    )


def _faults(answers: Answers, profile: Profile, kind: Kind) -> Iterator[FieldError]:
    applies = {
        "licence_valid": _applies(kind.licence, profile.licence),
        "account_ok": _applies(kind.account, profile.account),
    }
    for question, answer in answers.items():
        if answer.answer == "not_applicable" and applies.get(question, True):
            yield FieldError(f"/answers/{question}/answer", "question_applies")
        if answer.answer != "yes" and not answer.comment:
            yield FieldError(f"/answers/{question}/comment", "comment_needed")


def _applies(requirement: Requirement, part: object) -> bool:
    return requirement == "required" or part is not None
