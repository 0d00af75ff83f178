"""Carries a city's proposals through the services, by their HTTP APIs alone.

What may run ahead runs ahead: registrations, drafts, submissions and ballots of many proposals at once. Only the last step is kept in
the file's order inside each district: the chair signs, and the next signature waits until that request is in_progress, waiting or
rejected. Districts run side by side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.city.files import City, CityDistrict, Proposal
from ops.city.fold import WaitingRule
from ops.city.topics import DEFAULT, TOPICS, topic_of
from ops.client import Sama
from ops.play import cases, organizations, people, requests
from ops.play.founding import District, Founded, Plan, Programme, found
from ops.play.ordered import in_order
from ops.play.progress import Progress
from ops.play.requests import Request, Waits

COLUMNS: Final = ("requests", "voted", "approved", "rejected", "funded", "waiting")
PROGRAMME: Final = "city"
SETTLED: Final = ("waiting", "rejected", "reserved", "in_progress")
ONE_YEAR: Final = timedelta(days=365)
RULES: Final[Mapping[str, Any]] = {
    "id": "city",
    "names": {"fa": "آیین‌نامهٔ کارگروه‌ها", "en": "Rules of the working groups"},
    "rules": {
        "seats": [
            {"seat": 1, "kind": "deputy", "chair": True},
            {"seat": 2, "kind": "expert"},
            {"seat": 3, "kind": "expert"},
            {"seat": 4, "kind": "expert"},
            {"seat": 5, "kind": "neighbourhood_member"},
            {"seat": 6, "kind": "neighbourhood_member"},
        ]
    },
}
CRITERIA: Final = (
    {"id": "need", "names": {"fa": "نیاز محله", "en": "Need"}, "weight": 60},
    {"id": "plan", "names": {"fa": "برنامه و هزینه", "en": "Plan and costs"}, "weight": 40},
)


@dataclass(frozen=True, slots=True)
class Item:
    """One proposal and its place in its district, from 1."""

    district: CityDistrict
    proposal: Proposal
    place: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proposal whose ballots are cast and whose reason is drafted: only the chair's signature is missing."""

    request: Request
    case: str


def plan_of(city: City, waiting: WaitingRule, now: datetime) -> Plan:
    """Return what the city's offices set up: each district's share is its budget, out of an appropriation of their sum."""
    largest = max((p.amount for d in city.districts for p in d.proposals), default=1)
    return Plan(
        fiscal_year=city.year,
        currency=city.currency,
        waiting_rule=waiting.replace("-", "_"),
        appropriation={
            "amount": city.budget,
            "approval_number": f"{city.year}/1",
            "approved_on": now.date().isoformat(),
            "budget_code": "participatory-budget",
        },
        districts=[
            District(district.id, {"fa": district.name, "en": district.name}, order, district.budget)
            for order, district in enumerate(city.districts, 1)
        ],
        valid_from="2000-01-01T00:00:00Z",
        seat_term={"from": _instant(now - ONE_YEAR), "until": _instant(now + 3 * ONE_YEAR)},
        topics=[{"topic": t.id, "names": {"fa": t.fa, "en": t.en}, "weight": t.weight} for t in TOPICS],
        rule_sets=[RULES],
        criteria=CRITERIA,
        programmes={PROGRAMME: Programme({"fa": f"بودجهٔ مشارکتی {city.name}", "en": city.name}, RULES["id"], largest)},
    )


