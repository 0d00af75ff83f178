"""What clients send and read of programmes. Amounts are whole units of the programme's currency."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.requests.domain.programme import (
    Programme,
    ProgrammeKind,
    ProgrammeStatus,
    Terms,
    WaitingRule,
)
from services.requests.inbound.bodies import Body, NamesBody, Time, body_example
from services.requests.usecases.programmes import Version
from shared.contracts.base import Names
from shared.contracts.durations import Duration
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.contracts.money import Currency, PositiveAmount
from shared.contracts.requests import Criterion
from shared.contracts.review import RuleSetRef
from shared.contracts.support import SupportForm
from shared.contracts.wording import PROGRAMME_WORDING
from shared.storage.ports import Stored


class RuleSetBody(Body):
    """Which rule set, at which version."""

    id: Id = Field(description="Id of the rule set.", examples=["mashhad"])
    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(description="Its version.", examples=[1])


class CriterionBody(Body):
    """One criterion of the ballots and its weight."""

    id: Id = Field(description="Its id in ballots.", examples=["effect"])
    names: NamesBody
    weight: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(
        description="All weights add up to 100.", examples=[40]
    )


class DurationBody(Duration):
    """Exactly one of working days, days (24 h each) or seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def duration(self) -> Duration:
        """Return the contract's form, which equals what is stored."""
        return Duration.model_validate(self.model_dump())


class ProgrammeBody(Body):
    """A programme, as drafted (REQ-1)."""

    model_config = body_example(
        names={"fa": "پیشگیری از اعتیاد در محله", "en": "Preventing addiction in the neighbourhood"},
        kind="rolling",
        fiscal_year="1405",
        currency="IRR",
        districts=["7", "samen"],
        ceiling=500_000_000,
        rule_set={"id": "mashhad", "version": 1},
        criteria=[
            {"id": "need", "names": {"fa": "ضرورت"}, "weight": 60},
            {"id": "plan", "names": {"fa": "برنامه"}, "weight": 40},
        ],
    )

    names: NamesBody
    kind: ProgrammeKind = Field(description="rolling: until it is closed; dated: from ``opens`` to ``closes``.")
    fiscal_year: FiscalYear = Field(description="Year of the books that fund it.", examples=["1405"])
    currency: Currency
    districts: list[DistrictId] = Field(
        min_length=1, max_length=200, description="Districts whose books fund it.", examples=[["7", "samen"]]
    )
    topics: list[Id] = Field(
        default_factory=list,
        max_length=200,
        description="Topics that requests may name; empty: every topic of the city's list and the district's own.",
        examples=[["addiction", "divorce"]],
    )
    support: list[SupportForm] = Field(
        default=["money"],
        min_length=1,
        max_length=3,
        description="Forms of support that it gives; without money it needs no books.",
        examples=[["money", "service"]],
    )
    ceiling: PositiveAmount = Field(
        description="Most that one request is given, in ``currency``.", examples=[500_000_000]
    )
    minimum: PositiveAmount | None = Field(default=None, description="Least that one request may ask.")
    maximum: PositiveAmount | None = Field(
        default=None, description="Most that one request may ask, not below the ceiling; left out: the ceiling."
    )
    organization_ceiling: PositiveAmount | None = Field(
        default=None,
        description="Most that one organisation, with those that share a representative or an account, is given; not below the ceiling.",
    )
    one_open_request: StrictBool = Field(
        default=False, description="Whether an organisation may have only one request under it that is not over."
    )
    rule_set: RuleSetBody
    criteria: list[CriterionBody] = Field(
        min_length=1, max_length=20, description="What ballots score; the weights add up to 100."
    )
    opens: Time | None = Field(default=None, description="From when requests are taken; a dated programme needs it.")
    closes: Time | None = Field(default=None, description="Until when; only for a dated programme.")
    grace: DurationBody | None = Field(
        default=None,
        description="How long after ``closes`` a draft begun before it may still be submitted; only for a dated programme.",
        examples=[{"days": 2}],
    )
    questions_until: Time | None = Field(
        default=None,
        description="Until when questions are taken, before ``closes``; left out: three days before. Only for a dated programme.",
    )
    waiting_rule: WaitingRule | None = Field(
        default=None, description="Only for a dated programme; left out: the rule of the district's book (BUD-5)."
    )

    def terms(self) -> Terms:
        """Return the domain's form."""
        return Terms(
            names=self.names.names(),
            kind=self.kind,
            fiscal_year=self.fiscal_year,
            currency=self.currency,
            districts=tuple(self.districts),
            topics=tuple(self.topics),
            ceiling=self.ceiling,
            rule_set=RuleSetRef(id=self.rule_set.id, version=self.rule_set.version),
            criteria=tuple(Criterion(id=c.id, names=c.names.names(), weight=c.weight) for c in self.criteria),
            opens=self.opens,
            closes=self.closes,
            minimum=self.minimum,
            maximum=self.maximum,
            grace=None if self.grace is None else self.grace.duration(),
            organization_ceiling=self.organization_ceiling,
            one_open_request=self.one_open_request,
            waiting_rule=self.waiting_rule,
            support=tuple(self.support),
            questions_until=self.questions_until,
        )


