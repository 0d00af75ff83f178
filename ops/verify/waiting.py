"""Where a request may go in a downloaded book, and the waiting rule that every entry has to keep (BUD-5; I2, I4)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ops.verify.between import WAYS, check_way
from ops.verify.closing import follow_in, follow_out
from ops.verify.folded import PAYMENTS, STEPS, Book, Request, Wrong
from ops.verify.holds import held_for, raise_amount
from ops.verify.ineligible import KINDS as FINDINGS
from ops.verify.ineligible import check_finding
from ops.verify.payments import check_order, check_payment, check_refund


def check_step(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    kind, facts = entry["kind"], entry["facts"]
    if kind in WAYS:
        check_way(report, entry, amount)
    elif kind in WHOLE:
        WHOLE[kind](report, entry)
    elif kind == "carried_through":
        key = (entry["subject"], facts["from_book"])
        if key in report.carried_through:
            raise Wrong("unique", "it was taken over before")
        report.carried_through[key] = amount
    elif kind == "carried_in":
        if entry["subject"] in report.requests:
            raise Wrong("unique", "the request is in the book")
        follow_in(report, entry, amount)
    elif kind in STEPS:
        request = report.requests.get(entry["subject"])
        if request is None and kind == "commitment_refused" and "subject_after" not in entry:
            return  # an acceptance of what is not in the book: it stays out of it
        _follow(report, entry, request, amount)
        if kind == "commitment_released" and facts["to"] != (
            "reserved" if entry["subject_after"]["state"] == "reserved" else "available"
        ):
            raise Wrong("steps", "the money and the request went different ways")


def _follow(report: Book, entry: Mapping[str, Any], request: Request | None, amount: int) -> None:
    kind, name, after = entry["kind"], entry["subject"], entry["subject_after"]
    state = "" if request is None else request.state
    sources, target = STEPS[kind]
    if state not in sources:
        raise Wrong("steps", f"{kind} of a request that is {state or 'not in the book'}")
    possible = (state,) if target == "=" else tuple(target.split("|"))
    if after["state"] not in possible:
        raise Wrong("steps", f"{kind} leaves the request {after['state']}, not {' or '.join(possible)}")
    if request is not None:
        _check_amount(report, entry, request, amount)
    _check_pause(entry, request)
    if kind == "reservation_made":
        _check_turn(report, entry, amount)
        _pass_over(report, name)
    elif kind == "reservation_waiting" and _needless(report, entry, amount):
        raise Wrong("waiting", "it was made to wait although it fits and nobody has a claim before it")
    if kind == "carried_out" and request is not None:
        follow_out(report, entry, request, amount)
    if request is None:
        request = report.requests[name] = Request(amount, "")
    _place(report, entry, request)


def _rank(report: Book, entry: Mapping[str, Any]) -> None:
    """A call is ranked once, whole, by points, then submission, then id."""
    programme, order = entry["facts"]["programme"], entry["facts"]["order"]
    if programme in report.ranked or entry["subject"] != programme:
        raise Wrong("waiting", f"{programme} was ranked before")
    rivals = [(-points, at, name) for name, (of, points, at) in report.unranked.items() if of == programme]
    if order != [name for _, _, name in sorted(rivals)]:
        raise Wrong("waiting", f"the order {order} is not that of the rank")
    report.ranked.add(programme)
    for name in order:
        del report.unranked[name]
        report.waiting.append(name)


WHOLE: Final[Mapping[str, Callable[[Book, Mapping[str, Any]], None]]] = {
    "programme_ranked": _rank,
    "payments_ordered": check_order,
}
"""Entries about many requests at once."""


def _place(report: Book, entry: Mapping[str, Any], request: Request) -> None:
    """Bring the request to where the entry leaves it, and the list with it."""
    name, after = entry["subject"], entry["subject_after"]
    if after["state"] != request.state:
        request.since = entry["at"]
    request.state, request.paused = after["state"], after["paused"]
    if entry["kind"] == "reservation_waiting" and "programme" in entry["facts"]:
        facts = entry["facts"]
        if facts["programme"] in report.ranked:
            raise Wrong("waiting", f"it waits for the ranking of {facts['programme']}, which was ranked")
        report.unranked[name] = (facts["programme"], facts["points"], facts["submitted_at"])
    elif request.state != "waiting":
        report.unranked.pop(name, None)
    if request.state == "waiting" and name not in report.waiting and name not in report.unranked:
        report.waiting.append(name)
    elif request.state != "waiting" and name in report.waiting:
        report.waiting.remove(name)


def _check_amount(report: Book, entry: Mapping[str, Any], request: Request, amount: int) -> None:
    """A payment and a refund have their own amount; all else is about the whole, or what no payment has taken."""
    kind = entry["kind"]
    if kind in PAYMENTS:
        check_payment(report, entry, request, amount)
    elif kind == "refund_received":
        check_refund(report, entry, amount)
    elif kind in FINDINGS:
        check_finding(report, entry, amount)
    elif kind == "reservation_raised":
        raise_amount(request, entry, amount)
    elif kind == "commitment_released" and "remains" in entry["facts"]:
        _lessen(request, entry, amount)
    elif request.state not in ("barred", "released", "refused") and amount != request.left and "refused" not in kind:
        raise Wrong("steps", f"the request is about {request.left}, the entry about {amount}")


def _lessen(request: Request, entry: Mapping[str, Any], amount: int) -> None:
    """A part of a commitment is released, never what is pending or paid; if nothing else remains, it may have ended."""
    remains, taken = int(entry["facts"]["remains"]), request.pending + request.paid
    if remains < taken or remains + amount != request.amount:
        raise Wrong(
            "steps", f"{amount} of {request.amount} are released, {remains} remain, {taken} are pending or paid"
        )
    after = entry["subject_after"]["state"]
    if (after == "released" and remains != taken) or (after == "committed" and not amount) or after == "reserved":
        raise Wrong("steps", f"{remains} remain, {taken} are pending or paid, and the request is {after}")
    request.amount = remains


def _check_pause(entry: Mapping[str, Any], request: Request | None) -> None:
    kind, paused = entry["kind"], entry["subject_after"]["paused"]
    was = request is not None and request.paused
    wanted = {
        "reservation_paused": True,
        "reservation_resumed": False,
        "commitment_refused": was,
        "reservation_raised": was,
        "reservation_waiting": paused,  # an organisation whose standing forbids it enters the list paused
    }.get(kind, False)
    if type(paused) is not bool or paused != wanted:
        raise Wrong("steps", f"{kind} must leave the request {'paused' if wanted else 'not paused'}")


# ---------------------------------------------------------------- the waiting rule


def _claimant(report: Book) -> str | None:
    """Return before whom nobody may be reserved: in strict the first in line, in first_fit who was passed over too often."""
    for name in report.waiting:
        request = report.requests[name]
        if request.paused:
            continue
        if report.waiting_rule == "strict":
            return name
        if report.max_skips is not None and request.passed_over >= report.max_skips:
            return name
    return None


def _due(report: Book) -> str | None:
    """Return the waiter whom the next entry has to serve."""
    if not report.waiting or report.next_book is not None:
        return None
    available = report.balances["available"]
    claimant = _claimant(report)
    candidates = report.waiting if claimant is None else [claimant]
    for name in candidates:
        if not report.requests[name].paused and report.requests[name].amount <= available:
            return name
    return None


def _needless(report: Book, entry: Mapping[str, Any], amount: int) -> bool:
    """Tell whether a newcomer waits although it fits; who waits for a ranking has to."""
    ranked_later = "programme" in entry["facts"]
    return not ranked_later and not entry["subject_after"]["paused"] and _may_go(report, entry["subject"], amount)


def _may_go(report: Book, name: str, amount: int) -> bool:
    unclaimed = _claimant(report) is None or amount <= held_for(report, name)
    return amount <= report.balances["available"] and unclaimed


def check_due(report: Book, entry: Mapping[str, Any]) -> None:
    if report.turning is not None:
        return  # what a panel awarded comes before all who wait
    due = _due(report)
    if due is not None and not (entry["kind"] == "reservation_made" and entry.get("subject") == due):
        raise Wrong("waiting", f"request {due} was due and had to be served by this entry")
    if due is None and entry["kind"] == "reservation_made" and entry.get("subject") in report.waiting:
        raise Wrong("waiting", "it was served out of turn")


def _check_turn(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """check_due looked after those who wait; here the newcomers. The entry's money has moved already."""
    waited = entry["subject"] in report.waiting
    if entry["facts"]["from_waiting"] != waited:
        raise Wrong("steps", "it says the wrong thing about having waited")
    if not waited and _claimant(report) is not None and amount > held_for(report, entry["subject"]):
        raise Wrong("waiting", f"request {_claimant(report)} waits and had the first claim")


def _pass_over(report: Book, served: str) -> None:
    for name in report.waiting:
        if name == served:
            return
        if not report.requests[name].paused:
            report.requests[name].passed_over += 1
