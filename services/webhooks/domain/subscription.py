"""A subscription: an address of somebody's own to which public events are delivered, one after the other.

pending → active ⇄ paused; active → dead after days of failing; dead or paused → active again by a person; ended for good. Pending means
that the address has not answered the challenge yet: nothing but challenges goes there. Where delivery stands is no part of this state
(domain/progress.py): it moves with every event, this moves by people's decisions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from shared.contracts.refusals import Refusal, RefusalKind

Status = Literal["pending", "active", "paused", "dead", "ended"]
WORKING: Final[tuple[Status, ...]] = ("pending", "active")
"""What a replica has to work on."""

DeathReason = Literal["failing", "gone", "unverified"]
Where = Literal["now", "beginning", "time", "offset"]
SECRETS_KEPT: Final = 3  # the one in use and those in their time of grace; a fourth rotation ends the oldest early


@dataclass(frozen=True)
class Wanted:
    """What is delivered where. types, districts: empty means all."""

    url: str
    types: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Secret:
    """A signing secret, sealed. ``until``: signs along until then; None: the one in use. ``number`` counts from 1."""

    number: int
    sealed: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Start:
    """Where delivery begins. ``number`` counts from 1: a start with a higher number than the one that is followed is followed anew."""

    number: int
    where: Where
    offset: int | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class Death:
    """Why delivery was given up. status: the last HTTP status, if there was an answer; detail: in words, or how the answer began."""

    reason: DeathReason
    at: datetime
    failing_since: datetime
    status: int | None
    detail: str


@dataclass(frozen=True)
class Subscription:
    """State of one subscription. organization: whose it is; None: the city's own. changes: counts what has to be acted on at once."""

    id: str
    status: Status
    organization: str | None
    subject: str
    wanted: Wanted
    secrets: tuple[Secret, ...]
    start: Start
    created_at: datetime
    verified: bool = False
    changes: int = 1
    death: Death | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Subscribed:
    """Somebody wants events at an address."""

    subscription: str
    organization: str | None
    subject: str
    wanted: Wanted
    secret: Secret
    start: Start
    at: datetime


@dataclass(frozen=True)
class Verified:
    """The address answered the challenge: whoever answers there wants the events."""


@dataclass(frozen=True)
class Edited:
    """Another address or another filter; another address has to answer the challenge first."""

    wanted: Wanted


@dataclass(frozen=True)
class Paused:
    """Nothing is delivered until it is resumed."""


@dataclass(frozen=True)
class Resumed:
    """Delivery goes on where it stopped."""


@dataclass(frozen=True)
class Replayed:
    """Delivery begins anew at an earlier or later place."""

    start: Start


@dataclass(frozen=True)
class SecretRotated:
    """A new secret signs; those before sign along until their time of grace is over."""

    secret: Secret
    old_until: datetime


@dataclass(frozen=True)
class Died:
    """Delivery was given up."""

    death: Death


@dataclass(frozen=True)
class Ended:
    """For good. Its secrets are forgotten."""

    at: datetime


Event = Subscribed | Verified | Edited | Paused | Resumed | Replayed | SecretRotated | Died | Ended
EVENTS = (Subscribed, Verified, Edited, Paused, Resumed, Replayed, SecretRotated, Died, Ended)


class SubscriptionEnded(Refusal):
    """An ended subscription does not come back; make a new one."""

    code = "webhook_ended"
    kind: ClassVar[RefusalKind] = "conflict"


class TooManyWebhooks(Refusal):
    """Whoever asks has as many as one may have; end one that is no longer needed."""

    code = "too_many_webhooks"
    kind: ClassVar[RefusalKind] = "conflict"


def subscribe(
    state: Subscription | None,
    *,
    id: str,
    organization: str | None,
    subject: str,
    wanted: Wanted,
    sealed: str,
    start: Start,
    now: datetime,
) -> Sequence[Event]:
    """Begin a subscription."""
    if state is not None:
        return []
    return [Subscribed(id, organization, subject, wanted, Secret(1, sealed, now), start, now)]


def verify(state: Subscription, *, url: str) -> Sequence[Event]:
    """Take note that ``url`` answered the challenge; of no use if the address was changed meanwhile."""
    return [Verified()] if state.status == "pending" and state.wanted.url == url else []


