"""Reading the copies of others' state as the domain's types."""

from collections.abc import Sequence
from datetime import datetime

from services.requests.domain.programme import KnownBook, KnownDistrict, Surroundings, Terms
from services.requests.domain.standing import KnownStanding
from services.requests.outbound.store import Copied
from shared.contracts.ids import district_book
from shared.contracts.registry import Standing
from shared.contracts.review import Rules, RuleSetRef

CITY_LIST = "city"


def rule_set_key(ref: RuleSetRef) -> str:
    """Return the id of the copy of one version of a rule set."""
    return f"{ref.id}@{ref.version}"


def list_key(district: str | None) -> str:
    """Return the id of the copy of the city's or a district's priority list."""
    return CITY_LIST if district is None else f"district:{district}"


async def known_standing(copies: Copied, organization: str) -> KnownStanding:
    """Return the newest standing heard of."""
    copy = await copies.standings.get(organization)
    if copy is None:
        return KnownStanding(organization)
    return KnownStanding(organization, copy["sequence"], Standing.model_validate(copy["standing"]))


async def known_rules(copies: Copied, ref: RuleSetRef) -> Rules | None:
    """Return the numbers of a rule set's version, if heard of."""
    copy = await copies.rule_sets.get(rule_set_key(ref))
    return None if copy is None else Rules.model_validate(copy["rules"])


async def topics_in_force(copies: Copied, district: str | None) -> frozenset[str]:
    """Return the topics of the city's list and of the district's own (REV-14)."""
    keys = [list_key(None), *([list_key(district)] if district else [])]
    lists = await copies.priority_lists.find({"_id": {"$in": keys}})
    return frozenset(topic for copy in lists for topic in copy["topics"])


async def surroundings(copies: Copied, terms: Terms) -> Surroundings:
    """Return what is known of all that a programme's opening needs."""
    books: Sequence[str] = [district_book(district, terms.fiscal_year) for district in terms.districts]
    found_districts = await copies.districts.find({"_id": {"$in": list(terms.districts)}}, limit=len(terms.districts))
    found_books = await copies.books.find({"_id": {"$in": books}}, limit=len(books))
    return Surroundings(
        rule_set_known=await copies.rule_sets.get(rule_set_key(terms.rule_set)) is not None,
        districts={
            copy["_id"]: KnownDistrict(_time(copy["valid_from"]), _time(copy["valid_to"]) if copy["valid_to"] else None)
            for copy in found_districts
        },
        books={
            copy["_id"]: KnownBook(copy["district"], copy["currency"], copy.get("closed", False))
            for copy in found_books
        },
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
