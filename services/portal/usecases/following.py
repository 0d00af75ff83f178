"""Following the events of all services: early, late and repeated ones give the same rows."""

from collections.abc import Sequence
from typing import Final

from services.portal.domain.facts import Fact, Facts
from services.portal.domain.rows import ROWS
from services.portal.usecases.marks import mark
from services.portal.usecases.ports import Generation, Kept
from services.portal.usecases.taking import places_of
from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope
from shared.storage.ports import Document, TooBusy

TRIES: Final = 50  # races of one row's handlers: a queue's whole prefetch may be about one book


class Following:
    """Puts the facts of events into their rows."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def take(self, data: EventData, event: Envelope) -> None:
        """Put the event's facts into their rows and mark the figures that follow from them.

        What follows is also done after a repeat: the first delivery may have ended in between.
        """
        for generation in self._kept.written():
            by_row: dict[tuple[str, str], list[Fact]] = {}
            for collection, id, fact in places_of(data, event):
                by_row.setdefault((collection, id), []).append(fact)
            for (collection, id), facts in by_row.items():
                await self._follow(generation, collection, id, facts)

    async def _follow(self, generation: Generation, collection: str, id: str, facts: Sequence[Fact]) -> None:
        before, row = await _revise(generation, collection, id, facts)
        if collection == "organizations":
            await self._name_requests(generation, row)
        elif collection == "requests":
            named = await self._name(generation, row)
            await self._mark(before, row, named)
            if before is None or before["decided_at"] != named["decided_at"]:
                await self._mark_other_awards(named)
        elif collection == "books":
            await self._mark(row)
        elif collection == "obstacles":
            await self._mark_figures_of(row["district"])

    async def _mark(self, *rows: Document | None) -> None:
        """Mark the figures that these rows count in. Figures are made of what is in use, so a rebuild marks those, too."""
        for row in rows:
            await mark(self._kept.used, row)

    async def _mark_other_awards(self, request: Document) -> None:
        """Another decision may make another of the organisation's awards its first."""
        if request["award"]:
            of = {"organization": request["organization"], "award": True}
            others = self._kept.used.rows("requests").all(of, ("fiscal_year", "district"))
            await self._mark(*[row async for row in others])

    async def _mark_figures_of(self, district: str) -> None:
        """An obstacle belongs to no fiscal year: every year's figures show those that are late now."""
        made = self._kept.used.rows("figures").all({"district": {"$in": [None, district]}}, ("fiscal_year", "district"))
        await self._mark(*[figures async for figures in made])

    async def _name_requests(self, generation: Generation, organization: Document) -> None:
        """Have the requests of an organisation carry its newest name and kind: they are searched and counted by these."""
        requests = generation.rows("requests")
        ids = [row["_id"] async for row in requests.all({"organization": organization["_id"]}, ())]
        for id in ids:
            await self._mark(*await _revise(generation, "requests", id, [_named(organization)]))

    async def _name(self, generation: Generation, request: Document) -> Document:
        """Take the organisation's name into a request's row; whichever of the two is written last sees the other."""
        if request["organization"] is None:
            return request
        organization = await generation.rows("organizations").get(request["organization"])
        if organization is None:
            return request
        _, row = await _revise(generation, "requests", request["_id"], [_named(organization)])
        return row


def _named(organization: Document) -> Fact:
    said = {"name": organization["name"], "kind": organization["kind"]}
    return Fact("organization", organization["named_number"], "", said)


async def _revise(
    generation: Generation, collection: str, id: str, new: Sequence[Fact]
) -> tuple[Document | None, Document]:
    """Put facts into a row; return it before and after. Raises TooBusy."""
    rows = generation.rows(collection)
    for _ in range(TRIES):
        used = await rows.get(id)
        facts = Facts.read(used["facts"]) if used is not None else Facts()
        for fact in new:
            facts = facts.with_(fact)
        by: Document = {"_id": id, "sequence": facts.weight, "facts": facts.stored, **ROWS[collection](id, facts)}
        if used == by or await rows.put(used, by):
            return used, by
    raise TooBusy
