"""Indexes as data: one list per service, created at start, safe when several replicas start together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Index:
    """One index. keys: fields with 1 or −1. partial: the filter of a partial index."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False
    partial: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """Derived from the keys, so that replicas that start together mean the same index."""
        return "_".join(f"{key}_{direction}" for key, direction in self.keys) + ("_unique" if self.unique else "")

    @property
    def options(self) -> Mapping[str, Any]:
        """What the database's ``create_index`` needs beside the keys."""
        options: dict[str, Any] = {"name": self.name}
        if self.unique:
            options["unique"] = True
        if self.sparse:
            options["sparse"] = True
        if self.partial is not None:
            options["partialFilterExpression"] = dict(self.partial)
        return options


def aggregate_indexes(collection: str) -> Sequence[Index]:
    """Return the indexes of the outbox sweep and of the timers, which every collection of aggregates has."""
    return (
        Index(collection, (("unsent_since", 1),), sparse=True),
        Index(collection, (("due_at", 1),), sparse=True),
    )
