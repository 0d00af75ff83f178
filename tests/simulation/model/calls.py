"""Ranked calls (BUD-5): ranked once, by score × weight, submission and id, when no case is awaited, and nobody reserved before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Document = Mapping[str, Any]

UNDECIDED: Final = frozenset({"submitted", "in_review", "changes_requested"})


@dataclass
class Unranked:
    """Who waits in one book for the ranking of a call; ``ranked``: calls that were."""

    waiting: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    """Request → (programme, points, submitted at)."""
    ranked: set[str] = field(default_factory=set)

    def wrong_with(self, entry: Document) -> str | None:
        """Take an entry; return what is wrong with it."""
        kind, request, facts = entry["kind"], entry.get("subject"), entry["facts"]
        if kind == "reservation_made" and request in self.waiting:
            return f"I2: {request} is reserved before its call is ranked"
        if kind == "year_closed" and self.waiting:
            return f"I2: closed while {sorted(self.waiting)} wait for a ranking"
        if kind == "reservation_waiting" and "programme" in facts:
            if facts["programme"] in self.ranked:
                return f"I2: {request} waits for a ranking that was"
            self.waiting[str(request)] = (facts["programme"], facts["points"], facts["submitted_at"])
        if kind == "programme_ranked":
            return self._ranked(str(request), facts["order"])
        if kind in ("reservation_released", "barred"):
            self.waiting.pop(str(request), None)
        return None

    def _ranked(self, programme: str, order: Sequence[str]) -> str | None:
        rivals = {request: by for request, by in self.waiting.items() if by[0] == programme}
        wanted = sorted(rivals, key=lambda request: (-rivals[request][1], rivals[request][2], request))
        if programme in self.ranked:
            return f"I3: {programme} is ranked twice"
        if list(order) != wanted:
            return f"I2: ranked as {order}, not as {wanted}"
        self.ranked.add(programme)
        for request in rivals:
            del self.waiting[request]
        return None


class Calls:
    """The calls as requests sees them."""

    def __init__(self) -> None:
        self.decided: set[str] = set()
        self._awaited: dict[str, str] = {}
        """Request that may yet be approved, without headquarters → programme."""

    def request(self, document: Document) -> None:
        """Keep whether its call waits for it."""
        excepted = any(fact["step"] == "excepted" for fact in document["case_facts"])
        if document["status"] in UNDECIDED and document["proposal"]["support"] == "money" and not excepted:
            self._awaited[document["_id"]] = document["proposal"]["programme"]
        else:
            self._awaited.pop(document["_id"], None)

    def programme(self, document: Document, entries: Sequence[Document]) -> Iterator[str]:
        """A call is decided once, closed, and when no case of it is awaited."""
        for entry in entries:
            if entry["type"] == "CallDecided":
                id = document["_id"]
                awaited = sorted(request for request, call in self._awaited.items() if call == id)
                if id in self.decided or document["status"] != "closed" or awaited:
                    yield f"I3: call {id} is {document['status']} and decided, while {awaited} are awaited"
                self.decided.add(id)

    def quiet(self, programmes: Sequence[Document], books: Mapping[str, Any]) -> Iterator[str]:
        """Whatever is over is ranked in each of its books, and nothing else is."""
        ranked = {call for book in books.values() for call in book.unranked.ranked}
        for document in programmes:
            id, terms = document["_id"], document["terms"]
            if terms["waiting_rule"] != "ranked" or document["status"] != "closed" or id in self._awaited.values():
                continue
            if id not in self.decided or id not in ranked:
                yield f"I5: no case of call {id} is awaited, and it is {'' if id in ranked else 'not '}ranked"
        if ranked - self.decided:
            yield f"I5: {sorted(ranked - self.decided)} are ranked, and their cases go on"