def edit(state: Subscription, *, wanted: Wanted) -> Sequence[Event]:
    """Change address or filter. Raises SubscriptionEnded."""
    _living(state)
    return [Edited(wanted)] if wanted != state.wanted else []


def pause(state: Subscription) -> Sequence[Event]:
    """Stop delivering. Pausing what stands still does nothing. Raises SubscriptionEnded."""
    _living(state)
    return [Paused()] if state.status in WORKING else []


def resume(state: Subscription) -> Sequence[Event]:
    """Go on where it stopped: after a pause, after its death, or at once instead of at the next attempt. Raises SubscriptionEnded."""
    _living(state)
    return [Resumed()]


def replay(
    state: Subscription, *, where: Where, offset: int | None = None, time: datetime | None = None
) -> Sequence[Event]:
    """Begin anew at a place. A paused or dead one stays so until it is resumed. Raises SubscriptionEnded."""
    _living(state)
    return [Replayed(Start(state.start.number + 1, where, offset, time))]


def rotate(state: Subscription, *, sealed: str, old_until: datetime, now: datetime) -> Sequence[Event]:
    """Sign with a new secret. Raises SubscriptionEnded."""
    _living(state)
    return [SecretRotated(Secret(state.secrets[-1].number + 1, sealed, now), old_until)]


def die(state: Subscription, death: Death) -> Sequence[Event]:
    """Give up. Does nothing if somebody paused or ended it meanwhile."""
    return [Died(death)] if state.status in WORKING else []


def end(state: Subscription, *, now: datetime) -> Sequence[Event]:
    """End it for good. Ending what is ended does nothing."""
    return [] if state.status == "ended" else [Ended(now)]


def signing(state: Subscription, now: datetime) -> Sequence[Secret]:
    """Return the secrets that sign now, the newest first."""
    return [secret for secret in reversed(state.secrets) if secret.until is None or secret.until > now]


def evolve(state: Subscription | None, event: Event) -> Subscription:
    """Return the state after the event."""
    if isinstance(event, Subscribed):
        return Subscription(
            event.subscription,
            "pending",
            event.organization,
            event.subject,
            event.wanted,
            (event.secret,),
            event.start,
            event.at,
        )
    assert state is not None  # noqa: S101 - the first event is Subscribed
    match event:
        case Verified():
            return replace(state, status="active", verified=True)
        case Paused():
            return replace(state, status="paused")
        case Died(death):
            return replace(state, status="dead", death=death)
        case Ended(at):
            return replace(state, status="ended", ended_at=at, secrets=())
    return replace(_changed(state, event), changes=state.changes + 1)


def _changed(state: Subscription, event: Edited | Resumed | Replayed | SecretRotated) -> Subscription:
    """What a person changed, so that it has to be acted on at once and not at the next attempt."""
    match event:
        case Edited(wanted):
            verified = state.verified and wanted.url == state.wanted.url
            status = state.status if state.status in ("paused", "dead") else _working(verified)
            return replace(state, wanted=wanted, verified=verified, status=status)
        case Resumed():
            return replace(state, status=_working(state.verified), death=None)
        case Replayed(start):
            return replace(state, start=start)
        case SecretRotated(secret, old_until):
            old = tuple(replace(s, until=min(s.until or old_until, old_until)) for s in state.secrets)
            return replace(state, secrets=(*old, secret)[-SECRETS_KEPT:])


def _working(verified: bool) -> Status:
    return "active" if verified else "pending"


def _living(state: Subscription) -> None:
    if state.status == "ended":
        raise SubscriptionEnded(id=state.id)


def wants(wanted: Wanted, event: Mapping[str, object]) -> bool:
    """Tell whether a public event passes the filter. One that concerns no district in particular concerns every one."""
    type = event.get("type")
    if not type or (wanted.types and type not in wanted.types):  # without a type it is no event, whoever put it there
        return False
    if not wanted.districts:
        return True
    concerned = _districts(event)
    return not concerned or not concerned.isdisjoint(wanted.districts)


def _districts(event: Mapping[str, object]) -> frozenset[str]:
    data = event.get("data")
    if not isinstance(data, Mapping):
        return frozenset()
    found: set[object] = {data.get("district")}
    many = data.get("districts")
    found.update(many if isinstance(many, list) else ())
    book = data.get("book")
    if isinstance(book, str) and book.startswith("district:"):
        found.add(book.removeprefix("district:").partition("/")[0])
    return frozenset(name for name in found if isinstance(name, str))
