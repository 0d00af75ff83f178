"""Facts of a row: the newest of each slot, whatever the order."""

from itertools import permutations

from services.portal.domain.facts import Fact, Facts

OLD = Fact("decided/c1", 3, "2026-11-22T08:30:00.000Z", {"outcome": "rejected"})
NEW = Fact("decided/c1", 4, "2026-11-23T08:30:00.000Z", {"outcome": "approved"})
OTHER = Fact("submitted", 1, "2026-11-20T08:30:00.000Z", {})


def folded(*facts: Fact) -> Facts:
    kept = Facts()
    for fact in facts:
        kept = kept.with_(fact)
    return kept


def test_only_a_newer_fact_of_a_slot_replaces_it() -> None:
    for order in permutations((OLD, NEW, OTHER, OLD)):
        kept = folded(*order)
        assert kept.get("decided/c1") == NEW
        assert kept.stored == folded(OTHER, NEW).stored
        assert kept.weight == 5


def test_what_was_stored_is_read_again() -> None:
    kept = folded(NEW, OTHER)
    assert Facts.read(kept.stored).stored == kept.stored
    assert [fact.slot for fact in kept.under("decided")] == ["decided/c1"]
