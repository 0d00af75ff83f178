"""examples/mashhad as typed data: what the city is, and the patterns from which organisations and requests are made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.local.places import ROOT
from ops.play.founding import District, Plan, Programme

FOLDER: Final = ROOT / "examples" / "mashhad"
CALENDAR: Final = FOLDER / "calendar.json"
MAIN, SHORT = "main", "short"


@dataclass(frozen=True, slots=True)
class Topic:
    """A priority topic as ``topics.json`` has it."""

    id: str
    fa: str
    en: str
    weight: int

    def as_body(self) -> dict[str, Any]:
        """Return it as the review service takes it."""
        return {"topic": self.id, "names": {"fa": self.fa, "en": self.en}, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class ExampleDistrict:
    """A district with its neighbourhoods and the topic that it adds to the city's list."""

    id: str
    fa: str
    en: str
    neighbourhoods: tuple[str, ...]
    own_topic: Topic

    @property
    def name(self) -> str:
        """Both names, for the story."""
        return f"{self.en} «{self.fa}»"


@dataclass(frozen=True, slots=True)
class Example:
    """All of the example. organizations and requests: the patterns, as their files have them."""

    plan: Plan
    districts: Mapping[str, ExampleDistrict]
    topics: Sequence[Topic]
    organizations: Mapping[str, Any]
    requests: Mapping[str, Any]

    @property
    def year(self) -> str:
        """The fiscal year."""
        return self.plan.fiscal_year

    @property
    def currency(self) -> str:
        """The currency of all books."""
        return self.plan.currency


def read_example(folder: Path = FOLDER) -> Example:
    """Read the example. Raises OSError, ValueError or KeyError if its files were damaged."""
    city, topics, rule_sets = _json(folder, "city"), _json(folder, "topics"), _json(folder, "rule_sets")
    own = {topic["topic"]: _topic(topic) for topic in topics["own"]}
    districts = [
        ExampleDistrict(d["id"], d["names"]["fa"], d["names"]["en"], tuple(d["neighbourhoods"]), own[d["own_topic"]])
        for d in _json(folder, "districts")
    ]
    plan = Plan(
        fiscal_year=city["fiscal_year"],
        currency=city["currency"],
        waiting_rule=city["waiting_rule"],
        appropriation=city["appropriation"],
        districts=[District(d.id, {"fa": d.fa, "en": d.en}, order) for order, d in enumerate(districts, 1)],
        valid_from=city["district_valid_from"],
        seat_term=city["seat_term"],
        topics=topics["city"],
        rule_sets=rule_sets,
        criteria=city["criteria"],
        programmes={
            key: Programme(programme["names"], programme["rule_set"], programme["ceiling"])
            for key, programme in city["programmes"].items()
        },
        third_approval_above=city["third_approval_above"],
    )
    return Example(
        plan,
        {district.id: district for district in districts},
        [_topic(topic) for topic in topics["city"]],
        _json(folder, "organizations"),
        _json(folder, "requests"),
    )


def _topic(topic: Mapping[str, Any]) -> Topic:
    return Topic(topic["topic"], topic["names"]["fa"], topic["names"]["en"], topic["weight"])


def _json(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
