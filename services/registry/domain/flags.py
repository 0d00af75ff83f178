"""Flags on an organisation (REG-3): observation → risk → escalated → red, with history, never deleted.

A flag is a note of the office to itself: whoever sees the organisation from outside, its own people included, does not see its flags.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from shared.contracts.refusals import Refusal
from shared.contracts.registry import FlagLevel

LEVELS: Final[tuple[FlagLevel, ...]] = get_args(FlagLevel)
BLOCKING: Final[frozenset[FlagLevel]] = frozenset({"escalated", "red"})
"""Open flags of these levels stand in the way of an approval (REG-2); the city office alone resolves them."""

FlagStatus = Literal["open", "resolved"]


@dataclass(frozen=True)
class FlagStep:
    """One step of a flag's history: the level that it reached, why, by whom (token subject) and when."""

    level: FlagLevel
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class FlagResolution:
    """Why a flag no longer stands, by whom and when."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Flag:
    """A flag; ``number`` counts the organisation's flags from 1. ``steps``: its whole history, oldest first."""

    number: int
    level: FlagLevel
    steps: tuple[FlagStep, ...]
    resolution: FlagResolution | None = None

    @property
    def status(self) -> FlagStatus:
        """Return whether it still stands."""
        return "open" if self.resolution is None else "resolved"


@dataclass(frozen=True)
class FlagRaised:
    """A flag was set."""

    number: int
    step: FlagStep


@dataclass(frozen=True)
class FlagLevelRaised:
    """An open flag reached a higher level."""

    number: int
    step: FlagStep


@dataclass(frozen=True)
class FlagResolved:
    """A flag no longer stands; it stays on record."""

    number: int
    level: FlagLevel
    resolution: FlagResolution


FlagEvent = FlagRaised | FlagLevelRaised | FlagResolved
FLAG_EVENTS: Final = (FlagRaised, FlagLevelRaised, FlagResolved)


class NoSuchFlag(Refusal):
    """The organisation has no flag of this number."""

    code = "no_such_flag"
    kind = "not_found"


class FlagIsResolved(Refusal):
    """The flag was resolved before; a new one can be raised."""

    code = "flag_is_resolved"


class LevelNotHigher(Refusal):
    """A flag's level only rises; what is less serious than thought is resolved with a reason."""

    code = "flag_level_not_higher"


class BlockedByFlag(Refusal):
    """An open flag stands in the way (REG-2, REG-3)."""

    code = "blocked_by_flag"


def open_flags(flags: Sequence[Flag], levels: frozenset[FlagLevel] = frozenset(LEVELS)) -> Sequence[Flag]:
    """Return the flags of these levels that still stand."""
    return [flag for flag in flags if flag.status == "open" and flag.level in levels]


def highest_open(flags: Sequence[Flag]) -> FlagLevel | None:
    """Return the highest level among the flags that stand, or None."""
    return max((flag.level for flag in open_flags(flags)), key=LEVELS.index, default=None)


def require_none_open(flags: Sequence[Flag], levels: frozenset[FlagLevel]) -> None:
    """Raise BlockedByFlag while a flag of one of the levels stands."""
    found = open_flags(flags, levels)
    if found:
        raise BlockedByFlag(flags=", ".join(str(flag.number) for flag in found))


def find_flag(flags: Sequence[Flag], number: int) -> Flag:
    """Return a flag by its number. Raises NoSuchFlag."""
    for flag in flags:
        if flag.number == number:
            return flag
    raise NoSuchFlag(flag=number)


def find_open_flag(flags: Sequence[Flag], number: int) -> Flag:
    """Return a flag that stands. Raises NoSuchFlag, FlagIsResolved."""
    flag = find_flag(flags, number)
    if flag.status != "open":
        raise FlagIsResolved(flag=number)
    return flag


def evolve_flags(flags: tuple[Flag, ...], event: FlagEvent) -> tuple[Flag, ...]:
    """Fold one event into the flags."""
    match event:
        case FlagRaised():
            return (*flags, Flag(event.number, event.step.level, (event.step,)))
        case FlagLevelRaised():
            return tuple(
                replace(flag, level=event.step.level, steps=(*flag.steps, event.step))
                if flag.number == event.number
                else flag
                for flag in flags
            )
        case FlagResolved():
            return tuple(
                replace(flag, resolution=event.resolution) if flag.number == event.number else flag for flag in flags
            )
