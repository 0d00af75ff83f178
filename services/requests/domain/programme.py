"""A programme (برنامه حمایت؛ فراخوان): the opening under which requests come (REQ-1).

draft → open → closed. Frozen when open; a changed programme will be a new edition of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal

from shared.contracts.base import Names
from shared.contracts.ids import district_book
from shared.contracts.refusals import FieldError, InvalidFields, Refusal, RefusalKind
from shared.contracts.requests import Criterion
from shared.contracts.review import RuleSetRef

ProgrammeKind = Literal["rolling", "dated"]
ProgrammeStatus = Literal["draft", "open", "closed"]

FULL_WEIGHT = 100  # the weights of the criteria add up to this (REQ-1)


@dataclass(frozen=True)
class Terms:
    """What a programme offers. Money in whole units of ``currency``; ``ceiling`` is the most that one request may ask.

    topics: empty means every topic of the priority lists in force. A rolling programme has no ``closes``; without ``opens`` it
    takes requests from the moment it is opened.
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


@dataclass(frozen=True)
class Programme:
    """State of one programme. ``edition`` is its version in the sense of REQ-1."""

    id: str
    status: ProgrammeStatus
    edition: int
    terms: Terms
    created_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None

    def takes_requests(self, now: datetime) -> bool:
        """Tell whether a request may be submitted now."""
        opens, closes = self.terms.opens, self.terms.closes
        return self.status == "open" and (opens is None or opens <= now) and (closes is None or now < closes)


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


@dataclass(frozen=True)
class ProgrammeClosed:
    """No further requests."""

    at: datetime


Event = ProgrammeDrafted | ProgrammeRevised | ProgrammeOpened | ProgrammeClosed
EVENTS = (ProgrammeDrafted, ProgrammeRevised, ProgrammeOpened, ProgrammeClosed)


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
    """What is known here of others when a programme is to be opened; books by their id."""

    rule_set_known: bool
    districts: Mapping[str, KnownDistrict]
    books: Mapping[str, KnownBook]


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
    return [ProgrammeOpened(state.terms.opens or now, now)]


def close(state: Programme, *, now: datetime) -> Sequence[Event]:
    """Take no further requests. Closing what is closed does nothing. Raises ProgrammeNotOpen for a draft."""
    if state.status == "closed":
        return []
    if state.status == "draft":
        raise ProgrammeNotOpen(status=state.status)
    return [ProgrammeClosed(now)]


def on_time(state: Programme, *, now: datetime) -> Sequence[Event]:
    """Close a dated programme whose last day has come (REQ-1)."""
    due = due_at(state)
    return [ProgrammeClosed(now)] if due is not None and due <= now else []


def due_at(state: Programme) -> datetime | None:
    """Return when the programme closes by itself."""
    return state.terms.closes if state.status == "open" else None


def evolve(state: Programme | None, event: Event) -> Programme:
    """Return the state after the event."""
    if isinstance(event, ProgrammeDrafted):
        return Programme(event.programme, "draft", 1, event.terms, event.at)
    assert state is not None  # noqa: S101 - the first event is ProgrammeDrafted
    match event:
        case ProgrammeRevised(terms):
            return replace(state, terms=terms)
        case ProgrammeOpened(opens, at):
            return replace(state, status="open", terms=replace(state.terms, opens=opens), opened_at=at)
        case ProgrammeClosed(at):
            return replace(state, status="closed", closed_at=at)


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
    ):
        errors += [FieldError(pointer, "repeated", {"value": id}) for id, n in Counter(ids).items() if n > 1]
    errors += _check_period(terms)
    if errors:
        raise InvalidFields(errors=errors)


def _check_period(terms: Terms) -> list[FieldError]:
    if terms.kind == "rolling":
        return [] if terms.closes is None else [FieldError("/closes", "rolling_has_no_end")]
    errors = [FieldError(f"/{name}", "required") for name in ("opens", "closes") if getattr(terms, name) is None]
    if terms.opens is not None and terms.closes is not None and terms.closes <= terms.opens:
        errors.append(FieldError("/closes", "ends_before_start"))
    return errors


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
        book_id = district_book(district, terms.fiscal_year)
        book = known.books.get(book_id)
        if book is None:
            missing.append(FieldError(pointer, "book_unknown", {"book": book_id}))
        elif book.closed:
            missing.append(FieldError(pointer, "book_closed", {"book": book_id}))
        elif book.currency != terms.currency:
            missing.append(FieldError(pointer, "book_currency_differs", {"book": book_id, "currency": book.currency}))
    return missing
