"""What review and budget said about a request, kept as facts.

A fact is stored whenever it comes – early, late or repeated – at its place in its announcer's own order, and the request's status is
computed from all facts together. So the order of arrival cannot change where a request ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.contracts.review import FieldReason

CaseStep = Literal[
    "opened",
    "deadline_moved",
    "paused",
    "resumed",
    "stalled",
    "continued",
    "excepted",
    "changes_requested",
    "closed",
    "decided",
]
BookStep = Literal[
    "reservation_waiting",
    "reservation_made",
    "reservation_refused",
    "reservation_paused",
    "reservation_resumed",
    "reservation_released",
    "hold_released",
    "commitment_made",
    "commitment_refused",
    "commitment_released",
    "payment_prepared",
    "payment_made",
    "payment_failed",
    "payment_given_up",
    "refund_received",
    "award_carried_in",
    "ineligible_found",
    "ineligible_documented",
    "ineligible_written_off",
]
Outcome = Literal["approved", "rejected"]


@dataclass(frozen=True)
class CaseFact:
    """One event of a case. ``number`` is its sequence in the case; ``amount`` the approved amount of a decision (REV-9)."""

    case: str
    revision: int
    number: int
    step: CaseStep
    at: datetime
    deadline: datetime | None = None
    fields: tuple[FieldReason, ...] = ()
    outcome: Outcome | None = None
    amount: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class BookFact:
    """One entry of the district's book about a request. ``seq`` is its place in the book; ``amount`` in the book's currency.

    holds: the part that pausing and resuming keep, or that a released or refused commitment goes back to; of a failed payment what it
    was, of one that is given up where its money went, of what is carried to the next year what it is. Of a payment ``amount`` is the
    gross amount; net: without its deductions.
    remains: what a reservation is after a panel's decision (None: as it was), or a commitment after a part of it was released (None: all
    that no payment had taken was). ended: of such a commitment, whether no further payment of it is possible.
    book: the book, if it is not the one that funds it first, whose year was closed (BUD-9).
    """

    seq: int
    step: BookStep
    amount: int
    at: datetime
    holds: Literal["waiting", "reserved", "available", "approved", "paid", "committed"] | None = None
    reason: str = ""
    remains: int | None = None
    ended: bool = True
    payment: str = ""
    net: int | None = None
    book: str = ""
    finding: str | None = None
    """Of an amount that was found ineligible, and of money that was given back for it (BUD-8)."""


def with_case_fact(facts: tuple[CaseFact, ...], fact: CaseFact) -> tuple[CaseFact, ...]:
    """Return the facts with this one in its place; unchanged if it is there already."""
    if any(f.case == fact.case and f.number == fact.number for f in facts):
        return facts
    return tuple(sorted((*facts, fact), key=lambda f: (f.revision, f.number)))


def with_book_fact(facts: tuple[BookFact, ...], fact: BookFact) -> tuple[BookFact, ...]:
    """Return the facts with this one in its place; unchanged if it is there already."""
    if any((f.book, f.seq) == (fact.book, fact.seq) for f in facts):
        return facts
    # The first book has no name here, and those of later years are named so that they sort after one another.
    return tuple(sorted((*facts, fact), key=lambda f: (f.book, f.seq)))


@dataclass(frozen=True)
class CasePosition:
    """Where the case of one revision stands."""

    case: str | None = None
    begun: bool = False
    decided: CaseFact | None = None
    changes: tuple[FieldReason, ...] | None = None
    deadline: datetime | None = None
    paused: bool = False
    stalled: bool = False
    excepted: bool = False


def case_position(facts: Sequence[CaseFact], revision: int) -> CasePosition:
    """Fold the facts of one revision's case."""
    own = [f for f in facts if f.revision == revision]
    last = {f.step: f for f in own}
    pauses = [f.step for f in own if f.step in ("paused", "resumed")]
    quorums = [f.step for f in own if f.step in ("stalled", "continued", "excepted")]
    deadlines = [f.deadline for f in own if f.deadline is not None]
    changes = last.get("changes_requested")
    return CasePosition(
        case=own[0].case if own else None,
        begun="opened" in last or "closed" in last,
        decided=next((f for f in own if f.step == "decided"), None),  # one decision per case: the first stands (I6)
        changes=None if changes is None else changes.fields,
        deadline=deadlines[-1] if deadlines else None,
        paused=pauses[-1:] == ["paused"],
        stalled=quorums[-1:] == ["stalled"],
        excepted=quorums[-1:] == ["excepted"],
    )


