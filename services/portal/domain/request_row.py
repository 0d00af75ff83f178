"""The row of one request: everything that figures, awards, refusals and the calendar need of it (REQ-7: no two amounts share a field)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, get_args

from services.portal.domain.facts import Document, Fact, Facts
from services.portal.domain.public_text import shown
from shared.persian.text import search_tokens

Status = Literal[
    "submitted", "in_review", "changes_requested", "approved", "rejected", "waiting", "reserved", "accepted",
    "in_progress", "reported", "closed", "withdrawn", "lapsed", "declined", "cancelled",
    "ended_by_agreement",
]  # fmt: skip
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

AMOUNTS: Final = (
    "asked",
    "approved",
    "reserved",
    "committed",
    "pending",
    "paid",
    "refunded",
    "reported",
)
"""Each is a field ``amount_<name>`` of its own, in whole units of the row's currency. committed: the obligation, before payments."""

ENDS: Final[tuple[Status, ...]] = ("withdrawn", "lapsed", "declined", "cancelled", "ended_by_agreement")

UNDER_WAY: Final[tuple[Status, ...]] = ("in_progress", "reported", "closed")
"""Of an award whose event, activity or programme takes place or took place."""

HOLDS: Final = ("stalled", "exception")

ASKED: Final = (
    "revision", "organization", "programme", "fiscal_year", "book", "district", "neighbourhood", "kind", "topic", "title",
    "indicator", "people_reached", "starts_on", "ends_on", "amount_asked", "currency", "submitted_at",
    "support", "services",
)  # fmt: skip
DECIDED: Final = (
    "case", "revision", "organization", "district", "programme", "fiscal_year", "book", "topic", "outcome", "amount_asked",
    "amount", "currency", "mean_score_hundredths", "topic_weight", "issued_at", "signed", "spread",
    "support", "services",
)  # fmt: skip


def request_row(id: str, facts: Facts) -> Document:
    """Return what is shown of a request, as far as it is known."""
    asked, decided, named = facts.get("submitted"), _newest(facts.under("decided")), facts.get("organization")
    told: Document = {}
    for fact, fields in ((decided, DECIDED), (asked, ASKED)):
        if fact is not None:
            told |= {name: fact.said[name] for name in fields if fact.said.get(name) is not None}
    told |= _changed(facts)
    money = _money(facts)
    status = _status(facts, asked, decided, money)
    first = facts.under("revision")
    submitted_at = min((fact.said["submitted_at"] for fact in first), default=None)
    decided_at = None if decided is None else decided.said["issued_at"]
    outcome = None if decided is None else decided.said["outcome"]
    organization = _organization(facts)
    breaches = _breaches(facts)
    title, indicator = shown(told.get("title", "")), shown(told.get("indicator", ""))
    name = "" if named is None else shown(named.said["name"])
    row: Document = {
        "organization": organization,
        "organization_name": name or None,
        "organization_kind": None if named is None else named.said["kind"],
        **{field: told.get(field) for field in ("programme", "fiscal_year", "book", "district", "topic", "kind")},
        "support": told.get("support", "money"),
        "services": list(told.get("services", ())),
        "neighbourhood": None if told.get("neighbourhood") is None else shown(told["neighbourhood"]),
        "title": title or None,
        "indicator": indicator or None,
        "people_planned": told.get("people_reached"),
        "starts_on": told.get("starts_on"),
        "ends_on": told.get("ends_on"),
        "currency": told.get("currency"),
        "amount_asked": told.get("amount_asked", 0),
        "amount_approved": (0 if decided is None else decided.said["amount"]) or 0,
        **money,
        "status": status,
        "outcome": outcome,
        "reason": None if decided is None else shown(decided.said.get("public_reason") or "") or None,
        "award": outcome == "approved",
        "refusal": outcome == "rejected",
        "in_calendar": status in UNDER_WAY,
        "submitted_at": submitted_at,
        "decided_at": decided_at,
        "waited_seconds": _seconds(submitted_at, decided_at),
        "spread": None if decided is None else decided.said.get("spread"),
        "result": _result(facts),
        "report_overdue": _stopped(facts),
        **_held(facts, asked),
        "breaches": breaches,
        "breached": bool(breaches),
        "appeal": _appeal(facts),
    }
    row["search"] = list(search_tokens(title, name, row["neighbourhood"] or "", indicator))
    return row


def _newest(facts: Iterable[Fact]) -> Fact | None:
    """Of several decisions – of a later revision, of a panel – the one issued last counts."""
    return max(facts, key=lambda fact: (fact.said["issued_at"], fact.slot), default=None)


def _changed(facts: Facts) -> Document:
    """What a revised plan (REQ-8) and accepted amendments (REQ-10) say instead of the submission, the newest of each."""
    said: Document = {}
    for fact in sorted(facts.under("changed"), key=lambda fact: fact.number):
        said |= {name: value for name, value in fact.said.items() if value is not None}
    return said


def _organization(facts: Facts) -> str | None:
    for fact in (facts.get("submitted"), *facts.under("decided"), *facts.under("holding"), *facts.under("step")):
        if fact is not None and fact.said.get("organization"):
            return str(fact.said["organization"])
    return None


