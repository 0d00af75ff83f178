"""Facts: what a row has heard, one for each slot, whatever order the events came in.

An event fills a slot of the row it is about, and only a newer event of the same slot replaces it. What a row shows is a pure function of
its facts. So a row is the same after any order and any repetition of its events, and after a rebuild from the archive.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """What one event said. slot: its place in the row; number: its sequence in its aggregate; at: its time, UTC."""

    slot: str
    number: int
    at: str
    said: Mapping[str, Any] = field(default_factory=dict)


class Facts:
    """All facts of one row, in the order of their slots."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._by_slot = {fact.slot: fact for fact in facts}

    @classmethod
    def read(cls, stored: Sequence[Mapping[str, Any]]) -> "Facts":
        """Return the facts that ``stored`` wrote."""
        return cls(Fact(one["slot"], one["number"], one["at"], one["said"]) for one in stored)

    @property
    def stored(self) -> list[Document]:
        """The facts as they are kept in their row."""
        return [
            {"slot": fact.slot, "number": fact.number, "at": fact.at, "said": dict(fact.said)}
            for _, fact in sorted(self._by_slot.items())
        ]

    @property
    def weight(self) -> int:
        """The row's sequence: it grows with each newer fact, and is the same for the same facts."""
        return sum(fact.number for fact in self._by_slot.values())

    def with_(self, fact: Fact) -> "Facts":
        """Return the facts with this one, unless its slot holds one as new or newer."""
        held = self._by_slot.get(fact.slot)
        if held is not None and held.number >= fact.number:
            return self
        return Facts([*self._by_slot.values(), fact])

    def get(self, slot: str) -> Fact | None:
        """Return the fact of a slot."""
        return self._by_slot.get(slot)

    def under(self, noun: str) -> list[Fact]:
        """Return the facts of all slots ``<noun>/…``, in the order of their slots."""
        return [fact for slot, fact in sorted(self._by_slot.items()) if slot.startswith(f"{noun}/")]
