"""I5 – ``sama.public`` holds the public form of every event that histories and journals tell and that is not waiting in an outbox, as it
is made now, and nothing else: what outsiders hear and no form is made of would be a leak."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ops.verify.findings import Finding
from shared.contracts.budget import BookHeadPublished
from shared.contracts.public.base import PUBLIC_EVENTS
from shared.contracts.public.forms import public_form

STREAM: Final = "sama.public"

Event = Mapping[str, Any]
Heads = Collection[tuple[str, int, str]]


@dataclass
class Shown:
    """What the stream for outsiders holds; ``take`` it in message by message, in any number of readings. ``last``: the last offset."""

    events: dict[str, Event] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    last: int = -1

    def take(self, offset: int, body: bytes) -> None:
        """Take in one message; one that was taken before is ignored."""
        if offset <= self.last:
            return
        self.last = offset
        try:
            event = _told(orjson.loads(body))
        except Exception as error:  # noqa: BLE001 - whatever is there has to be named, not to end the check
            what = f"it is no public event of ours: {type(error).__name__}"
            self.findings.append(Finding("I5", f"{STREAM} offset {offset}", what))
            return
        if self.events.setdefault(event["id"], event) != event:
            where = f"{event['subject']} event {int(event['sequence'])}"
            what = f"outsiders were told it twice with different content, again at offset {offset}"
            self.findings.append(Finding("I5", where, what))


def check_public(shown: Shown, told: Mapping[str, Event], waiting: Collection[str], heads: Heads) -> Iterator[Finding]:
    """Yield, of each aggregate and book, the first public event that misses, differs, or should not be there.

    told: internal events by id; waiting: ids of those that are not announced yet; heads: (book, seq, hash) of the archive's.
    """
    forms = {id: form for id, event in told.items() if (form := public_form(event)) is not None}
    right = {form["id"] for form in forms.values()}
    first: dict[str, tuple[int, str]] = {}
    for event, what in [*_missing(shown, forms, waiting), *_beside(shown, right, heads)]:
        subject, number = event["subject"], int(event["sequence"])
        if subject not in first or number < first[subject][0]:
            first[subject] = (number, f"{event['type']} {what}")
    for subject, (number, what) in sorted(first.items()):
        yield Finding("I5", f"{subject} event {number}", what)


def _missing(shown: Shown, forms: Mapping[str, Event], waiting: Collection[str]) -> Iterator[tuple[Event, str]]:
    """forms: by the internal event's id."""
    for id, form in forms.items():
        seen = shown.events.get(form["id"])
        if seen is None and id not in waiting:
            yield form, f"was announced, and {STREAM} does not have it"
        elif seen is not None and seen != _told(form):
            yield form, f"in {STREAM} is not the public form of what its history tells"


def _beside(shown: Shown, right: Collection[str], heads: Heads) -> Iterator[tuple[Event, str]]:
    for id, event in shown.events.items():
        if event["type"] == BookHeadPublished.event_type:
            data = event["data"]
            if (data["book"], data["seq"], data["hash"]) not in heads:
                yield event, f"is in {STREAM}, and the archive knows no such head"
        elif id not in right:
            yield event, f"is in {STREAM}, and is the public form of nothing that a history or a book tells"


def _told(event: Event) -> Event:
    # Through its contract: a field that came later has its default in an old event, and is then no difference.
    data = PUBLIC_EVENTS[event["type"]].model_validate(event["data"]).model_dump(mode="json")
    return {**event, "data": data}