class Loading:
    """One city on its way through the services."""

    def __init__(self, sama: Sama, city: City, waiting: WaitingRule, progress: Progress) -> None:
        self._sama = sama
        self._city = city
        self._plan = plan_of(city, waiting, datetime.now(UTC))
        self._progress = progress
        self._waits = Waits()
        self._criteria = cases.Criteria(self._plan.weights)
        self._supported = {district.id: district.supported() for district in city.districts}
        self._founded = Founded()
        self._when = _instant(datetime.now(UTC) + ONE_YEAR)

    async def run(self) -> None:
        """Found the city, then prepare and decide everything. Raises ApiProblem, ServiceAway, TooLate."""
        self._founded = await found(self._sama, self._plan)
        rows = {
            district.id: [Item(district, proposal, place) for place, proposal in enumerate(district.proposals, 1)]
            for district in self._city.districts
        }
        await in_order(rows, self._prepare, self._decide)

    async def _prepare(self, item: Item) -> Prepared:
        sama, district, proposal = self._sama, item.district, item.proposal
        organization = await organizations.found(
            sama,
            self._profile(district, proposal),
            f"applicant-{district.id}-{item.place}",
            different_because="هر طرح تشکل خودش را دارد؛ شناسهٔ طرح‌ها یکی نیست.",
        )
        request = await requests.draft(sama, organization, self._content(district, proposal))
        await requests.submit_when_known(sama, request, self._waits)
        self._progress.count(district.id, "requests")
        case = await requests.case_of(sama, request, self._waits)
        supported = proposal.request in self._supported[district.id]
        form = cases.ballot(
            self._criteria, "approve" if supported else "reject", amount=proposal.amount if supported else None
        )
        await cases.vote(sama, case, district.id, dict.fromkeys(people.SEATS, form))
        await cases.draft_reason(sama, case, district.id, self._reason(district, proposal))
        self._progress.count(district.id, "voted")
        return Prepared(request, case)

    async def _decide(self, item: Item, ready: Prepared) -> None:
        district = item.district.id
        await cases.sign(self._sama, ready.case, district)
        outcome = await self._settle(ready.request)
        self._progress.count(district, "rejected" if outcome == "rejected" else "approved")
        if outcome != "rejected":
            self._progress.count(district, outcome)

    async def _settle(self, request: Request) -> str:
        """Wait for what the decision brought; accept an award at once. Returns rejected, waiting or funded."""
        seen = await requests.until_status(self._sama, request, SETTLED, self._waits.decision)
        if seen["status"] != "reserved":
            return str(seen["status"])
        await requests.accept(self._sama, request)
        await requests.until_status(self._sama, request, ("in_progress",), self._waits.commitment)
        return "funded"

    def _profile(self, district: CityDistrict, proposal: Proposal) -> Mapping[str, Any]:
        name = f"{self._city.name}, {district.name}, {proposal.request}"
        return {
            "names": {"fa": name, "latin": name},
            "kind": "foreign_organization",
            "districts": [district.id],
            "topics": [topic_of(proposal.categories)],
            "no_legal_id_reason": f"پیشنهاددهندهٔ طرح {proposal.request} در بودجهٔ مشارکتی {self._city.name} {self._city.year}",
            "address": {"text": f"{self._city.name}, {district.name}", "neighbourhood": district.name},
            "contact": {"email": f"{district.id}@example.org"},
            "representatives": [{"name": f"Proposer of {proposal.request}", "role": "proposer"}],
            "purpose": "پیشنهاد یک طرح در بودجهٔ مشارکتی شهر",
        }

    def _content(self, district: CityDistrict, proposal: Proposal) -> Mapping[str, Any]:
        topic = topic_of(proposal.categories)
        return {
            "programme": self._founded.programmes[PROGRAMME],
            "district": district.id,
            "kind": "activity",
            "topic": topic,
            "title": proposal.title,
            "lessens": ", ".join(proposal.categories) or DEFAULT,
            "indicator": "votes of residents",
            "people_reached": proposal.votes,
            "starts_on": self._when,
            "ends_on": self._when,
            "budget_lines": [{"title": "whole project", "amount": proposal.amount}],
            "amount_asked": proposal.amount,
            "minimum": proposal.amount,
        }

    def _reason(self, district: CityDistrict, proposal: Proposal) -> str:
        place = "at least" if proposal.request in self._supported[district.id] else "fewer than"
        return f"{proposal.votes} residents voted for it: {place} the median of the district's proposals."


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
