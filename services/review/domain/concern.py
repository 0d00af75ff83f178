"""Concerns (مسئله اولویت‌دار محله): what a neighbourhood's council identifies and monitors until it is resolved (REV-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.contracts.participation import ConcernStatus
from shared.contracts.refusals import Refusal

MOST_REMARKS: Final = 100  # they stay in the document; a council that looks once a month needs eight years for them


class ConcernResolvedAlready(Refusal):
    """A resolved concern is over; what comes again is reported again."""

    code = "concern_resolved_already"


class ConcernNotMonitored(Refusal):
    """What nobody has looked after is not resolved: it is monitored first."""

    code = "concern_not_monitored"


class TooManyRemarks(Refusal):
    """The concern was remarked on as often as it may be; resolve it."""

    code = "too_many_remarks"


@dataclass(frozen=True, slots=True)
class Remark:
    """Why the concern has become what it is, as a council member wrote it."""

    status: ConcernStatus
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern. ``severity``: 1 (slight) to 5 (grave). ``council``: the one by which it was reported."""

    id: str
    council: str
    district: str
    neighbourhood: str
    topic: str
    severity: int
    evidence: str
    reported_at: datetime
    status: ConcernStatus = "open"
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class ConcernReported:
    """A council member reported it."""

    id: str
    council: str
    district: str
    neighbourhood: str
    topic: str
    severity: int
    evidence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConcernMonitored:
    """The council looks after it, for the first time or again."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConcernResolved:
    """It is over."""

    reason: str
    at: datetime


ConcernEvent = ConcernReported | ConcernMonitored | ConcernResolved


def report(state: Concern | None, concern: Concern) -> Sequence[ConcernEvent]:
    """Report a concern, once."""
    if state is not None:
        return []
    return [
        ConcernReported(
            concern.id,
            concern.council,
            concern.district,
            concern.neighbourhood,
            concern.topic,
            concern.severity,
            concern.evidence,
            concern.reported_at,
        )
    ]


def monitor(state: Concern, *, reason: str, now: datetime) -> Sequence[ConcernEvent]:
    """Note that the council looks after it, and what it sees. Raises ConcernResolvedAlready, TooManyRemarks."""
    if state.status == "resolved":
        raise ConcernResolvedAlready
    if len(state.remarks) >= MOST_REMARKS:
        raise TooManyRemarks(limit=MOST_REMARKS)
    return [ConcernMonitored(reason, now)]


def resolve(state: Concern, *, reason: str, now: datetime) -> Sequence[ConcernEvent]:
    """End a monitored concern. Raises ConcernResolvedAlready, ConcernNotMonitored."""
    if state.status == "resolved":
        raise ConcernResolvedAlready
    if state.status != "monitored":
        raise ConcernNotMonitored
    return [ConcernResolved(reason, now)]


def evolve(state: Concern | None, event: ConcernEvent) -> Concern:
    """Apply one event."""
    if isinstance(event, ConcernReported):
        return Concern(
            event.id,
            event.council,
            event.district,
            event.neighbourhood,
            event.topic,
            event.severity,
            event.evidence,
            event.at,
        )
    if state is None:
        raise AssertionError("a concern begins with being reported")
    status: ConcernStatus = "monitored" if isinstance(event, ConcernMonitored) else "resolved"
    return replace(state, status=status, remarks=(*state.remarks, Remark(status, event.reason, event.at)))
