"""The events that a history implies: what fills the archive again when it lost some (docs/decisions/0019).

Histories are the source; an event is derived from them again with the id, sequence, time and data it was announced with. Only its trace
context is gone: histories do not keep it.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from shared.contracts.envelope import Cause, envelop
from shared.storage.codec import from_document
from shared.storage.mongo import MongoDocuments
from shared.storage.ports import AggregateKind, Document


class Unfaithful(Exception):
    """The history no longer implies as many events as were announced: it was changed by hand, or its code was. Nothing is derived."""


def implied(kind: AggregateKind[Any, Any], document: Document) -> Sequence[Document]:
    """Return every event announced of this aggregate so far, in order. Raises Unfaithful."""
    types = {event.__name__: event for event in kind.events}
    raised = {step["after"]: step["to"] for step in document.get("raised", ())}
    sequence, state = raised.get(0, 0), None
    events: list[Document] = []
    for entry in document["history"]:
        event = from_document(entry["data"], types[entry["type"]])
        state = kind.evolve(state, event)
        cause = Cause(entry["actor"], entry["correlation"], entry.get("causation"))
        for data in kind.announce(state, event):
            sequence += 1
            subject = f"{kind.noun}/{document['_id']}"
            events.append(envelop(data, subject=subject, number=sequence, at=entry["at"], cause=cause))
        sequence = max(sequence, raised.get(entry["n"], 0))
    if sequence != document["sequence"]:
        raise Unfaithful(
            f"{kind.noun}/{document['_id']}: {document['sequence']} were announced, its history implies {sequence}"
        )
    return events


async def implied_by_all(
    documents: MongoDocuments, kind: AggregateKind[Any, Any]
) -> AsyncIterator[Sequence[Document] | Unfaithful]:
    """Yield the events of every aggregate of a collection, or why they cannot be derived. Raises Unavailable."""
    async for id in documents.ids({}):
        document = await documents.whole(id)
        if document is not None:
            try:
                events = implied(kind, document)
            except Unfaithful as error:
                yield error
            else:
                yield events
