"""What clients send: bounded, described, unknown fields refused."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.requests.domain.proposal import Line, Proposal
from shared.contracts.base import Names
from shared.contracts.ids import DistrictId, Id
from shared.contracts.money import Amount, PositiveAmount
from shared.contracts.refusals import FieldError, InvalidFields
from shared.contracts.requests import RequestKind
from shared.contracts.support import Service, SupportForm

YEARS: Final = range(1900, 2201)  # outside, a change of zone overflows; nothing of a city is planned there
VISIBLE: Final = r"\S"  # not only blanks; the text itself is kept as typed


def _utc_milliseconds(value: datetime) -> datetime:
    """Cut to what documents and events hold, so that what is stored equals what was decided on."""
    if value.year not in YEARS:
        raise ValueError(f"the year must be between {YEARS[0]} and {YEARS[-1]}")
    return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)


Time = Annotated[
    AwareDatetime,
    AfterValidator(_utc_milliseconds),
    Field(description="ISO 8601 with its zone; kept as UTC in milliseconds.", examples=["2027-03-01T08:00:00Z"]),
]


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def body_example(**fields: Any) -> ConfigDict:
    """Return a body's configuration with an example, which the API's document shows."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class NamesBody(Body):
    """A name in Persian, and in English where there is one."""

    fa: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=VISIBLE)] = Field(
        description="Persian.", examples=["پیشگیری از اعتیاد در محله"]
    )
    en: Annotated[str, StringConstraints(max_length=300)] | None = Field(
        default=None, description="English.", examples=["Preventing addiction in the neighbourhood"]
    )

    def names(self) -> Names:
        """Return the contract's form."""
        return Names(fa=self.fa, en=self.en)


class LineBody(Body):
    """One line of the request's budget."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=VISIBLE)] = Field(
        description="What the money is for.", examples=["اجاره سالن"]
    )
    amount: PositiveAmount = Field(examples=[20_000_000])


class RequestPatch(Body):
    """The fields to set; those not named stay, null clears. A draft may be incomplete until it is submitted (REQ-4)."""

    model_config = body_example(title="نشست‌های هفتگی پیشگیری از اعتیاد", people_reached=150)

    programme: Id | None = Field(default=None, description="Under which programme; fixed once submitted.")
    district: DistrictId | None = Field(default=None, description="Fixed once submitted.", examples=["7"])
    neighbourhood: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Where in the district.", examples=["طلاب"]
    )
    kind: RequestKind | None = Field(default=None, description="رویداد، فعالیت یا برنامه فرهنگی.")
    topic: Id | None = Field(
        default=None, description="A topic of the programme or of the lists in force.", examples=["addiction"]
    )
    title: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=VISIBLE)] | None = Field(
        default=None, description="Name of the plan, as typed.", examples=["نشست‌های خانوادگی پیشگیری از اعتیاد"]
    )
    lessens: Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=VISIBLE)] | None = Field(
        default=None, description="How it lessens the issue."
    )
    indicator: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=VISIBLE)] | None = Field(
        default=None, description="One indicator by which the effect is seen."
    )
    people_reached: Annotated[int, Field(strict=True, ge=0, le=100_000_000)] | None = Field(
        default=None, description="How many people it reaches.", examples=[120]
    )
    starts_on: Time | None = None
    ends_on: Time | None = Field(default=None, description="Waiting for money ends with this (REQ-9).")
    budget_lines: list[LineBody] | None = Field(
        default=None, max_length=100, description="They add up to ``amount_asked``."
    )
    amount_asked: PositiveAmount | None = Field(
        default=None, description="In the programme's currency, not above its ceiling.", examples=[60_000_000]
    )
    minimum: PositiveAmount | None = Field(
        default=None, description="The least with which it can still be done.", examples=[40_000_000]
    )
    own_contribution: Amount | None = Field(
        default=None, description="What the organisation gives itself, in the same currency.", examples=[10_000_000]
    )

    support: SupportForm | None = Field(
        default=None, description="Form of support; money unless said otherwise. Fixed once submitted."
    )
    services: list[Service] | None = Field(
        default=None,
        max_length=3,
        description="What the city is to lend; only for a service.",
        examples=[["venue", "permit"]],
    )

    def changes(self) -> dict[str, Any]:
        """Return the named fields in the domain's form. Raises InvalidFields if the programme is to be cleared."""
        changes: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set & PROPOSAL_FIELDS}
        if "programme" in changes and changes["programme"] is None:
            raise InvalidFields(errors=[FieldError("/programme", "required")])
        if "budget_lines" in changes:
            changes["budget_lines"] = tuple(Line(line.title, line.amount) for line in self.budget_lines or ())
        if "services" in changes:
            changes["services"] = tuple(dict.fromkeys(self.services or ()))  # each once, in the order given
        if "support" in changes:
            changes["support"] = self.support or "money"
        if "own_contribution" in changes:
            changes["own_contribution"] = self.own_contribution or 0
        return changes


PROPOSAL_FIELDS: Final = frozenset(RequestPatch.model_fields)


class RequestBody(RequestPatch):
    """A new draft: who asks, under which programme, and as much of the rest as is known."""

    model_config = body_example(
        organization="0b7f3a52-6d0c-5f57-9a51-0c8f0d1e2a33",
        programme="5d1f8f0a-93a5-5f0f-8a4c-6c1d2b3e4f50",
        district="7",
        neighbourhood="طلاب",
        kind="event",
        topic="addiction",
        title="نشست‌های خانوادگی پیشگیری از اعتیاد",
        lessens="خانواده‌ها نشانه‌های آغاز مصرف را می‌شناسند.",
        indicator="شمار خانواده‌هایی که دوره را به پایان می‌رسانند",
        people_reached=120,
        starts_on="2027-03-01T08:00:00Z",
        ends_on="2027-03-10T16:00:00Z",
        budget_lines=[{"title": "اجاره سالن", "amount": 20_000_000}, {"title": "مدرس", "amount": 40_000_000}],
        amount_asked=60_000_000,
        minimum=40_000_000,
        own_contribution=10_000_000,
    )

    organization: Id = Field(description="The organisation that asks; the caller acts for it.")
    programme: Id = Field(description="Under which programme.")

    def proposal(self) -> Proposal:
        """Return the domain's form."""
        return Proposal(**{**self.changes(), "programme": self.programme})


class WithdrawBody(Body):
    """Why it is withdrawn."""

    model_config = body_example(reason="برنامه برگزار نمی‌شود.")

    reason: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="", description="May be left out.", examples=["برنامه برگزار نمی‌شود."]
    )