@dataclass(frozen=True)
class BookPosition:
    """What the district's book holds for the request now: at most one of waiting, reserved, committed.

    ended: why the book gave or took nothing more (refused, or released), as a code; None while it goes on.
    """

    waiting: int = 0
    reserved: int = 0
    committed: int = 0
    paused: bool = False
    ended: str | None = None
    commitment_refused: str | None = None
    paid: int = 0
    """Of the commitment, which stays the whole obligation; gross, before refunds."""
    refunded: int = 0
    pending: int = 0
    """In payments under way; gross."""
    paid_net: int = 0
    """What the organisation got of ``paid``, before refunds."""
    released: int = 0
    """What was taken off the commitment."""
    limited: bool = False
    """Whether something was, and the commitment is what remains; then it may be nothing."""
    ineligible: int = 0
    """Of what is paid: found ineligible and not documented later (BUD-8)."""
    ineligible_open: int = 0
    """Of that: neither given back nor written off."""
    written_off: int = 0
    over: bool = False
    """Whether no further payment of it is possible."""


def book_position(facts: Sequence[BookFact]) -> BookPosition:
    """Fold the facts of the book in its own order."""
    position = BookPosition()
    for fact in facts:
        position = _after(position, fact)
    last = {fact.payment: fact for fact in facts if fact.payment}
    pending = sum(fact.amount for fact in last.values() if fact.step in ("payment_prepared", "payment_failed"))
    return replace(position, pending=pending)


def _after(before: BookPosition, fact: BookFact) -> BookPosition:  # noqa: C901 - one flat case per step
    match fact.step:
        case "reservation_waiting":
            return BookPosition(waiting=fact.amount)
        case "reservation_made":
            return BookPosition(reserved=fact.amount)
        case "reservation_refused":
            return BookPosition(ended=f"reservation_{fact.reason}")
        case "reservation_paused" | "reservation_resumed":
            paused = fact.step == "reservation_paused"
            refused = before.commitment_refused  # a pause that follows a refusal does not undo it
            if fact.holds == "waiting":
                return BookPosition(waiting=fact.amount, paused=paused, commitment_refused=refused)
            return BookPosition(reserved=fact.amount, paused=paused, commitment_refused=refused)
        case "reservation_released":
            return BookPosition(ended="reservation_released")
        case "commitment_made":
            return BookPosition(committed=fact.amount)
        case "commitment_refused":
            return (
                before if fact.holds == "reserved" else replace(before, commitment_refused=f"commitment_{fact.reason}")
            )
        case "commitment_released" if fact.remains is not None:
            return replace(
                before,
                waiting=0,
                reserved=0,
                committed=fact.remains,
                released=before.released + fact.amount,
                limited=True,
                over=fact.ended,
                paused=False,
            )
        case "commitment_released":
            return (
                BookPosition(reserved=fact.amount)
                if fact.holds == "reserved"
                else BookPosition(ended="commitment_released", paid=before.paid, refunded=before.refunded)
            )
        case (
            "award_carried_in" | "hold_released"
        ):  # the same place or money; what a panel raises is told by the entry after
            return before
        case "ineligible_found" | "ineligible_documented" | "ineligible_written_off":
            return _after_finding(before, fact)
        case "payment_prepared" | "payment_made" | "payment_failed" | "payment_given_up" | "refund_received":
            return _after_payment(before, fact)


def _after_finding(before: BookPosition, fact: BookFact) -> BookPosition:
    found, left = before.ineligible, before.ineligible_open
    match fact.step:
        case "ineligible_found":
            return replace(before, ineligible=found + fact.amount, ineligible_open=left + fact.amount)
        case "ineligible_documented":
            return replace(before, ineligible=found - fact.amount, ineligible_open=left - fact.amount)
        case _:
            return replace(before, ineligible_open=left - fact.amount, written_off=before.written_off + fact.amount)


def _after_payment(before: BookPosition, fact: BookFact) -> BookPosition:
    net = fact.amount if fact.net is None else fact.net
    match fact.step:
        case "refund_received":
            settled = 0 if fact.finding is None else fact.amount
            left = before.ineligible_open - settled
            return replace(before, refunded=before.refunded + fact.amount, ineligible_open=left)
        case "payment_made":
            return replace(before, paid=before.paid + fact.amount, paid_net=before.paid_net + net)
        case "payment_failed" if fact.holds == "paid":
            return replace(before, paid=before.paid - fact.amount, paid_net=before.paid_net - net)
        case "payment_given_up" if fact.holds == "available" and before.limited:
            # The commitment had ended but for this payment.
            return replace(before, committed=before.committed - fact.amount, released=before.released + fact.amount)
    return before
