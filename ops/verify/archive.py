"""I5 – ``sama.archive`` holds every event that histories and journals tell and that is not waiting in an outbox, with the same content, and
nothing that no history knows."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ops.verify.findings import Finding
from shared.contracts.base import EVENTS
from shared.contracts.schema_files import schemas

CONTENT: Final = ("id", "source", "type", "subject", "time", "sequence")
CAUSE: Final = ("correlationid", "causationid", "actor")
WITHHELD: Final = "withheld"  # the actor of an entry that was anonymised since it was announced
HEAD: Final = "book.head_published.v1"


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of the archive, as far as it is compared: digests of its content and of its cause."""

    type: str
    subject: str
    number: int
    content: str
    cause: str


@dataclass
class Archived:
    """What the archive holds; ``take`` it in message by message, in any number of readings. ``last``: the last offset."""

    events: dict[str, Seen] = field(default_factory=dict)
    heads: list[tuple[str, int, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    messages: int = 0
    last: int = -1

    def take(self, offset: int, body: bytes) -> None:
        """Take in one message; one that was taken before is ignored."""
        if offset <= self.last:
            return
        self.last, self.messages = offset, self.messages + 1
        try:
            event = orjson.loads(body)
            seen = _seen(event)
            if event["type"] == HEAD:
                self.heads.append((event["data"]["book"], event["data"]["seq"], event["data"]["hash"]))
                return
        except Exception as error:  # noqa: BLE001 - whatever is there has to be named, not to end the check
            self.findings.append(
                Finding("I5", f"archive offset {offset}", f"it is no event of ours: {type(error).__name__} {error}")
            )
            return
        before = self.events.setdefault(event["id"], seen)
        if before.content != seen.content:
            self.findings.append(
                Finding(
                    "I5",
                    f"{seen.subject} event {seen.number}",
                    f"the archive has it twice with different content, again at offset {offset}",
                )
            )


def check_archive(
    archived: Archived, told: Mapping[str, Mapping[str, Any]], waiting: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield, of each aggregate and book, the first event that differs between the archive and the histories.

    told: events by id; waiting: ids of those that are not announced yet.
    """
    wrong: dict[str, tuple[int, str]] = {}

    def note(subject: str, number: int, what: str) -> None:
        if subject not in wrong or number < wrong[subject][0]:
            wrong[subject] = (number, what)

    for id, event in told.items():
        seen = archived.events.get(id)
        what = _difference(event, seen) if seen is not None or id not in waiting else None
        if what is not None:
            note(event["subject"], int(event["sequence"]), f"{event['type']} {what}")
    for id, seen in archived.events.items():
        if id not in told:
            note(seen.subject, seen.number, f"the archive has {seen.type}, which no history and no book knows")
    for subject, (number, what) in sorted(wrong.items()):
        yield Finding("I5", f"{subject} event {number}", what)


def _difference(event: Mapping[str, Any], seen: Seen | None) -> str | None:
    if seen is None:
        return "was announced and is not in the archive"
    expected = _seen(event)
    if expected.content != seen.content:
        return "in the archive is not what its history tells"
    if expected.cause != seen.cause and event["actor"] != WITHHELD:
        return "in the archive names another cause or actor than its history"
    return None


def _seen(event: Mapping[str, Any]) -> Seen:
    if not EVENTS:
        schemas()  # imports every announcer's contracts
    # Through its contract: a field that came later has its default in an old event, and is then no difference.
    data = EVENTS[event["type"]].model_validate(event["data"]).model_dump(mode="json")
    content = {name: event[name] for name in CONTENT} | {"data": data}
    cause = {name: event.get(name) for name in CAUSE}
    return Seen(event["type"], event["subject"], int(event["sequence"]), _digest(content), _digest(cause))


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
