"""Merging a likely duplicate into the organisation that it is (REG-5): both records stay, one of them points to the other."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from services.registry.domain.profile import Profile
from shared.contracts.refusals import Refusal

MergedPart = Literal[
    "names", "districts", "topics", "licence", "address", "contact", "account", "representatives", "purpose"
]
MERGED_PARTS: Final[tuple[MergedPart, ...]] = get_args(MergedPart)
"""Parts that the survivor can take over. Kind and legal id stay its own: whoever has the right ones is the one to survive."""


@dataclass(frozen=True)
class Merger:
    """Into which organisation this one was merged, which parts that takes over, why, by whom and when.

    completed: the survivor has taken them over; until then the timer looks after it.
    """

    survivor: str
    parts: tuple[MergedPart, ...]
    reason: str
    by: str
    at: datetime
    completed: bool = False


@dataclass(frozen=True)
class MergedInto:
    """The organisation is another one; it has no standing of its own."""

    merger: Merger


@dataclass(frozen=True)
class MergerCompleted:
    """The survivor has taken over what it should."""

    at: datetime


@dataclass(frozen=True)
class Absorbed:
    """The organisation took over parts of one that was merged into it; ``names``, ``words``: what its names are now found by."""

    other: str
    parts: tuple[MergedPart, ...]
    profile: Profile
    names: tuple[str, ...]
    words: tuple[str, ...]
    by: str
    at: datetime
    shares: tuple[str, ...] = ()
    """As in SearchKeys."""


MERGE_EVENTS: Final = (MergedInto, MergerCompleted, Absorbed)
MergeEvent = MergedInto | MergerCompleted | Absorbed


class HadStanding(Refusal):
    """Whoever had a standing may have money pending; only what never had one is merged into another."""

    code = "merged_had_standing"


def merged_profile(survivor: Profile, other: Profile, parts: tuple[MergedPart, ...]) -> Profile:
    """Return the survivor's profile with these parts of the other: names as former ones, districts and topics beside its own."""
    taken = {part: getattr(other, part) for part in parts if part not in ("names", "districts", "topics")}
    for part in ("districts", "topics"):
        if part in parts:
            taken[part] = tuple(dict.fromkeys((*getattr(survivor, part), *getattr(other, part))))
    if "names" in parts:
        former = dict.fromkeys((*survivor.names.former, other.names.fa, *other.names.former))
        former.pop(survivor.names.fa, None)
        taken["names"] = replace(survivor.names, former=tuple(former))
    return replace(survivor, **taken)
