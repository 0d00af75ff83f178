"""Reading rows: pages, single rows, facets and whole downloads. Nothing is computed of events here: rows are ready to be shown."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.portal.usecases.lists import LISTS, PublicList
from services.portal.usecases.ports import Kept, Tally
from shared.contracts.refusals import NotFound
from shared.persian.text import search_tokens
from shared.storage.cursors import decode_cursor, encode_cursor
from shared.storage.ports import Document, Page, Where

AT_ONCE: Final = 1000  # rows of a download read together
WORDS: Final = 10  # of a search; more narrow nothing further

Filters = Mapping[str, str | None]
Names = Mapping[str, str | None]


@dataclass(frozen=True)
class Labels:
    """Names of what rows name by id; an id without a name is not in it."""

    districts: Mapping[str, Names]
    topics: Mapping[str, Names]
    programmes: Mapping[str, Names]


@dataclass(frozen=True)
class Facets:
    """How many rows a filter has by the values of each facet, with sums of amounts, and its totals by currency."""

    total: int
    by_currency: Sequence[Tally]
    facets: Mapping[str, Sequence[Tally]]


class Reading:
    """Answers readers. Every method raises Unavailable while the database is away."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def page(
        self,
        name: str,
        filters: Filters,
        *,
        q: str | None = None,
        between: Where | None = None,
        cursor: str | None,
        limit: int,
    ) -> Page[Document]:
        """Return one page of a list; between: further conditions. Raises InvalidFields for a bad cursor."""
        of, where = _narrowed(name, filters, q)
        where |= between or {}
        order = (*of.order, ("_id", 1))
        after = None if cursor is None else decode_cursor(cursor, len(order))
        rows = self._kept.used.rows(of.collection)
        found, total = await asyncio.gather(
            rows.find(where, order=order, limit=limit + 1, after=after), rows.count(where)
        )
        items = found[:limit]
        last = [items[-1].get(key) for key, _ in order] if len(found) > limit else None
        return Page(items=items, next=None if last is None else encode_cursor(last), total=total)

    async def one(self, name: str, id: str) -> Document:
        """Return a row of a list. Raises NotFound."""
        of = LISTS[name]
        found = await self._kept.used.rows(of.collection).find({**of.shows, "_id": id}, order=(("_id", 1),), limit=1)
        if not found:
            raise NotFound
        return found[0]

    async def facets(self, name: str, filters: Filters, *, q: str | None) -> Facets:
        """Return counts and totals of a list's rows, by each of its facets."""
        of, where = _narrowed(name, filters, q)
        rows = self._kept.used.rows(of.collection)
        by_currency, *found = await asyncio.gather(
            rows.tally(where, ("currency",), of.sums),
            *(rows.tally(where, (facet, "currency"), of.sums) for facet in of.facets),
        )
        facets = {
            facet: sorted(tallies, key=lambda tally: (-tally.count, str(tally.values)))
            for facet, tallies in zip(of.facets, found, strict=True)
        }
        return Facets(sum(tally.count for tally in by_currency), by_currency, facets)

    async def whole(self, name: str, filters: Filters) -> AsyncIterator[Document]:
        """Iterate over all rows of a list, in its order."""
        of, where = _narrowed(name, filters, None)
        order = (*of.order, ("_id", 1))
        after: Sequence[Any] | None = None
        rows = self._kept.used.rows(of.collection)
        while found := await rows.find(where, order=order, limit=AT_ONCE, after=after):
            for row in found:
                yield row
            if len(found) < AT_ONCE:
                return
            after = [found[-1].get(key) for key, _ in order]

    async def labels(self) -> Labels:
        """Return the names of all districts, topics and programmes: some hundreds at most."""
        used = self._kept.used
        districts, lists, programmes = await asyncio.gather(
            *(
                used.rows(name).find({}, order=(("_id", 1),), limit=AT_ONCE)
                for name in ("districts", "priority_lists", "programmes")
            )
        )
        topics = {topic["topic"]: topic["names"] for one in lists for topic in one.get("topics", ())}
        return Labels(
            districts={row["_id"]: row["names"] for row in districts if row.get("names")},
            topics=topics,
            programmes={row["_id"]: row["names"] for row in programmes if row.get("names")},
        )


def _narrowed(name: str, filters: Filters, q: str | None) -> tuple[PublicList, dict[str, Any]]:
    of = LISTS[name]
    where: dict[str, Any] = dict(of.shows)
    where |= {of.filters[key]: value for key, value in filters.items() if value is not None and key in of.filters}
    words = search_tokens(q)[:WORDS] if q else ()
    if words:
        where["search"] = {"$all": list(words)}
    return of, where
