"""Makes the organisations and requests of the story: always the same ones, from the example's patterns and one seed.

Nobody is invented: an organisation is its kind and number, its representatives are «نمایندهٔ اول» and «نمایندهٔ دوم».
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from ops.demo import identifiers
from ops.demo.example import Example, ExampleDistrict, Topic
from shared.persian.text import persian_digits

SEED: Final = 1405
PER_DISTRICT: Final = 4  # organisations of each district that are approved
REQUESTS_PER_DISTRICT: Final = 19
NOT_APPROVED: Final = ("3", "5", "8", "11")  # districts with one more organisation, which is rejected or never finished
SUSPENDED: Final = ("2", "6", "9")  # districts of which one organisation is suspended midway
REINSTATED: Final = ("6",)
FEW: Final = 3  # requests of the district whose money the race has used up
LEGAL_ID_KINDS: Final = frozenset({"association", "charity", "institute"})

Fate = Literal["approve", "tie", "reject", "withdraw", "decline", "no_quorum"]
"""approve, tie (exactly half; the chair decides), reject: by the ballots; withdraw: while in review; decline: the applicant withdraws the
reserved award; no_quorum: only two vote before the first deadline, the rest after it has moved."""

FATES: Final[Mapping[Fate, int]] = {"approve": 60, "tie": 5, "reject": 24, "withdraw": 8, "decline": 3}


@dataclass(frozen=True, slots=True)
class PlannedOrganization:
    """An organisation to be: its registration and what becomes of it."""

    number: int
    district: str
    neighbourhood: str
    profile: Mapping[str, Any]
    outcome: Literal["approved", "rejected", "draft"] = "approved"
    suspended: bool = False
    reinstated: bool = False

    @property
    def owner(self) -> str:
        """Subject of who registers it."""
        return f"applicant-{self.number}"

    @property
    def name(self) -> str:
        """Its Persian name."""
        return str(self.profile["names"]["fa"])


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request to be: its content without the programme, and what becomes of it."""

    number: int
    organization: PlannedOrganization
    content: Mapping[str, Any]
    fate: Fate
    seed: int = 0

    @property
    def district(self) -> str:
        """Its district."""
        return self.organization.district

    @property
    def amount(self) -> int:
        """The amount asked."""
        return int(self.content["amount_asked"])


