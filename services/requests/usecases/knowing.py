"""Keeping copies of what others announce: standings, districts, rule sets, priority lists, books."""

from services.requests.outbound.store import Copied
from services.requests.usecases.copied import list_key, rule_set_key
from services.requests.usecases.following import Following
from shared.contracts.budget import BookClosed, BookOpened
from shared.contracts.envelope import Envelope
from shared.contracts.registry import DistrictDefined, StandingChanged
from shared.contracts.review import PrioritiesAdopted, RuleSetAdopted


class Knowing:
    """Copies are replaced only by newer ones; a repeat changes nothing."""

    def __init__(self, copies: Copied, following: Following) -> None:
        self._copies = copies
        self._following = following

    async def standing_changed(self, data: StandingChanged, event: Envelope) -> None:
        """Keep the standing, then have the organisation's open requests follow it (I9).

        They are looked at after a repeat too: the first delivery may have ended between the copy and the scan.
        """
        fields = data.model_dump(mode="json", include={"name", "kind", "districts", "standing", "shares"})
        await self._copies.standings.apply(data.organization, event.number, fields)
        await self._following.follow_organization(data.organization, event.cause)

    async def district_defined(self, data: DistrictDefined, event: Envelope) -> None:
        """Keep the district."""
        fields = data.model_dump(mode="json", exclude={"district"})
        await self._copies.districts.apply(data.district, event.number, fields)

    async def rule_set_adopted(self, data: RuleSetAdopted, event: Envelope) -> None:
        """Keep this version of the rule set; a version never changes."""
        fields = {
            "rule_set": data.rule_set.id,
            "version": data.rule_set.version,
            "rules": data.rules.model_dump(mode="json"),
        }
        await self._copies.rule_sets.apply(rule_set_key(data.rule_set), event.number, fields)

    async def priorities_adopted(self, data: PrioritiesAdopted, event: Envelope) -> None:
        """Keep the list; the one with the highest version is in force (REV-14)."""
        fields = {"priority_list": data.priority_list, "topics": [topic.topic for topic in data.topics]}
        await self._copies.priority_lists.apply(list_key(data.district), data.version, fields)

    async def book_opened(self, data: BookOpened, event: Envelope) -> None:
        """Keep that the book is open, and its currency."""
        fields = {"fiscal_year": data.fiscal_year, "district": data.district, "currency": data.currency}
        await self._copies.books.apply(data.book, data.seq, fields)

    async def book_closed(self, data: BookClosed, event: Envelope) -> None:
        """Keep that its year is closed: no programme opens on it any more (BUD-9)."""
        fields = {"fiscal_year": data.fiscal_year, "district": data.district, "currency": data.currency, "closed": True}
        await self._copies.books.apply(data.book, data.seq, fields)
