"""How an amount is split by published weights (BUD-4)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weight:
    """One district's weight and its place in the city's own order."""

    district: str
    weight: int
    order: int


@dataclass(frozen=True, slots=True)
class Split:
    """The shares in district order, and how many units the whole shares left over."""

    shares: tuple[tuple[str, int], ...]
    remainder: int


def split(amount: int, weights: Sequence[Weight]) -> Split:
    """Split by the largest remainder; equal remainders go by district order (BUD-4).

    Each gets its whole share; what is left over goes, one unit each, to those whose share was cut most. ``weights`` is not
    empty and each weight is at least 1. 50,000,000,000 over 13 equal weights leaves 2: the first two get one more.
    """
    ordered = sorted(weights, key=lambda w: w.order)  # stable: without orders, the order in which they are given
    total = sum(w.weight for w in ordered)
    whole = [amount * w.weight // total for w in ordered]
    cut = [amount * w.weight % total for w in ordered]
    remainder = amount - sum(whole)
    for place in sorted(range(len(ordered)), key=lambda i: -cut[i])[:remainder]:
        whole[place] += 1
    return Split(tuple((w.district, share) for w, share in zip(ordered, whole, strict=True)), remainder)