class TermsView(BaseModel):
    """What a programme offers."""

    names: Names
    kind: ProgrammeKind
    fiscal_year: str
    currency: str
    districts: list[str]
    topics: list[str]
    support: list[SupportForm] = Field(description="Forms of support that it gives.")
    ceiling: int = Field(description="Most that one request is given.")
    minimum: int | None = Field(description="Least that one request may ask.")
    maximum: int | None = Field(description="Most that one request may ask; null: the ceiling.")
    organization_ceiling: int | None = Field(
        description="Most that one organisation, with those that share a representative or an account, is given (REG-5)."
    )
    one_open_request: bool = Field(
        description="Whether an organisation may have only one request under it that is not over."
    )
    rule_set: RuleSetRef
    criteria: list[Criterion]
    opens: datetime | None
    closes: datetime | None
    grace: Duration | None = Field(description="How long after its end a draft begun before may still be submitted.")
    waiting_rule: WaitingRule | None = Field(description="Null: the rule of the district's book (BUD-5).")


class ProgrammeView(TermsView):
    """A programme, as its version in force."""

    questions_until: datetime | None = Field(description="Until when questions are taken; null: it takes none (REQ-2).")

    id: str
    version: int = Field(description="For If-Match.")
    status: ProgrammeStatus
    public_status: Names = Field(description="The status in the words for the public (REQ-15).")
    edition: int = Field(description="Its version in the sense of REQ-1; frozen when open.")
    grace_until: datetime | None
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


class ProgrammeList(BaseModel):
    """One page of programmes."""

    items: list[ProgrammeView]
    next: str | None
    total: int


class VersionView(TermsView):
    """One version of a programme, for what was submitted under it."""

    edition: int
    since: datetime | None = Field(description="From when it was in force; null for a draft.")
    until: datetime | None = Field(description="Until another replaced it; null: it is the last.")


def _terms(terms: Terms) -> Mapping[str, Any]:
    return {name: getattr(terms, name) for name in TermsView.model_fields}


def programme_view(stored: Stored[Programme]) -> dict[str, Any]:
    """Return a programme as ProgrammeView."""
    state = stored.state
    return {
        **_terms(state.terms),
        "id": stored.id,
        "version": stored.version,
        "status": state.status,
        "public_status": PROGRAMME_WORDING[state.status],
        "edition": state.edition,
        "grace_until": state.grace_until,
        "questions_until": state.terms.questions_close,
        "created_at": state.created_at,
        "opened_at": state.opened_at,
        "closed_at": state.closed_at,
    }


def version_view(version: Version) -> dict[str, Any]:
    """Return a version of a programme as VersionView."""
    return {**_terms(version.terms), "edition": version.edition, "since": version.since, "until": version.until}
