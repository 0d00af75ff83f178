"""Making figures anew of what changed, and reading them (HQ-1, HQ-2)."""

from collections.abc import Mapping
from typing import Any, Final

from services.portal.domain.figures import ROW_FIELDS, figures_of
from services.portal.usecases.marks import CITY, STALE
from services.portal.usecases.ports import Generation, Kept
from shared.contracts.refusals import Refusal
from shared.storage.cursors import decode_cursor, encode_cursor
from shared.storage.ports import Document, Page
from shared.web.caller import Caller, Role

FIGURES: Final = "figures"
AT_ONCE: Final = 50  # figures made in one round; more wait for the next
TRIES: Final = 5

CITY_READERS: Final[tuple[Role, ...]] = ("hq", "city_office", "auditor")
DISTRICT_READERS: Final[tuple[Role, ...]] = (
    *CITY_READERS,
    "secretary",
    "chair",
    "registrar",
    "budget_officer",
    "treasurer",
)
"""District staff see their district, whoever has the role for the city sees all."""

HELD: Final[Mapping[str, Mapping[str, Any]]] = {
    "exceptions": {"hold": "exception"},
    "stalled": {"hold": "stalled"},
    "overdue-reports": {"report_overdue": True},
    "breaches": {"breached": True},
    "appeals": {"appeal": "lodged"},
}
"""What waits for somebody, by name: the rows behind a figure."""


class FiguresNotFound(Refusal):
    """There are no figures of this scope and year."""

    code = "figures_not_found"
    kind = "not_found"


class FiguresUseCases:
    """Figures of one scope and fiscal year are one document, ``<scope>/<year>`` as a book's id."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def sweep(self) -> int:
        """Make anew what is marked; return how many more may wait now. What changes meanwhile is marked again, for the next round.

        0 also after work, so that a busy district is counted once in a round and not all the time.
        """
        used = self._kept.used
        marks = await used.rows(STALE).find({}, order=(("_id", 1),), limit=AT_ONCE)
        if not marks:
            return 0
        first_awards = await _first_awards(used)
        for mark in marks:
            await self._make(mark["_id"], first_awards)
            await used.rows(STALE).discard(mark["_id"], {"mark": mark["mark"]})
        return len(marks) if len(marks) == AT_ONCE else 0

    async def get(self, owner: str, fiscal_year: str, caller: Caller | None) -> Document:
        """Return the figures of a scope; caller None: for the public. Raises FiguresNotFound, Forbidden."""
        if caller is not None:
            _require(caller, _district_of(owner))
        found = await self._kept.used.rows(FIGURES).get(f"{owner}/{fiscal_year}")
        if found is None:
            raise FiguresNotFound
        return found

    async def page(
        self, fiscal_year: str | None, caller: Caller | None, *, cursor: str | None, limit: int
    ) -> Page[Document]:
        """Return figures by scope that the caller may see, newest year first; caller None: the public's. Raises Forbidden."""
        where: dict[str, Any] = {} if fiscal_year is None else {"fiscal_year": fiscal_year}
        if caller is not None:
            where |= _visible(caller)
        order = (("fiscal_year", -1), ("_id", 1))
        rows = self._kept.used.rows(FIGURES)
        after = None if cursor is None else decode_cursor(cursor, len(order))
        return await _page(rows, where, order, after, limit)

    async def waiting(
        self, what: str, district: str | None, caller: Caller, *, cursor: str | None, limit: int
    ) -> Page[Document]:
        """Return the requests behind a figure, oldest first: exceptions, stalled cases, overdue reports … Raises Forbidden."""
        where = {**HELD[what], **_visible(caller)}
        if district is not None:
            _require(caller, district)
            where["district"] = district
        order = (("submitted_at", 1), ("_id", 1))
        after = None if cursor is None else decode_cursor(cursor, len(order))
        return await _page(self._kept.used.rows("requests"), where, order, after, limit)

    async def _make(self, id: str, first_awards: Mapping[str, str]) -> None:
        used = self._kept.used
        owner, _, year = id.partition("/")
        district = _district_of(owner)
        scope = {"fiscal_year": year} if district is None else {"fiscal_year": year, "district": district}
        for _ in range(TRIES):
            before = await used.rows(FIGURES).get(id)
            rows = [row async for row in used.rows("requests").all(scope, ROW_FIELDS)]
            books = [book async for book in used.rows("books").all(scope, ("currency", "balance"))]
            late = {"overdue": True} if district is None else {"overdue": True, "district": district}
            obstacles = await used.rows("obstacles").count(late)
            content = figures_of(
                sorted(rows, key=lambda row: row["_id"]), books, first_awards=first_awards, obstacles=obstacles
            )
            weight = sum(row["sequence"] for row in (*rows, *books)) + len(first_awards) + obstacles
            if before is not None and before["sequence"] > weight:
                return  # made meanwhile of newer rows
            by = {"_id": id, "sequence": weight, "fiscal_year": year, "district": district, **content}
            if by == before or await used.rows(FIGURES).put(before, by):
                return


async def _first_awards(used: Generation) -> Mapping[str, str]:
    """Return organisation → request of its first award ever, by the time of the decision."""
    first: dict[str, tuple[str, str]] = {}
    async for row in used.rows("requests").all({"award": True}, ("organization", "decided_at")):
        found = (row["decided_at"], row["_id"])
        first[row["organization"]] = min(found, first.get(row["organization"], found))
    return {organization: id for organization, (_, id) in first.items()}


async def _page(rows: Any, where: Document, order: Any, after: Any, limit: int) -> Page[Document]:
    found = await rows.find(where, order=order, limit=limit + 1, after=after)
    items = found[:limit]
    last = [items[-1].get(key) for key, _ in order] if len(found) > limit else None
    return Page(items=items, next=None if last is None else encode_cursor(last), total=await rows.count(where))


def _district_of(owner: str) -> str | None:
    return None if owner == CITY else owner.partition(":")[2]


def _require(caller: Caller, district: str | None) -> None:
    """Raise Forbidden unless the caller may see this district's figures, or the city's."""
    if district is None:
        caller.require_whole_city(*CITY_READERS)
    else:
        caller.require(*DISTRICT_READERS, district=district)


def _visible(caller: Caller) -> Document:
    """Return the filter of what the caller may see. Raises Forbidden."""
    caller.require(*DISTRICT_READERS)
    if caller.districts_of(*CITY_READERS) is None:
        return {}
    districts = caller.districts_of(*DISTRICT_READERS)
    if districts is None:  # staff of all districts, but not of the city: every district, not the city's own figures
        return {"district": {"$gt": ""}}
    return {"district": {"$in": sorted(districts)}}
