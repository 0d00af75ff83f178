"""Field visits (بازدید میدانی): date, who, findings, pictures without persons; seen with the file (REV-13).

    planned → reported
            ↘ cancelled

A visit belongs to a case: it helps to decide, or looks at what was approved. Pictures are handed in until it is cancelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.review.domain.case import Case
from services.review.domain.picture import PICTURES_LIMIT, Picture, PictureNotFound, Removal, TooManyPictures
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.visits import VisitPhase, VisitStatus


class CaseNotVisited(Refusal):
    """In this status nothing is visited: the case is not open, is being signed, or has ended without an approval."""

    code = "case_not_visited"


class VisitOver(Refusal):
    """The visit was reported or cancelled, so this cannot be done any more."""

    code = "visit_over"


class NotAVisitor(Refusal):
    """Whoever goes writes the report and hands in pictures, or the secretary for them."""

    code = "not_a_visitor"
    kind = "forbidden"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is to go. number: from 1. Either a seat of the case, or an officer with name and office."""

    number: int
    subject: str
    seat: int | None = None
    name: str | None = None
    office: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. date: ISO 8601, the city's day; visitors: numbers of those who went; by: who wrote it."""

    date: str
    visitors: tuple[int, ...]
    findings: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A field visit. phase: as it was when the visit was planned."""

    id: str
    case: str
    request: str
    district: str
    phase: VisitPhase
    starts_at: datetime
    purpose: str
    visitors: tuple[Visitor, ...]
    status: VisitStatus = "planned"
    report: Report | None = None
    pictures: tuple[Picture, ...] = ()

    def goes(self, subject: str) -> bool:
        """Tell whether the person is one of the visitors."""
        return any(visitor.subject == subject for visitor in self.visitors)

    def picture(self, id: str) -> Picture:
        """Return a picture. Raises PictureNotFound."""
        for picture in self.pictures:
            if picture.id == id:
                return picture
        raise PictureNotFound(id=id)

    @property
    def shown(self) -> tuple[Picture, ...]:
        """The pictures that were not removed."""
        return tuple(picture for picture in self.pictures if picture.removal is None)


@dataclass(frozen=True, slots=True)
class VisitPlanned:
    """The secretary planned it."""

    visit: Visit
    at: datetime


@dataclass(frozen=True, slots=True)
class VisitCancelled:
    """It is not made."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VisitReported:
    """What was found is written down; it stays as it is."""

    report: Report
    at: datetime


@dataclass(frozen=True, slots=True)
class PictureAdded:
    """A picture was handed in."""

    picture: Picture
    at: datetime


@dataclass(frozen=True, slots=True)
class PictureRemoved:
    """A picture was taken out, e.g. because somebody can be recognised on it."""

    id: str
    removal: Removal
    at: datetime


VisitEvent = VisitPlanned | VisitCancelled | VisitReported | PictureAdded | PictureRemoved


def phase_of(case: Case) -> VisitPhase:
    """Return what a visit is for now. Raises CaseNotVisited."""
    if case.opened is not None and case.result is None and case.status in ("open", "paused", "stalled", "excepted"):
        return "before_decision"
    if case.status == "decided" and case.result is not None and case.result.outcome == "approved":
        return "in_execution"
    raise CaseNotVisited(status=case.status)


def visitors_of(case: Case, seats: Sequence[int], officers: Sequence[Visitor]) -> tuple[Visitor, ...]:
    """Return who is to go, numbered. Raises InvalidFields, which names everybody who may not.

    A member goes after having declared no conflict: before, the file is closed, and a visit is part of it (REV-3).
    """
    held = {seat.seat: seat for seat in case.seats}
    errors = [
        FieldError(f"/seats/{n}", "seat_does_not_visit")
        for n, seat in enumerate(seats)
        if seat not in held or not held[seat].file_open
    ]
    errors += [
        FieldError(f"/officers/{n}/person", "person_has_a_conflict")
        for n, officer in enumerate(officers)
        if case.shut_out(officer.subject)
    ]
    goers = [Visitor(0, held[seat].holder, seat=seat) for seat in seats if seat in held] + list(officers)
    if not goers:
        errors.append(FieldError("/seats", "nobody_visits"))
    if len({goer.subject for goer in goers}) != len(goers):
        errors.append(FieldError("/officers", "visitor_repeated"))
    if errors:
        raise InvalidFields(errors=errors)
    return tuple(replace(goer, number=number) for number, goer in enumerate(goers, 1))


def plan(state: Visit | None, visit: Visit, *, now: datetime) -> Sequence[VisitEvent]:
    """Plan a visit, once."""
    return [] if state is not None else [VisitPlanned(visit, now)]


def cancel(state: Visit, *, reason: str, now: datetime) -> Sequence[VisitEvent]:
    """Cancel a visit that was not reported. Raises VisitOver."""
    _require(state, "planned")
    return [VisitCancelled(reason, now)]


def report(state: Visit, report: Report, *, today: date) -> Sequence[VisitEvent]:
    """Write down what was found. ``today``: the city's day. Raises VisitOver, InvalidFields (date, visitors)."""
    _require(state, "planned")
    known = {visitor.number for visitor in state.visitors}
    errors = [FieldError(f"/visitors/{n}", "no_such_visitor") for n, v in enumerate(report.visitors) if v not in known]
    if len(set(report.visitors)) != len(report.visitors):
        errors.append(FieldError("/visitors", "visitor_repeated"))
    if date.fromisoformat(report.date) > today:
        errors.append(FieldError("/date", "visit_not_made_yet"))
    if errors:
        raise InvalidFields(errors=errors)
    return [VisitReported(report, report.at)]


def add_picture(state: Visit, picture: Picture) -> Sequence[VisitEvent]:
    """Hand a picture in. Raises VisitOver, TooManyPictures."""
    _require(state, "planned", "reported")
    if len(state.pictures) >= PICTURES_LIMIT:
        raise TooManyPictures(limit=PICTURES_LIMIT)
    return [PictureAdded(picture, picture.at)]


def remove_picture(state: Visit, id: str, removal: Removal) -> Sequence[VisitEvent]:
    """Take a picture out, in every status; removed already, nothing happens. Raises PictureNotFound."""
    return [] if state.picture(id).removal is not None else [PictureRemoved(id, removal, removal.at)]


def _require(state: Visit, *statuses: VisitStatus) -> None:
    if state.status not in statuses:
        raise VisitOver(status=state.status)


def evolve(state: Visit | None, event: VisitEvent) -> Visit:
    """Apply one event."""
    if isinstance(event, VisitPlanned):
        return event.visit
    if state is None:
        raise AssertionError("a visit begins with being planned")
    if isinstance(event, VisitCancelled):
        return replace(state, status="cancelled")
    if isinstance(event, VisitReported):
        return replace(state, status="reported", report=event.report)
    if isinstance(event, PictureAdded):
        return replace(state, pictures=(*state.pictures, event.picture))
    removed = (replace(p, removal=event.removal) if p.id == event.id else p for p in state.pictures)
    return replace(state, pictures=tuple(removed))
