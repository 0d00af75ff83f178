"""A commitment that becomes less: closed, cancelled, ended by agreement or amended (REQ-10, REQ-12).

Nobody takes back what is pending or paid: the commitment stays at least that. What is released is available again.
"""

from typing import Any

from services.budget.domain.commands import LimitCommitment
from services.budget.domain.entries import Draft, Nothing
from services.budget.domain.fold import Book


def limit(command: LimitCommitment, book: Book) -> Draft | Nothing:
    """Release what is above the limit.

    An award that is to end and whose commitment went back to its reservation (it raced with a suspension) gives all of it back.
    """
    known = book.subjects.get(command.request)
    if known is None:
        return Nothing()
    if known.state == "reserved" and command.ends:
        return _released(command, known.organization, "reserved", known.amount, {})
    if known.state != "committed":
        return Nothing()
    amount = max(command.amount - known.paid_before, 0)  # it is of the whole award, also of what closed years paid
    keeps = max(amount, known.pending + known.paid)
    over = command.ends and amount <= known.paid
    if keeps >= known.amount and not over:
        return Nothing()
    left = {"remains": str(keeps)}  # text: an amount, as in a download
    if known.paid_before:
        left["paid_before"] = str(known.paid_before)
    return _released(command, known.organization, "committed", known.amount - keeps, left, over=over)


def _released(
    command: LimitCommitment, organization: str, part: str, amount: int, more: dict[str, Any], *, over: bool = True
) -> Draft:
    facts = {"organization": organization, "from": part, "to": "available", "reason": command.reason, **more}
    return Draft(
        command.ids[0],
        "commitment_released" if part == "committed" else "reservation_released",
        amount,
        (("available", part),) if amount else (),
        command.request,
        {"state": "released" if over else "committed", "paused": False},
        facts,
    )