@dataclass
class Generator:
    """Numbers organisations and makes them and their requests; the same seed makes the same ones."""

    example: Example
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - a story, not a secret
    organizations_made: int = 0
    requests_made: int = 0

    def organization(
        self, district: ExampleDistrict, kind: str | None = None, neighbourhood: str | None = None, **what: Any
    ) -> PlannedOrganization:
        """Make the next organisation of a district. what: outcome, suspended, reinstated."""
        self.organizations_made += 1
        number = self.organizations_made
        patterns = self.example.organizations["kinds"]
        pattern = (
            self.dice.choices(patterns, [p["share"] for p in patterns])[0]
            if kind is None
            else next(p for p in patterns if p["kind"] == kind)
        )
        place = neighbourhood or self.dice.choice(district.neighbourhoods)
        profile = self._profile(pattern, number, district, place)
        return PlannedOrganization(number, district.id, place, profile, **what)

    def request(
        self,
        organization: PlannedOrganization,
        *,
        fate: Fate | None = None,
        amount: int | None = None,
        topic: Topic | None = None,
    ) -> PlannedRequest:
        """Make the next request of an organisation."""
        self.requests_made += 1
        district = self.example.districts[organization.district]
        topics = [*self.example.topics, district.own_topic]
        chosen = topic or self.dice.choices(topics, [t.weight for t in topics])[0]
        pattern = self.dice.choice([p for p in self.example.requests["patterns"] if chosen.id in p["topics"]])
        bounds = self.example.requests["amounts"]
        asked = amount or self.dice.randrange(bounds["least"], bounds["most"] + 1, bounds["step"])
        content = self._content(pattern, organization, chosen, asked)
        return PlannedRequest(
            number=self.requests_made,
            organization=organization,
            content=content,
            fate=fate or self.dice.choices(list(FATES), list(FATES.values()))[0],
            seed=self.dice.randrange(1 << 30),
        )

    def _profile(
        self, pattern: Mapping[str, Any], number: int, district: ExampleDistrict, neighbourhood: str
    ) -> dict[str, Any]:
        words = self.example.organizations
        names = {
            "fa": pattern["names"]["fa"].format(number=persian_digits(str(number))),
            "latin": pattern["names"]["latin"].format(number=number),
        }
        profile: dict[str, Any] = {
            "names": names,
            "kind": pattern["kind"],
            "districts": [district.id],
            "topics": [topic.id for topic in self.example.topics],
            "address": {
                "text": f"{neighbourhood}، خیابان نمونه، پلاک {persian_digits(str(number))}",
                "neighbourhood": neighbourhood,
                "postal_code": f"91{number:08d}",
            },
            "contact": {"email": f"organization{number}@example.org"},
            "representatives": [
                {
                    "name": name,
                    "role": role,
                    "national_code": identifiers.national_code(2 * number + place),
                    "mobile": identifiers.mobile(2 * number + place),
                }
                for place, (name, role) in enumerate((("نمایندهٔ اول", "مدیر"), ("نمایندهٔ دوم", "خزانه‌دار")))
            ],
            "purpose": words["purpose"],
        }
        if pattern["kind"] in LEGAL_ID_KINDS:
            profile["legal_id"] = identifiers.legal_id(number)
            profile["licence"] = {
                "number": f"1404/{number}",
                "issuer": words["licence_issuer"],
                "valid_from": "2025-03-21",
                "valid_until": "2035-03-20",
            }
            profile["account"] = {"sheba": identifiers.sheba(number), "held_by": "organization"}
        else:
            profile["no_legal_id_reason"] = words["no_legal_id_reason"]
        return profile

    def _content(
        self, pattern: Mapping[str, Any], organization: PlannedOrganization, topic: Topic, asked: int
    ) -> dict[str, Any]:
        lines = self.example.requests["lines"]
        parts = [asked * line["share"] // 100 for line in lines]
        parts[0] += asked - sum(parts)
        title = pattern["title"]["fa"].format(neighbourhood=organization.neighbourhood, topic=topic.fa)
        starts = datetime.now(UTC) + timedelta(days=30)
        return {
            "district": organization.district,
            "neighbourhood": organization.neighbourhood,
            "kind": pattern["kind"],
            "topic": topic.id,
            "title": title,
            "lessens": pattern["lessens"],
            "indicator": pattern["indicator"],
            "people_reached": self.dice.randint(*pattern["people"]),
            "starts_on": _instant(starts),
            "ends_on": _instant(starts + timedelta(days=90)),
            "budget_lines": [{"title": line["title"], "amount": part} for line, part in zip(lines, parts, strict=True)],
            "amount_asked": asked,
            "minimum": asked * 7 // 10,
        }


@dataclass(frozen=True, slots=True)
class WholeCity:
    """What the whole city's play needs: organisations, and each district's requests in the order of their decisions."""

    organizations: Sequence[PlannedOrganization]
    requests: Mapping[str, Sequence[PlannedRequest]]


def whole_city(generator: Generator, spent: str, per_district: int = REQUESTS_PER_DISTRICT) -> WholeCity:
    """Make the city's organisations and requests. spent: the district whose money the race has used up."""
    organizations: list[PlannedOrganization] = []
    requests: dict[str, list[PlannedRequest]] = {}
    for district in generator.example.districts.values():
        here = [
            generator.organization(
                district,
                suspended=place == 0 and district.id in SUSPENDED,
                reinstated=place == 0 and district.id in REINSTATED,
            )
            for place in range(PER_DISTRICT)
        ]
        wanted = min(FEW, per_district) if district.id == spent else per_district
        requests[district.id] = [generator.request(here[place % len(here)]) for place in range(wanted)]
        requests[district.id].append(generator.request(here[1], fate="no_quorum", amount=100_000_000))
        organizations += here
        if district.id in NOT_APPROVED:
            outcome: Literal["rejected", "draft"] = "draft" if district.id == NOT_APPROVED[0] else "rejected"
            organizations.append(generator.organization(district, outcome=outcome))
    return WholeCity(organizations, requests)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
