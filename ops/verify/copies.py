"""I5 – every copy of another service's state equals the newest event of its source, and every outbox is empty.

Written apart from the services that keep the copies: what a copy has to hold is said here again, from the contracts.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ops.verify.findings import Finding
from ops.verify.snapshot import Snapshot

Data = Mapping[str, Any]
Copy = tuple[str, int, dict[str, Any]]
"""Id, sequence, and the fields that have to be there."""

LATER: Final = frozenset({"may_be_paid", "shares"})
"""Fields that copies from an earlier version do not have; they come with the next event."""

REASON_LENGTH: Final = 200  # as case.paused carries it


def _requests_standing(data: Data, number: int) -> Copy:
    return (
        data["organization"],
        number,
        {name: data[name] for name in ("name", "kind", "districts", "standing", "shares") if name in data},
    )


def _review_standing(data: Data, number: int) -> Copy:
    permission = data["standing"]["may_be_decided"]
    reason = (", ".join(permission["reasons"]) or data["standing"]["status"])[:REASON_LENGTH]
    return (
        data["organization"],
        number,
        {"may_be_decided": permission["allowed"], "reason": reason, "name": data["name"]},
    )


def _budget_standing(data: Data, number: int) -> Copy:
    permission = data["standing"]["may_be_committed"]
    fields = {
        "status": data["standing"]["status"],
        "may_be_committed": permission["allowed"],
        "may_be_paid": data["standing"]["may_be_paid"]["allowed"],
    }
    return data["organization"], number, fields


def _district(data: Data, number: int) -> Copy:
    return data["district"], number, {name: value for name, value in data.items() if name != "district"}


def _rule_set(data: Data, number: int) -> Copy:
    ref = data["rule_set"]
    return (
        f"{ref['id']}@{ref['version']}",
        number,
        {"rule_set": ref["id"], "version": ref["version"], "rules": data["rules"]},
    )


def _priority_list(data: Data, _number: int) -> Copy:
    topics = [topic["topic"] for topic in data["topics"]]
    owner = "city" if data["district"] is None else f"district:{data['district']}"
    return owner, data["version"], {"priority_list": data["priority_list"], "topics": topics}


def _book(data: Data, _number: int) -> Copy:
    return data["book"], data["seq"], {name: data[name] for name in ("fiscal_year", "district", "currency")}


def _stop(data: Data, number: int) -> Copy:
    return data["request"], number, {"stopped": "reason" in data}


def _call(data: Data, number: int) -> Copy:
    return f"{data['programme']}/{data['district']}", number, {name: data[name] for name in ("book", "approved")}


SOURCES: Final[Mapping[tuple[str, str], tuple[str, Callable[[Data, int], Copy]]]] = {
    ("requests", "standings"): ("organization.standing_changed.v1", _requests_standing),
    ("review", "standings"): ("organization.standing_changed.v1", _review_standing),
    ("budget", "standings"): ("organization.standing_changed.v1", _budget_standing),
    ("budget", "payment_stops"): ("request.payments_stopped.v1|request.payments_allowed.v1", _stop),
    ("budget", "decided_calls"): ("call.decided.v1", _call),
    ("requests", "districts"): ("district.defined.v1", _district),
    ("requests", "rule_sets"): ("rule_set.adopted.v1", _rule_set),
    ("requests", "priority_lists"): ("priorities.adopted.v1", _priority_list),
    ("requests", "books"): ("book.opened.v1|book.closed.v1", _book),
}
"""(service, collection) → the events it copies, and what the copy of one event is."""


def check_copies(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield copies that are missing, old, changed or of nothing."""
    for (service, collection), (type, make) in SOURCES.items():
        newest: dict[str, Copy] = {}
        for event in snapshot.events(*type.split("|")):
            copy = make(event["data"], int(event["sequence"]))
            if copy[0] not in newest or newest[copy[0]][1] < copy[1]:
                newest[copy[0]] = copy
        kept = snapshot.copies[service, collection]
        for id in sorted({*newest, *kept}):
            what = _difference(newest.get(id), kept.get(id))
            if what is not None:
                yield Finding("I5", f"{service} {collection}/{id}", what)


def _difference(source: Copy | None, copy: Data | None) -> str | None:
    if source is None:
        return "a copy of something that its source does not know"
    if copy is None:
        return f"there is no copy; the source is at {source[1]}"
    if copy["sequence"] != source[1]:
        return f"the copy is of {copy['sequence']}, the source at {source[1]}"
    differing = sorted(
        name
        for name, value in source[2].items()
        if copy.get(name) != value and not (name in LATER and name not in copy)
    )
    return f"the copy differs from its source in: {', '.join(differing)}" if differing else None


def check_outboxes(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield what has not been announced, one finding for each aggregate and book, with the first of its events."""
    first: dict[str, int] = {}
    for id, where in snapshot.waiting.items():
        number = int(snapshot.told[id]["sequence"])
        first[where] = min(number, first.get(where, number))
    for where, number in sorted(first.items()):
        yield Finding(
            "I5", where, f"event {number} is not announced; the service or the broker is away, or it is stuck"
        )
