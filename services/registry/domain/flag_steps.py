"""What is done about flags (REG-3). A red flag suspends at once: the flag and the suspension are one decision, and so one write."""

from collections.abc import Sequence
from datetime import datetime

from services.registry.domain.flags import (
    LEVELS,
    FlagLevelRaised,
    FlagRaised,
    FlagResolution,
    FlagResolved,
    FlagStep,
    LevelNotHigher,
    find_open_flag,
)
from services.registry.domain.organization import Organization, OrganizationEvent, Suspended, may_be_suspended
from shared.contracts.registry import FlagLevel


def raise_flag(
    state: Organization, level: FlagLevel, reason: str, *, by: str, now: datetime, answer_by: datetime | None = None
) -> Sequence[OrganizationEvent]:
    """Set a flag; a red one suspends whoever has a standing, who may answer until ``answer_by``.

    Who may set which level is the use case's to know.
    """
    step = FlagStep(level, reason, by, now)
    return [FlagRaised(len(state.flags) + 1, step), *_suspended_by(state, step, answer_by)]


def raise_flag_level(
    state: Organization,
    number: int,
    level: FlagLevel,
    reason: str,
    *,
    by: str,
    now: datetime,
    answer_by: datetime | None = None,
) -> Sequence[OrganizationEvent]:
    """Raise an open flag to a higher level; red suspends. Raises NoSuchFlag, FlagIsResolved, LevelNotHigher."""
    flag = find_open_flag(state.flags, number)
    if LEVELS.index(level) <= LEVELS.index(flag.level):
        raise LevelNotHigher(level=flag.level)
    step = FlagStep(level, reason, by, now)
    return [FlagLevelRaised(number, step), *_suspended_by(state, step, answer_by)]


def resolve_flag(
    state: Organization, number: int, reason: str, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Say why a flag no longer stands; a suspension that it brought is ended apart from it. Raises NoSuchFlag, FlagIsResolved."""
    flag = find_open_flag(state.flags, number)
    return [FlagResolved(number, flag.level, FlagResolution(reason, by, now))]


def _suspended_by(state: Organization, step: FlagStep, answer_by: datetime | None) -> Sequence[OrganizationEvent]:
    if step.level == "red" and may_be_suspended(state):
        return [Suspended(step.reason, step.by, step.at, answer_by)]
    return []