def _money(facts: Facts) -> Document:
    """Add up what the books said; a request may have money in the books of two years."""
    holdings = facts.under("holding")
    payments = facts.under("payment")
    made = [fact for fact in payments if fact.said["state"] == "made"]
    pending = sum(fact.said["gross"] for fact in payments if fact.said["state"] in ("prepared", "approved", "failed"))
    paid = sum(fact.said["gross"] for fact in made)
    committed = sum(fact.said["amount"] for fact in holdings if fact.said["state"] == "committed")
    if any(fact.said["state"] == "as_paid" for fact in holdings):
        committed += paid + pending
    return {
        "waiting": any(fact.said["state"] == "waiting" for fact in holdings),
        "amount_reserved": sum(fact.said["amount"] for fact in holdings if fact.said["state"] == "reserved"),
        "amount_committed": committed,
        "amount_pending": pending,
        "amount_paid": paid,
        "amount_refunded": sum(fact.said["amount"] for fact in facts.under("refund")),
        "amount_reported": sum(fact.said["amount_reported"] for fact in facts.under("report_accepted")),
        "committed_at": min((fact.at for fact in facts.under("committed")), default=None),
        "payments": [
            {"payment": fact.slot.partition("/")[2], "amount": fact.said["gross"], "at": fact.at} for fact in made
        ],
    }


def _status(facts: Facts, asked: Fact | None, decided: Fact | None, money: Document) -> Status | None:
    ended = max(
        ((fact.number, end) for end in ENDS if (fact := facts.get(f"step/{end}")) is not None),
        default=None,
    )
    if ended is not None:
        return ended[1]
    if facts.get("step/closed") is not None:
        return "closed"
    if money["amount_committed"] or (decided is not None and _given_without_money(decided)):
        final = any(fact.said["final"] for fact in facts.under("report_accepted"))
        return "reported" if final else "in_progress"
    if decided is not None:
        if decided.said["outcome"] == "rejected":
            return "rejected"
        if _acceptance_stands(facts) and money["amount_reserved"]:
            return "accepted"
        if money["amount_reserved"]:
            return "reserved"
        return "waiting" if money["waiting"] else "approved"
    if asked is None:
        return None
    revision = asked.said["revision"]
    if any(fact.said["revision"] == revision for fact in facts.under("changes_requested")):
        return "changes_requested"
    return "in_review" if any(fact.said["revision"] == revision for fact in facts.under("opened")) else "submitted"


def _given_without_money(decided: Fact) -> bool:
    return bool(decided.said.get("support", "money") != "money" and decided.said["outcome"] == "approved")


def _acceptance_stands(facts: Facts) -> bool:
    """An acceptance that the book did not commit (REG-4: suspended) can be given again: the times tell which came last."""
    accepted = facts.get("step/accepted")
    return accepted is not None and all(fact.at < accepted.at for fact in facts.under("not_committed"))


def _appeal(facts: Facts) -> str | None:
    """How far the newest appeal is (REQ-13); ``decided``: its panel's decision is issued."""
    newest = max(facts.under("appeal"), key=lambda fact: fact.number, default=None)
    if newest is None:
        return None
    case = newest.slot.partition("/")[2]
    decided = _newest(facts.under("decided"))
    by_panel = decided is not None and decided.said["case"] != case and decided.said["issued_at"] > newest.at
    return "decided" if newest.said["state"] == "admitted" and by_panel else str(newest.said["state"])


def _result(facts: Facts) -> Document | None:
    """What accepted reports say, all instalments together; the indicator as the last one says it."""
    reports = facts.under("report_accepted")
    if not reports:
        return None
    last = max(reports, key=lambda fact: fact.said["instalment"])
    return {
        "people_reached": sum(fact.said["people_reached"] for fact in reports),
        "indicator_reached": shown(last.said["indicator_reached"]),
        "final": any(fact.said["final"] for fact in reports),
        "reports": len(reports),
    }


def _stopped(facts: Facts) -> bool:
    payments = facts.get("reporting")
    return payments is not None and bool(payments.said["overdue"])


def _held(facts: Facts, asked: Fact | None) -> Document:
    """Whether the case of the present revision stands still, and why: with the city office, or as an exception of headquarters (REV-7)."""
    revision = None if asked is None else asked.said["revision"]
    over = {fact.slot.partition("/")[2] for noun in ("decided", "closed") for fact in facts.under(noun)}
    for fact in facts.under("hold"):
        state = fact.said["state"]
        if fact.said["revision"] == revision and state in HOLDS and fact.slot.partition("/")[2] not in over:
            return {"hold": state, "hold_reason": fact.said["reason"], "hold_since": fact.at}
    return {"hold": None, "hold_reason": None, "hold_since": None}


def _breaches(facts: Facts) -> list[str]:
    """Which of the city's clocks ran out on this request (REQ-14), by name; one that did so twice is there twice."""
    return sorted(fact.slot.split("/")[1] for fact in facts.under("breach"))


def _seconds(start: str | None, end: str | None) -> int | None:
    if start is None or end is None:
        return None
    return max(0, int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()))


def amount_fields() -> tuple[str, ...]:
    """Return the fields that hold amounts."""
    return tuple(f"amount_{name}" for name in AMOUNTS)
