"""I5 – requests knows of each case and of each place in a book exactly what review and budget announced, once.

Written apart from requests: what a kept fact has to hold is said here again, from the contracts.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ops.verify.findings import Finding
from ops.verify.snapshot import Snapshot

Document = Mapping[str, Any]

CASE_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "case.opened.v1": ("deadline",),
    "case.deadline_moved.v1": ("deadline",),
    "case.paused.v1": ("reason",),
    "case.resumed.v1": ("deadline",),
    "case.stalled.v1": ("reason",),
    "case.continued.v1": ("deadline",),
    "case.excepted.v1": ("reason",),
    "case.changes_requested.v1": ("fields",),
    "case.closed.v1": (),
    "case.decided.v1": ("outcome", "amount", "reason"),
    "case.decided.v2": ("outcome", "amount", "reason"),
}
"""Events of a case that its request keeps, with what it keeps of them."""

BOOK_EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "reservation.made.v1": {},
    "hold.released.v1": {"reason": "reason", "remains": "awarded"},
    "reservation.waiting.v1": {},
    "reservation.refused.v1": {"reason": "reason"},
    "reservation.paused.v1": {"holds": "state"},
    "reservation.resumed.v1": {"holds": "state"},
    "reservation.released.v1": {"reason": "reason"},
    "commitment.made.v1": {},
    "commitment.refused.v1": {"reason": "reason"},
    "commitment.released.v1": {"holds": "to", "reason": "reason", "remains": "remains", "ended": "ended"},
    "refund.received.v1": {"finding": "finding"},
    "ineligible.found.v1": {"finding": "finding"},
    "ineligible.documented.v1": {"finding": "finding"},
    "ineligible.written_off.v1": {"finding": "finding"},
    "award.carried_in.v1": {"holds": "state"},
    "payment.prepared.v1": {"amount": "gross", "payment": "payment"},
    "payment.made.v1": {"amount": "gross", "payment": "payment"},
    "payment.failed.v1": {"amount": "gross", "holds": "was", "reason": "reason", "payment": "payment"},
    "payment.given_up.v1": {"amount": "gross", "holds": "to", "reason": "reason", "payment": "payment"},
}
"""Events of a book that the request keeps: field of the fact → field of the event."""


def check_facts(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield requests that know less, more or something else than was announced about them; of each the first difference."""
    told: dict[str, dict[str, Document]] = {}
    for event in snapshot.events(*CASE_EVENTS):
        told.setdefault(event["data"]["request"], {})[_key(event)] = _case_fact(event)
    for event in snapshot.events(*BOOK_EVENTS):
        told.setdefault(event["data"]["request"], {})[f"book {event['data']['book']} {event['data']['seq']}"] = (
            _book_fact(event)
        )
    requests = snapshot.states["request"]
    for id in sorted({*told, *requests}):
        if id not in requests:
            yield Finding("I5", f"request/{id}", "others announced something about it, and requests does not know it")
            continue
        what = _difference(told.get(id, {}), _kept(requests[id]))
        if what is not None:
            yield Finding("I5", f"request/{id}", what)


def _key(event: Document) -> str:
    return f"case {event['data']['case']} event {int(event['sequence'])}"


def _case_fact(event: Document) -> Document:
    data = event["data"]
    fact: dict[str, Any] = {
        "case": data["case"],
        "revision": data["revision"],
        "number": int(event["sequence"]),
        "step": event["type"].split(".")[1],
        "at": datetime.fromisoformat(event["time"]),
        "deadline": None,
        "fields": [],
        "outcome": None,
        "amount": None,
        "reason": "",
    }
    fact |= {name: data[name] for name in CASE_EVENTS[event["type"]]}
    if fact["deadline"] is not None:
        fact["deadline"] = datetime.fromisoformat(fact["deadline"])
    return fact


def _book_fact(event: Document) -> Document:
    data, (noun, verb, _) = event["data"], event["type"].split(".")
    fact: dict[str, Any] = {
        "seq": data["seq"],
        "step": f"{noun}_{verb}",
        "amount": data.get("amount"),
        "at": datetime.fromisoformat(event["time"]),
        "holds": None,
        "reason": "",
    }
    if event["type"] == "reservation.waiting.v1":  # it may stand still from the first
        fact |= {"step": "reservation_paused" if data["paused"] else "reservation_waiting", "holds": "waiting"}
    return fact | {name: data[source] for name, source in BOOK_EVENTS[event["type"]].items() if source in data}


def _kept(request: Document) -> dict[str, Document]:
    facts = {f"case {fact['case']} event {fact['number']}": fact for fact in request["case_facts"]}
    return facts | {
        f"book {fact.get('book') or _first_book(request)} {fact['seq']}": fact for fact in request["book_facts"]
    }


def _first_book(request: Document) -> str:
    """Return the book that funds it first; facts of it do not name it."""
    return f"district:{request['proposal']['district']}/{request['revisions'][-1]['frozen']['fiscal_year']}"


def _difference(told: Mapping[str, Document], kept: Mapping[str, Document]) -> str | None:
    for key in sorted({*told, *kept}):
        if key not in kept:
            return f"it has not heard of {key}: {told[key]['step']}"
        if key not in told:
            return f"it knows {key}, {kept[key]['step']}, which nobody announced"
        differing = [name for name, value in told[key].items() if kept[key].get(name) != value]
        if differing:
            return f"what it knows of {key} differs in: {', '.join(differing)}"
    return None
