"""The stored state of every aggregate is the fold of its history; a difference means that somebody wrote past the services."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ops.verify.findings import Finding
from services.registry.outbound.store import DISTRICTS, ORGANIZATIONS
from services.requests.outbound.store import PROGRAMMES, REQUESTS
from services.review.outbound.store import CASES, PRIORITY_LISTS, RULE_SETS, WORKING_GROUPS
from shared.storage.aggregates import fold
from shared.storage.codec import from_document, to_document
from shared.storage.ports import AggregateKind

Document = Mapping[str, Any]
Kind = AggregateKind[Any, Any]

KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "registry": (DISTRICTS, ORGANIZATIONS),
    "requests": (PROGRAMMES, REQUESTS),
    "review": (RULE_SETS, PRIORITY_LISTS, WORKING_GROUPS, CASES),
}
"""What is kept as one document per aggregate, by service. Budget keeps a journal instead."""


def check_history(kind: Kind, document: Document) -> Iterator[Finding]:
    """Yield what is wrong between one stored document and its history."""
    where = f"{kind.noun}/{document['_id']}"
    numbers = [entry["n"] for entry in document["history"]]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Finding("I5", where, "its history has a gap or a repeat")
        return
    types = {event.__name__: event for event in kind.events}
    try:
        events = [from_document(entry["data"], types[entry["type"]]) for entry in document["history"]]
        state = to_document(fold(kind, events))
    except Exception as error:  # noqa: BLE001 - a tampered history may break anything; that is the finding
        yield Finding("I5", where, f"its history cannot be folded: {type(error).__name__} {error}")
        return
    differing = sorted(field for field, value in state.items() if document.get(field) != value)
    if differing:
        yield Finding("I5", where, f"its state is not the fold of its history in: {', '.join(differing)}")
