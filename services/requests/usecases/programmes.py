"""Programmes: drafted, opened, amended and closed by the city office; read by everybody once open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from services.requests.domain import programme
from services.requests.domain.eligibility import Answer, Condition, Told, eligibility
from services.requests.domain.programme import Event, Programme, Surroundings, Terms
from services.requests.outbound.store import Copied
from services.requests.usecases.copied import surroundings, topics_in_force
from shared.clock import Clock, new_id
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.refusals import NotFound
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Page, Stored, TooBusy
from shared.web.api import receipt
from shared.web.caller import Caller, Role

DRAFT_READERS: Final[tuple[Role, ...]] = ("city_office", "hq", "auditor")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None: not narrowed."""

    status: str | None = None
    kind: str | None = None
    district: str | None = None
    topic: str | None = None
    fiscal_year: str | None = None
    support: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a programme and when it was in force."""

    edition: int
    terms: Terms
    since: datetime | None
    until: datetime | None


class Programmes:
    """Use cases about programmes."""

    def __init__(
        self,
        programmes: Aggregates[Programme, Event],
        copies: Copied,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._programmes = programmes
        self._copies = copies
        self._clock = clock
        self._calendar = calendar

    async def draft(self, terms: Terms, *, caller: Caller, command: Command, cause: Cause) -> Stored[Programme]:
        """Draft a programme. Role: city_office. Raises Forbidden, InvalidFields."""
        caller.require_whole_city("city_office")
        now = self._clock()
        id = derive_id("programme", command.subject, command.key)
        return await self._programmes.execute(
            id,
            lambda state: programme.draft(state, id=id, terms=terms, now=now),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def revise(
        self, id: str, terms: Terms, *, caller: Caller, cause: Cause, expected_version: int | None
    ) -> Stored[Programme]:
        """Replace a draft. Role: city_office. Raises Forbidden, NotFound, StaleVersion, ProgrammeFrozen, InvalidFields."""
        caller.require_whole_city("city_office")
        return await self._programmes.change(
            id,
            lambda state: programme.revise(state, terms=terms),
            cause=cause,
            now=self._clock(),
            expected_version=expected_version,
        )

    async def open(
        self, id: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[Programme]:
        """Freeze and open (REQ-1). Role: city_office. Raises Forbidden, NotFound, ProgrammeNotReady, ProgrammeFrozen."""
        caller.require_whole_city("city_office")
        seen = await self._programmes.require(id)
        known = await self._surroundings(seen.state.terms)
        now = self._clock()

        def decide(state: Programme) -> list[Event]:
            if state.terms != seen.state.terms and state.status == "draft":
                raise TooBusy(
                    noun="programme", id=id
                )  # revised at the same moment: what was looked up is not what would open
            return list(programme.open_(state, known=known, now=now))

        return await self._programmes.change(
            id, decide, cause=cause, now=now, command=command, expected_version=expected_version, answer=receipt
        )

    async def amend(
        self,
        id: str,
        terms: Terms,
        *,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[Programme]:
        """Put another version of an open programme in force at once (REQ-1). Role: city_office.

        Raises Forbidden, NotFound, StaleVersion, ProgrammeNotOpen, ProgrammeNotReady, InvalidFields.
        """
        caller.require_whole_city("city_office")
        known = await self._surroundings(terms)
        now = self._clock()
        return await self._programmes.change(
            id,
            lambda state: programme.amend(state, terms=terms, known=known, now=now),
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=receipt,
        )

    async def close(
        self, id: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[Programme]:
        """Take no further requests. Role: city_office. Raises Forbidden, NotFound, ProgrammeNotOpen."""
        caller.require_whole_city("city_office")
        now = self._clock()
        return await self._programmes.change(
            id,
            lambda state: programme.close(state, now=now),
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=receipt,
        )

    async def get(self, id: str, *, caller: Caller | None) -> Stored[Programme]:
        """Return a programme; a draft only to those who may see drafts. Raises NotFound."""
        stored = await self._programmes.require(id)
        if stored.state.status == "draft" and not _sees_drafts(caller):
            raise NotFound(noun="programme", id=id)
        return stored

    async def version(self, id: str, edition: int, *, caller: Caller | None) -> Version:
        """Return one version, in force or past; of a draft only to those who may see drafts. Raises NotFound."""
        for version in _versions((await self.get(id, caller=caller)).state):
            if version.edition == edition:
                return version
        raise NotFound(noun="programme version", id=f"{id}/{edition}")

    async def eligibility(
        self, id: str, told: Told, *, caller: Caller | None
    ) -> tuple[Stored[Programme], Answer, Sequence[Condition]]:
        """Judge what somebody tells by the version in force; stores nothing (REQ-3). Raises NotFound."""
        stored = await self.get(id, caller=caller)
        topics = await topics_in_force(self._copies, told.proposal.district)
        return stored, *eligibility(stored.state, told, topics_in_force=topics, now=self._clock())

    async def page(
        self, filters: Filters, *, caller: Caller | None, cursor: str | None, limit: int
    ) -> Page[Stored[Programme]]:
        """Return programmes, newest first; drafts only to those who may see them."""
        visible = ("draft", "open", "closed") if _sees_drafts(caller) else ("open", "closed")
        narrowed = {
            "terms.kind": filters.kind,
            "terms.districts": filters.district,
            "terms.topics": filters.topic,
            "terms.fiscal_year": filters.fiscal_year,
            "terms.support": filters.support,
        }
        where: dict[str, Any] = {key: value for key, value in narrowed.items() if value is not None}
        where["status"] = {"$in": [s for s in visible if filters.status in (None, s)]}
        return await self._programmes.page(where, order=[("created_at", -1), ("_id", 1)], cursor=cursor, limit=limit)

    async def sweep(self) -> int:
        """Close dated programmes whose last day has come."""
        due = await self._programmes.due(self._clock())
        for id in due:
            try:
                await self._on_time(id)
            except TooBusy:
                continue  # the next sweep looks again
        return len(due)

    async def _on_time(self, id: str) -> None:
        now = self._clock()
        cause = Cause(actor="system:requests", correlation_id=new_id())
        await self._programmes.change(id, lambda state: programme.on_time(state, now=now), cause=cause, now=now)

    async def _surroundings(self, terms: Terms) -> Surroundings:
        return replace(await surroundings(self._copies, terms), calendar=self._calendar)


def _versions(state: Programme) -> Sequence[Version]:
    """Return all versions, oldest first: each is in force until the next."""
    found: list[Version] = []
    since = state.opened_at
    for past in state.past:
        found.append(Version(past.edition, past.terms, since, past.until))
        since = past.until
    return [*found, Version(state.edition, state.terms, since, None)]


def _sees_drafts(caller: Caller | None) -> bool:
    return caller is not None and caller.has(*DRAFT_READERS)
