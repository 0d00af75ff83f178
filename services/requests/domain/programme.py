"""A programme (برنامه حمایت؛ فراخوان): the opening under which requests come (REQ-1).

draft → open → closed. Frozen when open; a change after that is a new version of it, in force at once. The versions before it are kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal

from services.requests.domain.calls import CallDecided
from shared.contracts.base import Names
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.ids import district_book
from shared.contracts.refusals import FieldError, InvalidFields, Refusal, RefusalKind
from shared.contracts.requests import Criterion
from shared.contracts.review import RuleSetRef
from shared.contracts.support import SupportForm

ProgrammeKind = Literal["rolling", "dated"]
ProgrammeStatus = Literal["draft", "open", "closed"]
WaitingRule = Literal["ranked"]

FULL_WEIGHT = 100  # the weights of the criteria add up to this (REQ-1)
FIXED_ONCE_OPEN: Final = ("kind", "fiscal_year", "currency", "opens", "waiting_rule", "organization_ceiling")
"""What no later version changes: which books fund it and how, what one organisation is given, and from when it took requests."""


QUESTIONS_END_BEFORE: Final = timedelta(
    days=3
)  # the deadline, unless the call says when: time to use the last answers (REQ-2)


@dataclass(frozen=True)
class Terms:
    """What a programme offers. Money in whole units of ``currency``.

    ceiling: the most that one request is given (REV-9); minimum and maximum: the least and the most that it may ask, None: one unit
    and the ceiling. topics: empty means every topic of the priority lists in force. A rolling programme has no ``closes``; without
    ``opens`` it takes requests from the moment it is opened. grace: how long after ``closes`` a draft begun before it may still be
    submitted. one_open_request: an organisation has at most one request under it that is not over. waiting_rule: only a dated
    programme may name one; None: that of the district's book (BUD-5). support: the forms of support that it gives.
    questions_until: until when a dated call takes questions; None: three days before its end. organization_ceiling: the most that one
    organisation, with those that share a representative or an account, is given under it; None: not said (REG-5).
    """

    names: Names
    kind: ProgrammeKind
    fiscal_year: str
    currency: str
    districts: tuple[str, ...]
    topics: tuple[str, ...]
    ceiling: int
    rule_set: RuleSetRef
    criteria: tuple[Criterion, ...]
    opens: datetime | None = None
    closes: datetime | None = None
    minimum: int | None = None
    maximum: int | None = None
    grace: Duration | None = None
    one_open_request: bool = False
    waiting_rule: WaitingRule | None = None
    support: tuple[SupportForm, ...] = ("money",)
    questions_until: datetime | None = None
    organization_ceiling: int | None = None

    @property
    def least_asked(self) -> int:
        """The least that one request may ask."""
        return 1 if self.minimum is None else self.minimum

    @property
    def most_asked(self) -> int:
        """The most that one request may ask."""
        return self.ceiling if self.maximum is None else self.maximum

    @property
    def questions_close(self) -> datetime | None:
        """Until when questions are taken; None: this is no call with a deadline, and takes none (REQ-2)."""
        if self.closes is None:
            return None
        return self.questions_until or self.closes - QUESTIONS_END_BEFORE


@dataclass(frozen=True)
class PastEdition:
    """A version that was in force until another replaced it."""

    edition: int
    terms: Terms
    until: datetime


@dataclass(frozen=True)
class Programme:
    """State of one programme. ``edition`` is its version in the sense of REQ-1, ``past`` the ones before it, oldest first.

    grace_until: when the grace after ``closes`` is over; None: there is none.
    """

    id: str
    status: ProgrammeStatus
    edition: int
    terms: Terms
    created_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    grace_until: datetime | None = None
    past: tuple[PastEdition, ...] = ()
    cases_over_at: datetime | None = None
    """When no case of a ranked call was awaited any more (BUD-5)."""

    def takes_requests(self, now: datetime, *, begun: datetime | None = None) -> bool:
        """Tell whether a request may be submitted now: until the end, or within grace if its draft was begun before the end."""
        opens, closes = self.terms.opens, self.terms.closes
        if self.status != "open" or (opens is not None and now < opens):
            return False
        if closes is None or now < closes:
            return True
        return begun is not None and begun < closes and self.grace_until is not None and now < self.grace_until


@dataclass(frozen=True)
class ProgrammeDrafted:
    """A programme was drafted."""

    programme: str
    terms: Terms
    at: datetime


@dataclass(frozen=True)
class ProgrammeRevised:
    """The draft was replaced."""

    terms: Terms


@dataclass(frozen=True)
class ProgrammeOpened:
    """It takes requests and is frozen from now on."""

    opens: datetime
    at: datetime
    grace_until: datetime | None = None


@dataclass(frozen=True)
class ProgrammeAmended:
    """Another version of the open programme is in force."""

    terms: Terms
    grace_until: datetime | None
    at: datetime


@dataclass(frozen=True)
class ProgrammeClosed:
    """No further requests."""

    at: datetime


Event = ProgrammeDrafted | ProgrammeRevised | ProgrammeOpened | ProgrammeAmended | ProgrammeClosed | CallDecided
EVENTS = (ProgrammeDrafted, ProgrammeRevised, ProgrammeOpened, ProgrammeAmended, ProgrammeClosed, CallDecided)


class ProgrammeFrozen(Refusal):
    """An open or closed programme does not change (REQ-1)."""

    code = "programme_frozen"


class ProgrammeNotReady(Refusal):
    """What opening needs is not known here yet: ``errors`` names each missing rule set, district and book."""

    code = "programme_not_ready"


class ProgrammeNotOpen(Refusal):
    """The programme takes no requests now."""

    code = "programme_not_open"
    kind: ClassVar[RefusalKind] = "conflict"


class AnotherOpenRequest(Refusal):
    """The organisation has a request under this programme that is not over, and the programme takes one at a time (REQ-1)."""

    code = "another_open_request"


@dataclass(frozen=True)
class KnownBook:
    """A district's book as announced by budget."""

    district: str | None
    currency: str
    closed: bool = False


