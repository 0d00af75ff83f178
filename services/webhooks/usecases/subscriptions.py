"""What people do with subscriptions."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.webhooks.domain import subscription
from services.webhooks.domain.addresses import check_url
from services.webhooks.domain.progress import Delivery, Progress
from services.webhooks.domain.signing import SECRET_BYTES, secret_of
from services.webhooks.domain.subscription import (
    Event,
    Start,
    Status,
    Subscription,
    SubscriptionEnded,
    TooManyWebhooks,
    Wanted,
    Where,
)
from services.webhooks.usecases.access import readable, require_owner, require_reader, require_stopper
from services.webhooks.usecases.ports import Answer, ProgressStore, PublicEvents, Seal
from services.webhooks.usecases.rules import Rules
from services.webhooks.usecases.sending import Deliverer
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.public.base import PUBLIC_EVENTS
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.api import receipt
from shared.web.caller import Caller

PING_SECONDS: Final = 3.0  # the caller waits for it, and a call has five seconds
SHOWN_AGAIN: Final = timedelta(
    hours=1
)  # a lost answer is repeated with its key within minutes; later a secret stays hidden
LIVING: Final[tuple[Status, ...]] = ("pending", "active", "paused", "dead")


@dataclass(frozen=True)
class Shown:
    """A subscription with where it stands. behind: events of the stream after the last one done with; None: not known."""

    stored: Stored[Subscription]
    progress: Progress | None
    behind: int | None


class Subscriptions:
    """Use cases about subscriptions. Whoever may not raises Forbidden; what is not there raises NotFound."""

    def __init__(
        self,
        subscriptions: Aggregates[Subscription, Event],
        progress: ProgressStore,
        events: PublicEvents,
        deliverer: Deliverer,
        seal: Seal,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._subscriptions = subscriptions
        self._progress = progress
        self._events = events
        self._deliverer = deliverer
        self._seal = seal
        self._rules = rules
        self._clock = clock

    async def subscribe(
        self,
        organization: str | None,
        wanted: Wanted,
        start: Start,
        *,
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> tuple[Stored[Subscription], str | None]:
        """Begin one; return it with its secret. Roles: applicant of the organisation; city_office, hq for the city.

        Raises InvalidFields, TooManyWebhooks.
        """
        require_owner(caller, organization)
        self._check(wanted)
        id = derive_id("webhook", command.subject, command.key)
        if await self._subscriptions.get(id) is None:
            await self._check_number(organization)
        now, sealed = self._clock(), self._new_secret(id)
        stored = await self._subscriptions.execute(
            id,
            lambda state: subscription.subscribe(
                state,
                id=id,
                organization=organization,
                subject=caller.subject,
                wanted=wanted,
                sealed=sealed,
                start=start,
                now=now,
            ),
            cause=cause,
            now=now,
            command=command,
            answer=_with_secret,
        )
        return stored, self._shown_secret(stored)

    async def edit(
        self, id: str, changes: Mapping[str, Any], *, caller: Caller, cause: Cause, expected_version: int | None
    ) -> Stored[Subscription]:
        """Change url, types or districts. Owner. Raises InvalidFields, SubscriptionEnded, StaleVersion."""
        seen = await self._owned(id, caller)
        self._check(replace(seen.state.wanted, **changes))
        return await self._change(
            id,
            lambda state: subscription.edit(state, wanted=replace(state.wanted, **changes)),
            cause=cause,
            expected_version=expected_version,
        )

    async def pause(self, id: str, *, caller: Caller, **how: Any) -> Stored[Subscription]:
        """Stop delivering. Owner, or city_office. Raises SubscriptionEnded."""
        require_stopper(caller, (await self._subscriptions.require(id)).state)
        return await self._change(id, subscription.pause, **how)

    async def resume(self, id: str, *, caller: Caller, **how: Any) -> Stored[Subscription]:
        """Go on where it stopped. Owner. Raises SubscriptionEnded."""
        await self._owned(id, caller)
        return await self._change(id, subscription.resume, **how)

    async def replay(
        self, id: str, where: Where, offset: int | None, time: datetime | None, *, caller: Caller, **how: Any
    ) -> Stored[Subscription]:
        """Begin anew at a place. Owner. Raises SubscriptionEnded."""
        await self._owned(id, caller)
        return await self._change(
            id, lambda state: subscription.replay(state, where=where, offset=offset, time=time), **how
        )

    async def rotate(self, id: str, *, caller: Caller, **how: Any) -> tuple[Stored[Subscription], str | None]:
        """Sign with a new secret from now on; return it. Owner. Raises SubscriptionEnded."""
        await self._owned(id, caller)
        now, sealed = self._clock(), self._new_secret(id)
        stored = await self._change(
            id,
            lambda state: subscription.rotate(state, sealed=sealed, old_until=now + self._rules.grace, now=now),
            answer=_with_secret,
            **how,
        )
        return stored, self._shown_secret(stored)

    async def end(self, id: str, *, caller: Caller, **how: Any) -> Stored[Subscription]:
        """End it for good. Owner, or city_office."""
        require_stopper(caller, (await self._subscriptions.require(id)).state)
        now = self._clock()
        return await self._change(id, lambda state: subscription.end(state, now=now), **how)

    async def ping(self, id: str, *, caller: Caller, cause: Cause) -> tuple[Answer, bool]:
        """Send a challenge now; return the answer and whether it came back. Owner. Raises SubscriptionEnded."""
        seen = await self._owned(id, caller)
        if seen.state.status == "ended":
            raise SubscriptionEnded(id=id)
        now = self._clock()
        _, answer, echoed = await self._deliverer.challenge(seen.state, now=now, seconds=PING_SECONDS)
        if echoed:
            url = seen.state.wanted.url
            await self._subscriptions.change(id, lambda s: subscription.verify(s, url=url), cause=cause, now=now)
        return answer, echoed

    async def get(self, id: str, *, caller: Caller) -> Shown:
        """Return one. Owner, or whoever reads all."""
        stored = await self._subscriptions.require(id)
        require_reader(caller, stored.state)
        return self._shown(stored, await self._progress.get(id))

    async def deliveries(self, id: str, *, caller: Caller) -> Sequence[Delivery]:
        """Return the last attempts, the newest first. Owner, or whoever reads all."""
        require_reader(caller, (await self._subscriptions.require(id)).state)
        return await self._progress.deliveries(id)

    async def page(
        self, *, status: Status | None, organization: str | None, caller: Caller, cursor: str | None, limit: int
    ) -> Page[Shown]:
        """Return those that the caller may read, newest first."""
        own = readable(caller)
        where: dict[str, Any] = {} if status is None else {"status": status}
        if organization is not None:
            where["organization"] = organization if own is None or organization in own else {"$in": []}
        elif own is not None:
            where["organization"] = {"$in": sorted(own)}
        page = await self._subscriptions.page(where, order=[("created_at", -1), ("_id", 1)], cursor=cursor, limit=limit)
        stands = {p.id: p for p in await self._progress.some([stored.id for stored in page.items])}
        return Page([self._shown(stored, stands.get(stored.id)) for stored in page.items], page.next, page.total)

    async def _owned(self, id: str, caller: Caller) -> Stored[Subscription]:
        stored = await self._subscriptions.require(id)
        require_owner(caller, stored.state.organization)
        return stored

    async def _change(self, id: str, decide: Any, *, cause: Cause, **how: Any) -> Stored[Subscription]:
        how.setdefault("answer", receipt)
        return await self._subscriptions.change(id, decide, cause=cause, now=self._clock(), **how)

    def _check(self, wanted: Wanted) -> None:
        check_url(wanted.url, local=self._rules.local)
        unknown = [
            FieldError(f"/types/{place}", "event_type_unknown", {"type": type})
            for place, type in enumerate(wanted.types)
            if type not in PUBLIC_EVENTS
        ]
        if unknown:
            raise InvalidFields(errors=unknown)

    async def _check_number(self, organization: str | None) -> None:
        """Two at one instant may both be let in: the bound guards the machine, not a rule of the city."""
        where = {"organization": organization, "status": {"$in": list(LIVING)}}
        if await self._subscriptions.documents.count(where) >= self._rules.per_owner:
            raise TooManyWebhooks(limit=self._rules.per_owner)

    def _shown(self, stored: Stored[Subscription], progress: Progress | None) -> Shown:
        end = self._events.end
        follows = progress is not None and progress.start == stored.state.start.number
        behind = max(0, end - 1 - progress.position) if progress is not None and follows and end is not None else None
        return Shown(stored, progress, behind)

    def _new_secret(self, id: str) -> str:
        return self._seal.seal(id, secret_of(secrets.token_bytes(SECRET_BYTES)))

    def _shown_secret(self, stored: Stored[Subscription]) -> str | None:
        """Return the secret that the command made; of a repeat only while it is new."""
        number = stored.answer["secret_number"] if stored.answer else None
        for secret in stored.state.secrets:
            if secret.number == number and (not stored.replayed or self._clock() - secret.at < SHOWN_AGAIN):
                return self._seal.open(stored.id, secret.sealed)
        return None


def _with_secret(stored: Stored[Subscription]) -> Document:
    """Return the receipt that is kept; the secret itself is never written down."""
    return {**receipt(stored), "secret_number": stored.state.secrets[-1].number}
