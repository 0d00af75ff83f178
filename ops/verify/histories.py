"""The stored state of every aggregate is the fold of its history, and the history tells which events it has announced.

A difference means that somebody wrote past the services (I5), or that a state which absorbs was left (I4).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ops.verify.findings import Finding
from services.registry.outbound.store import DISTRICTS, IMPORTS, ORGANIZATIONS
from services.requests.outbound.store import CEILINGS, PLACES, PROGRAMMES, QUESTIONS, REQUESTS
from services.review.outbound.store import KINDS as REVIEW_KINDS
from services.webhooks.outbound.store import SUBSCRIPTIONS
from shared.contracts.envelope import Cause, envelop
from shared.storage.codec import from_document, to_document
from shared.storage.ports import AggregateKind

Document = Mapping[str, Any]
Event = dict[str, Any]
Kind = AggregateKind[Any, Any]

KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "registry": (DISTRICTS, ORGANIZATIONS, IMPORTS),
    "requests": (PROGRAMMES, QUESTIONS, PLACES, CEILINGS, REQUESTS),
    "review": REVIEW_KINDS,
    "webhooks": (SUBSCRIPTIONS,),
}
"""What is kept as one document per aggregate, by service. Budget keeps a journal instead."""

ABSORBING: Final[Mapping[str, frozenset[str]]] = {
    "organization": frozenset({"revoked"}),  # a refusal can be undone by an appeal (REG-7)
    "programme": frozenset({"closed"}),
    # a rejection can be overturned by a panel (REQ-13)
    "request": frozenset({"withdrawn", "lapsed", "declined", "closed", "cancelled", "ended_by_agreement"}),
    "case": frozenset({"decided", "changes_requested", "withdrawn"}),
    "concern": frozenset({"resolved"}),
    "obstacle": frozenset({"answered"}),
    "meeting": frozenset({"adopted", "cancelled"}),
    "visit": frozenset({"reported", "cancelled"}),
    "webhook": frozenset({"ended"}),
}
"""States that are never left, by noun."""


@dataclass
class Retold:
    """One history told again: what is wrong with the document, every event it has led to, and the ids of those not announced yet."""

    where: str
    findings: list[Finding] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def check_history(kind: Kind, document: Document) -> Iterator[Finding]:
    """Yield what is wrong between one stored document and its history."""
    yield from retell(kind, document).findings


def retell(kind: Kind, document: Document) -> Retold:
    """Fold the history of one document again, compare, and announce again what it announced."""
    told = Retold(f"{kind.noun}/{document['_id']}")
    try:
        _retell(kind, document, told)
    except Exception as error:  # noqa: BLE001 - a tampered history may break anything; that is the finding
        told.findings.append(Finding("I5", told.where, f"its history cannot be folded: {type(error).__name__} {error}"))
    return told


def _retell(kind: Kind, document: Document, told: Retold) -> None:
    history = document["history"]
    numbers = [entry["n"] for entry in history]
    if numbers != list(range(1, len(numbers) + 1)):
        told.findings.append(Finding("I5", told.where, _gap(numbers)))
        return
    types = {event.__name__: event for event in kind.events}
    state: Any = None
    for entry in history:
        event = from_document(entry["data"], types[entry["type"]])
        before, state = _status(state), kind.evolve(state, event)
        if before in ABSORBING.get(kind.noun, ()) and _status(state) != before:
            told.findings.append(
                Finding("I4", told.where, f"entry {entry['n']} of its history leaves {before}, which absorbs")
            )
        cause = Cause(entry["actor"], entry["correlation"], entry.get("causation"))
        for data in kind.announce(state, event):
            told.events.append(
                envelop(data, subject=told.where, number=len(told.events) + 1, at=entry["at"], cause=cause)
            )
    told.findings += _compare(kind, document, state, told)
    _take_waiting(document, told)


def _compare(kind: Kind, document: Document, state: Any, told: Retold) -> Iterator[Finding]:
    wanted = {**to_document(state), "due_at": kind.due_at(state), "sequence": len(told.events)}
    # Read as the services read it: what was written before a field came has its default (docs/upgrades.md).
    kept = {**document, **to_document(from_document(dict(document), kind.state))}
    differing = sorted(field for field, value in wanted.items() if kept.get(field) != value)
    if differing:
        yield Finding("I5", told.where, f"its state is not the fold of its history in: {', '.join(differing)}")


def _take_waiting(document: Document, told: Retold) -> None:
    """Compare the outbox with the events of the history."""
    by_id = {event["id"]: event for event in told.events}
    for waiting in document["outbox"]:
        event = by_id.get(waiting["id"])
        if event is None:
            told.findings.append(
                Finding(
                    "I5",
                    told.where,
                    f"its outbox holds {waiting['type']} {waiting['id']}, which its history does not tell",
                )
            )
            continue
        told.waiting.append(event["id"])
        if any(waiting.get(name) != event[name] for name in ("type", "subject", "sequence", "time", "data")):
            told.findings.append(
                Finding("I5", told.where, f"event {int(event['sequence'])} in its outbox is not what its history tells")
            )


def _gap(numbers: list[int]) -> str:
    wrong = next((n for n, number in enumerate(numbers, 1) if n != number), len(numbers))
    return f"its history has a gap or a repeat at entry {wrong}"


def _status(state: Any) -> str | None:
    return getattr(state, "status", None)
