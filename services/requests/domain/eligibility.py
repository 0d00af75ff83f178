"""Whether a request could be submitted, tried before any sign-in (REQ-3).

The conditions are those of a submission: what is told is judged by the very check that a submission must pass. What is not told is
unknown, never yes.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from services.requests.domain.programme import Programme
from services.requests.domain.proposal import Proposal, check
from shared.contracts.refusals import FieldError, Params

Answer = Literal["yes", "no", "unknown"]
ConditionName = Literal[
    "open", "standing", "one_open_request", "support", "district", "topic", "amount_asked", "minimum", "dates"
]

_POINTERS: Final[dict[ConditionName, tuple[str, ...]]] = {
    "support": ("/support",),
    "district": ("/district",),
    "topic": ("/topic",),
    "amount_asked": ("/amount_asked",),
    "minimum": ("/minimum",),
    "dates": ("/starts_on", "/ends_on"),
}
"""Which fields of a request each condition is about."""


@dataclass(frozen=True)
class Told:
    """What the asker says. proposal: only the fields that conditions are about; None of the others: not told.

    approved: whether the organisation is registered and approved; other_open: whether it has another open request under the programme.
    """

    proposal: Proposal
    approved: bool | None = None
    other_open: bool | None = None


@dataclass(frozen=True)
class Condition:
    """One condition and its answer; ``code`` with ``params`` is the reason, in the catalogue of texts."""

    name: ConditionName
    answer: Answer
    code: str
    params: Params = field(default_factory=dict)


def eligibility(
    programme: Programme, told: Told, *, topics_in_force: Set[str], now: datetime
) -> tuple[Answer, Sequence[Condition]]:
    """Return the answer to the whole, and to each condition: no if one is no, else unknown if one is unknown."""
    conditions = [_open(programme, now), _standing(told)]
    if programme.terms.one_open_request:
        conditions.append(_one_open_request(told))
    conditions += _fields(programme, told.proposal, topics_in_force, now)
    answers = {condition.answer for condition in conditions}
    worst: Sequence[Answer] = ("no", "unknown", "yes")
    return next(answer for answer in worst if answer in answers), conditions


def _open(programme: Programme, now: datetime) -> Condition:
    if programme.takes_requests(now):
        return Condition("open", "yes", "takes_requests_now")
    opens = programme.terms.opens
    if programme.status == "open" and opens is not None and now < opens:
        return Condition("open", "no", "not_open_yet")
    return Condition("open", "no", "programme_is_over")


def _standing(told: Told) -> Condition:
    if told.approved is None:
        return Condition("standing", "unknown", "standing_not_told")
    if told.approved:
        return Condition("standing", "yes", "standing_as_told")
    return Condition("standing", "no", "standing_needed")


def _one_open_request(told: Told) -> Condition:
    if told.other_open is None:
        return Condition("one_open_request", "unknown", "other_request_not_told")
    if told.other_open:
        return Condition("one_open_request", "no", "another_open_request")
    return Condition("one_open_request", "yes", "no_other_request")


def _fields(programme: Programme, proposal: Proposal, topics: Set[str], now: datetime) -> Sequence[Condition]:
    errors = [e for e in check(proposal, programme.terms, topics_in_force=topics, now=now) if e.code != "required"]
    return [
        _field(name, proposal, errors, every_topic=not programme.terms.topics)
        for name in _POINTERS
        if proposal.support == "money" or name not in ("amount_asked", "minimum")
    ]


def _field(name: ConditionName, proposal: Proposal, errors: Sequence[FieldError], *, every_topic: bool) -> Condition:
    if not _is_told(name, proposal):
        return Condition(name, "unknown", "not_told")
    wrong = next((error for error in errors if error.pointer in _POINTERS[name]), None)
    if wrong is None:
        return Condition(name, "yes", "condition_met")
    if name == "topic" and every_topic and proposal.district is None:
        return Condition(name, "unknown", "district_may_have_the_topic")
    return Condition(name, "no", wrong.code, wrong.params)


def _is_told(name: ConditionName, proposal: Proposal) -> bool:
    match name:
        case "minimum":  # judged beside the amount asked
            return proposal.minimum is not None and proposal.amount_asked is not None
        case "dates":
            return proposal.ends_on is not None
        case _:
            return getattr(proposal, name) is not None