@dataclass(frozen=True)
class KnownDistrict:
    """A district as announced by registry, with its validity."""

    valid_from: datetime
    valid_to: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether the district exists now."""
        return self.valid_from <= now and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True)
class Surroundings:
    """What is known here of others when a programme is to be opened; books by their id. The calendar is the city's."""

    rule_set_known: bool
    districts: Mapping[str, KnownDistrict]
    books: Mapping[str, KnownBook]
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)


def draft(state: Programme | None, *, id: str, terms: Terms, now: datetime) -> Sequence[Event]:
    """Draft a programme. Raises InvalidFields."""
    if state is not None:
        return []
    _check(terms)
    return [ProgrammeDrafted(id, terms, now)]


def revise(state: Programme, *, terms: Terms) -> Sequence[Event]:
    """Replace the draft. Raises ProgrammeFrozen, InvalidFields."""
    if state.status != "draft":
        raise ProgrammeFrozen(status=state.status)
    _check(terms)
    return [ProgrammeRevised(terms)] if terms != state.terms else []


def open_(state: Programme, *, known: Surroundings, now: datetime) -> Sequence[Event]:
    """Freeze and open. Raises ProgrammeFrozen, ProgrammeNotReady (what is missing), ProgrammeNotOpen (its last day has passed)."""
    if state.status != "draft":
        raise ProgrammeFrozen(status=state.status)
    if state.terms.closes is not None and state.terms.closes <= now:
        raise ProgrammeNotOpen(status="closes_passed")
    missing = _missing(state.terms, known, now)
    if missing:
        raise ProgrammeNotReady(errors=missing)
    return [ProgrammeOpened(state.terms.opens or now, now, _grace_until(state.terms, known.calendar))]


def amend(state: Programme, *, terms: Terms, known: Surroundings, now: datetime) -> Sequence[Event]:
    """Put another version of an open programme in force at once; what was submitted keeps the version it came under (REQ-1).

    ``opens`` may be left out: it stays. The same terms again do nothing.
    Raises ProgrammeNotOpen, InvalidFields (also for what no version changes), ProgrammeNotReady (what is missing).
    """
    if state.status != "open":
        raise ProgrammeNotOpen(status=state.status)
    terms = replace(terms, opens=terms.opens or state.terms.opens)
    _check(terms)
    errors = [
        FieldError(f"/{name}", "fixed_once_open")
        for name in FIXED_ONCE_OPEN
        if getattr(terms, name) != getattr(state.terms, name)
    ]
    if terms.closes is not None and terms.closes <= now:
        errors.append(FieldError("/closes", "end_has_passed"))
    if errors:
        raise InvalidFields(errors=errors)
    missing = _missing(terms, known, now)
    if missing:
        raise ProgrammeNotReady(errors=missing)
    return [ProgrammeAmended(terms, _grace_until(terms, known.calendar), now)] if terms != state.terms else []


def close(state: Programme, *, now: datetime) -> Sequence[Event]:
    """Take no further requests. Closing what is closed does nothing. Raises ProgrammeNotOpen for a draft."""
    if state.status == "closed":
        return []
    if state.status == "draft":
        raise ProgrammeNotOpen(status=state.status)
    return [ProgrammeClosed(now)]


