"""Participation councils: a neighbourhood's (شورای مشارکت‌های اجتماعی محله) or the district's (شورای مشارکت‌های منطقه), filled for terms.

The neighbourhoods that concerns can be about are those that have a council (REV-15, docs/decisions/0038).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.base import Names
from shared.contracts.participation import CouncilKind
from shared.contracts.refusals import FieldError, InvalidFields, Refusal


class CouncilExists(Refusal):
    """The district, or its neighbourhood, has its council already."""

    code = "council_exists"


class NoSuchMember(Refusal):
    """The council has no member of this number now."""

    code = "no_such_member"
    kind = "not_found"


class AlreadyMember(Refusal):
    """The person is a member of this council in that time."""

    code = "already_member"


class NotOnTheCouncil(Refusal):
    """The caller is no member of a council that may do this, at this time."""

    code = "not_on_the_council"
    kind = "forbidden"


def council_id(district: str, neighbourhood: str | None) -> str:
    """Return the id of a neighbourhood's one council, or of the district's (None). No part holds the colon."""
    return f"council:{district}" if neighbourhood is None else f"council:{district}:{neighbourhood}"


@dataclass(frozen=True, slots=True)
class Member:
    """A person on the council, from (included) until (excluded). ``subject``: the ``sub`` of the person's tokens."""

    number: int
    subject: str
    name: str | None
    since: datetime
    until: datetime
    began: bool = False

    def sits(self, at: datetime) -> bool:
        """Tell whether the term runs at this time."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Council:
    """A council with the members whose terms are not over. ``appointed`` counts all there ever were."""

    id: str
    district: str
    neighbourhood: str | None
    names: Names
    members: tuple[Member, ...] = ()
    appointed: int = 0

    @property
    def kind(self) -> CouncilKind:
        """Whose council it is."""
        return "district" if self.neighbourhood is None else "neighbourhood"

    def member(self, number: int) -> Member:
        """Return one member. Raises NoSuchMember."""
        for member in self.members:
            if member.number == number:
                return member
        raise NoSuchMember(member=number)

    def sitting(self, at: datetime) -> tuple[Member, ...]:
        """Return who sits at this time."""
        return tuple(member for member in self.members if member.sits(at))

    def has(self, subject: str, at: datetime) -> bool:
        """Tell whether this person sits at this time."""
        return any(member.subject == subject for member in self.sitting(at))


@dataclass(frozen=True, slots=True)
class CouncilDefined:
    """The council was set up, without members."""

    id: str
    district: str
    neighbourhood: str | None
    names: Names
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberAppointed:
    """A person was made a member for a term."""

    number: int
    subject: str
    name: str | None
    since: datetime
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class CouncilTermBegan:
    """A term given before its first day has begun."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CouncilTermEnded:
    """A term is over."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """The member left, or was taken out, before the end of the term."""

    number: int
    reason: str
    at: datetime


CouncilEvent = CouncilDefined | MemberAppointed | CouncilTermBegan | CouncilTermEnded | MemberLeft


def define(
    state: Council | None, *, district: str, neighbourhood: str | None, names: Names, now: datetime
) -> Sequence[CouncilEvent]:
    """Set up a neighbourhood's council, or the district's. Raises CouncilExists."""
    if state is not None:
        raise CouncilExists(id=state.id)
    return [CouncilDefined(council_id(district, neighbourhood), district, neighbourhood, names, now)]


def appoint(
    state: Council, *, subject: str, name: str | None, since: datetime, until: datetime, now: datetime
) -> Sequence[CouncilEvent]:
    """Make a person a member for a term. Raises AlreadyMember, InvalidFields."""
    if until <= since:
        raise InvalidFields(errors=[FieldError("/until", "term_ends_before_it_begins")])
    if until <= now:
        raise InvalidFields(errors=[FieldError("/until", "term_is_over")])
    for member in state.members:
        if member.subject == subject and member.since < until and since < member.until and member.until > now:
            raise AlreadyMember(member=member.number)
    return [MemberAppointed(state.appointed + 1, subject, name, since, until, now)]


def end(state: Council, *, number: int, reason: str, now: datetime) -> Sequence[CouncilEvent]:
    """End a membership before its term. Raises NoSuchMember."""
    state.member(number)
    return [MemberLeft(number, reason, now)]


def turn_terms(state: Council, now: datetime) -> Sequence[CouncilEvent]:
    """Return the terms that have begun or ended by now; nothing if none has."""
    events: list[CouncilEvent] = []
    for member in state.members:
        if member.until <= now:
            events.append(CouncilTermEnded(member.number, now))
        elif not member.began and member.since <= now:
            events.append(CouncilTermBegan(member.number, now))
    return events


def next_turn(state: Council) -> datetime | None:
    """Return when the next term begins or ends, for the sweep."""
    return min((m.until if m.began else m.since for m in state.members), default=None)


def evolve(state: Council | None, event: CouncilEvent) -> Council:
    """Apply one event."""
    if isinstance(event, CouncilDefined):
        return Council(event.id, event.district, event.neighbourhood, event.names)
    if state is None:
        raise AssertionError("a council begins with being defined")
    if isinstance(event, MemberAppointed):
        began = event.since <= event.at
        member = Member(event.number, event.subject, event.name, event.since, event.until, began)
        return replace(state, members=(*state.members, member), appointed=event.number)
    if isinstance(event, CouncilTermBegan):
        members = tuple(replace(m, began=True) if m.number == event.number else m for m in state.members)
        return replace(state, members=members)
    return replace(state, members=tuple(m for m in state.members if m.number != event.number))
