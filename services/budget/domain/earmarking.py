"""Money of one request: reserved or waiting, committed, released, standing still (BUD-5, BUD-6, REG-4)."""

from typing import Any, Final, cast

from services.budget.domain.commands import Commit, Pause, Release, Reserve, Resume, ReturnCommitment
from services.budget.domain.entries import Draft, Nothing
from services.budget.domain.fold import Book
from services.budget.domain.ranking_commands import Ranking
from services.budget.domain.refusals import AmountDiffers
from services.budget.domain.subject import Subject
from services.budget.domain.waiting import first_claim, reservation
from shared.contracts.refusals import Refusal


def reserve(command: Reserve, book: Book) -> Draft | Nothing | Refusal:
    """Earmark what was approved, or put it on the list; what came too late is refused."""
    known = book.subjects.get(command.request)
    if known is not None and known.state not in ("barred", "released"):
        return Nothing()
    if known is not None:
        return _refused_reservation(command, "barred")
    if command.currency != book.terms.currency:
        return _refused_reservation(command, "currency_differs")
    if command.ranking is not None and command.ranking.programme not in book.ranked:
        return _waiting(command, command.ranking)
    claimed = first_claim(book) is not None and command.amount > command.held
    if command.allowed and command.amount <= book.balances["available"] and not claimed:
        return reservation(command.request, command.organization, command.amount, command.standing_sequence)
    return _waiting(command)


def _waiting(command: Reserve, ranking: Ranking | None = None) -> Draft:
    facts: dict[str, Any] = {"organization": command.organization, "standing_sequence": command.standing_sequence}
    if ranking is not None:
        facts |= {"programme": ranking.programme, "points": ranking.points, "submitted_at": ranking.submitted_at}
    return Draft(
        f"wait:{command.request}",
        "reservation_waiting",
        command.amount,
        subject=command.request,
        subject_after={"state": "waiting", "paused": not command.allowed},
        facts=facts,
    )


def _refused_reservation(command: Reserve, reason: str) -> Draft:
    facts = {"organization": command.organization, "reason": reason}
    after: dict[str, str | bool] = {"state": "barred" if reason == "barred" else "refused", "paused": False}
    return Draft(f"reserve:{command.request}", "reservation_refused", command.amount, (), command.request, after, facts)


def commit(command: Commit, book: Book) -> Draft | Nothing | Refusal:
    """Turn the reservation into an obligation, on a standing that allows it."""
    known = book.subjects.get(command.request)
    if known is not None and known.state == "committed":
        return Nothing()
    if known is None or known.state in ("waiting", "refused"):
        return _refused_commitment(command, known, "not_reserved")
    if known.state != "reserved":
        return _refused_commitment(command, known, "barred")
    # A copy of the standing that is older than the pause says nothing about it.
    if not command.allowed or (known.paused and command.standing_sequence <= known.standing):
        return _refused_commitment(command, known, "standing")
    if command.amount != known.amount or command.currency != book.terms.currency:
        return AmountDiffers(accepted=command.amount, reserved=known.amount, currency=book.terms.currency)
    facts = {"organization": known.organization, "standing_sequence": command.standing_sequence}
    after: dict[str, str | bool] = {"state": "committed", "paused": False}
    return Draft(
        command.ids[0],
        "commitment_made",
        known.amount,
        (("committed", "reserved"),),
        command.request,
        after,
        facts,
    )


def _refused_commitment(command: Commit, known: Subject | None, reason: str) -> Draft:
    organization = command.organization if known is None else known.organization
    facts = {"organization": organization, "reason": reason}
    if reason == "standing" and (command.allowed or command.suspended):  # allowed once, but paused since
        facts["holds"] = "reserved"
    # Whatever state the request has, it keeps: a refused commitment moves nothing.
    after: dict[str, str | bool] | None = None if known is None else {"state": known.state, "paused": known.paused}
    return Draft(command.ids[0], "commitment_refused", command.amount, (), command.request, after, facts)


_MONEY_OF: Final = {"reserved": "reserved", "committed": "committed"}


def release(command: Release, book: Book) -> Draft | Nothing | Refusal:
    """Give up what the request holds; before it holds anything, bar it."""
    known = book.subjects.get(command.request)
    if known is None:
        facts = {"organization": command.organization, "reason": command.reason}
        after: dict[str, str | bool] = {"state": "barred", "paused": False}
        return Draft(f"bar:{command.request}", "barred", 0, (), command.request, after, facts)
    if known.state in ("released", "barred", "refused"):
        return Nothing()
    part = _MONEY_OF.get(known.state)
    left = known.unpaid  # what is pending or paid stays where it is
    facts = {"organization": known.organization, "from": known.state, "to": "available", "reason": command.reason}
    return Draft(
        f"release:{command.request}",
        "commitment_released" if known.state == "committed" else "reservation_released",
        left,
        (("available", part),) if part is not None and left else (),
        command.request,
        {"state": "released", "paused": False},
        facts,
    )


def pause(command: Pause, book: Book) -> Draft | Nothing | Refusal:
    """Let a place or a reservation stand still."""
    return _stand(book, command, paused=True)


def resume(command: Resume, book: Book) -> Draft | Nothing | Refusal:
    """Let it go on."""
    return _stand(book, command, paused=False)


def _stand(book: Book, command: Pause | Resume, *, paused: bool) -> Draft | Nothing:
    known = book.subjects.get(command.request)
    if known is None or known.state not in ("waiting", "reserved") or known.paused == paused:
        return Nothing()
    if command.standing_sequence < known.standing:
        return Nothing()  # an older standing than the one this request stands on
    facts = {"organization": known.organization, "standing_sequence": command.standing_sequence}
    return Draft(
        command.ids[0],
        "reservation_paused" if paused else "reservation_resumed",
        known.amount,
        (),
        command.request,
        {"state": known.state, "paused": paused},
        facts,
    )


def return_commitment(command: ReturnCommitment, book: Book) -> Draft | Nothing | Refusal:
    """Take a commitment that raced with a standing back to its reservation."""
    known = book.subjects.get(command.request)
    if known is None or known.state != "committed" or known.standing >= command.standing_sequence:
        return Nothing()
    if known.since < command.since:
        return Nothing()  # committed before the standing changed: accepted work stays
    if known.pending or known.paid:
        return Nothing()  # what is pending is given up first; what is paid was accepted work
    facts = {"organization": known.organization, "from": "committed", "to": "reserved", "reason": "standing"}
    return Draft(
        command.ids[0],
        "commitment_released",
        known.amount,
        (("reserved", "committed"),),
        command.request,
        {"state": "reserved", "paused": False},
        cast(dict[str, Any], facts),
    )