def on_time(state: Programme, *, now: datetime) -> Sequence[Event]:
    """Close a dated programme whose last day, and its grace, have passed (REQ-1)."""
    due = due_at(state)
    return [ProgrammeClosed(now)] if due is not None and due <= now else []


def due_at(state: Programme) -> datetime | None:
    """Return when the programme closes by itself."""
    return (state.grace_until or state.terms.closes) if state.status == "open" else None


def evolve(state: Programme | None, event: Event) -> Programme:
    """Return the state after the event."""
    if isinstance(event, ProgrammeDrafted):
        return Programme(event.programme, "draft", 1, event.terms, event.at)
    assert state is not None  # noqa: S101 - the first event is ProgrammeDrafted
    match event:
        case ProgrammeRevised(terms):
            return replace(state, terms=terms)
        case ProgrammeOpened(opens, at, grace_until):
            terms = replace(state.terms, opens=opens)
            return replace(state, status="open", terms=terms, opened_at=at, grace_until=grace_until)
        case ProgrammeAmended(terms, grace_until, at):
            past = (*state.past, PastEdition(state.edition, state.terms, at))
            return replace(state, edition=state.edition + 1, terms=terms, grace_until=grace_until, past=past)
        case ProgrammeClosed(at):
            return replace(state, status="closed", closed_at=at)
        case CallDecided(_, at):
            return replace(state, cases_over_at=at)


def _check(terms: Terms) -> None:
    """Raise InvalidFields naming every field that breaks REQ-1."""
    errors = []
    total = sum(c.weight for c in terms.criteria)
    if total != FULL_WEIGHT:
        errors.append(FieldError("/criteria", "weights_sum", {"sum": total, "wanted": FULL_WEIGHT}))
    for pointer, ids in (
        ("/criteria", [c.id for c in terms.criteria]),
        ("/districts", terms.districts),
        ("/topics", terms.topics),
        ("/support", terms.support),
    ):
        errors += [FieldError(pointer, "repeated", {"value": id}) for id, n in Counter(ids).items() if n > 1]
    errors += [*_check_amounts(terms), *_check_period(terms)]
    if errors:
        raise InvalidFields(errors=errors)


def _check_amounts(terms: Terms) -> list[FieldError]:
    errors = []
    if terms.least_asked > terms.ceiling:
        errors.append(FieldError("/minimum", "least_above_ceiling"))
    if terms.most_asked < terms.ceiling:
        errors.append(FieldError("/maximum", "most_below_ceiling"))
    if terms.organization_ceiling is not None and terms.organization_ceiling < terms.ceiling:
        errors.append(FieldError("/organization_ceiling", "organization_ceiling_below_ceiling"))
    return errors


def _check_period(terms: Terms) -> list[FieldError]:
    if terms.kind == "rolling":
        dated_only = ("closes", "grace", "waiting_rule", "questions_until")
        return [FieldError(f"/{name}", "rolling_has_no_end") for name in dated_only if getattr(terms, name) is not None]
    errors = [FieldError(f"/{name}", "required") for name in ("opens", "closes") if getattr(terms, name) is None]
    if terms.opens is not None and terms.closes is not None and terms.closes <= terms.opens:
        errors.append(FieldError("/closes", "ends_before_start"))
    if terms.closes is not None and terms.questions_until is not None and terms.questions_until >= terms.closes:
        errors.append(FieldError("/questions_until", "questions_end_too_late"))
    return errors


def _grace_until(terms: Terms, calendar: WorkingCalendar) -> datetime | None:
    if terms.closes is None or terms.grace is None:
        return None
    return calendar.due(terms.closes, terms.grace)


def _missing(terms: Terms, known: Surroundings, now: datetime) -> list[FieldError]:
    missing = []
    if not known.rule_set_known:
        missing.append(
            FieldError(
                "/rule_set", "rule_set_unknown", {"rule_set": terms.rule_set.id, "version": terms.rule_set.version}
            )
        )
    for place, district in enumerate(terms.districts):
        pointer = f"/districts/{place}"
        found = known.districts.get(district)
        if found is None:
            missing.append(FieldError(pointer, "district_unknown", {"district": district}))
        elif not found.is_valid(now):
            missing.append(FieldError(pointer, "district_not_valid", {"district": district}))
        if "money" not in terms.support:
            continue  # only money needs a book (REQ-4)
        book_id = district_book(district, terms.fiscal_year)
        book = known.books.get(book_id)
        if book is None:
            missing.append(FieldError(pointer, "book_unknown", {"book": book_id}))
        elif book.closed:
            missing.append(FieldError(pointer, "book_closed", {"book": book_id}))
        elif book.currency != terms.currency:
            missing.append(FieldError(pointer, "book_currency_differs", {"book": book_id, "currency": book.currency}))
    return missing
