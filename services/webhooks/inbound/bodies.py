"""What clients send: bounded, described, unknown fields refused."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.webhooks.domain.addresses import URL_LIMIT
from services.webhooks.domain.subscription import Start, Wanted, Where
from shared.contracts.ids import DistrictId, Id

YEARS: Final = range(2000, 2201)  # outside there are no events, and a broker's time overflows
LARGEST_OFFSET: Final = 2**62  # of a stream; a signed 64-bit number with room


def _utc_milliseconds(value: datetime) -> datetime:
    if value.year not in YEARS:
        raise ValueError(f"the year must be between {YEARS[0]} and {YEARS[-1]}")
    return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)


Time = Annotated[AwareDatetime, AfterValidator(_utc_milliseconds)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=URL_LIMIT)]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+\.v[0-9]+$", max_length=80)]
TypeList = Annotated[list[EventType], Field(max_length=100)]
DistrictList = Annotated[list[DistrictId], Field(max_length=200)]


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class StartBody(Body):
    """Where delivery begins: exactly one of the three."""

    model_config = _example(place="beginning")

    place: Annotated[str, StringConstraints(pattern=r"^(now|beginning)$")] | None = Field(
        default=None,
        description="``now``: only what comes from now on; ``beginning``: everything that was ever public.",
    )
    time: Time | None = Field(
        default=None,
        description="Events that became public from this time on; up to some minutes of earlier ones may come along.",
        examples=["2026-11-22T08:30:00Z"],
    )
    offset: Annotated[int, Field(strict=True, ge=0, le=LARGEST_OFFSET)] | None = Field(
        default=None, description="The event's place in the stream; what ``position`` of the subscription counts in."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> "StartBody":
        if sum(value is not None for value in (self.place, self.time, self.offset)) != 1:
            raise ValueError("give exactly one of place, time or offset")
        return self

    @property
    def where(self) -> Where:
        """The domain's word for it."""
        if self.place is not None:
            return "beginning" if self.place == "beginning" else "now"
        return "time" if self.time is not None else "offset"


class SubscribeBody(Body):
    """A new subscription."""

    model_config = _example(
        url="https://example.org/sama", types=["case.decided.v1", "commitment.made.v1"], districts=["7"]
    )

    url: Url = Field(description="Where events are sent by POST: https, a public address, no redirect.")
    organization: Id | None = Field(
        default=None, description="Whose subscription it is; left out: the city's own, or an outsider's (city office)."
    )
    types: TypeList = Field(default_factory=list, description="Only these event types; empty: all.")
    districts: DistrictList = Field(
        default_factory=list,
        description="Without events of other districts; what concerns no district in particular comes, too. Empty: all.",
    )
    start: StartBody = Field(default=StartBody(place="now"), description="Where delivery begins.")

    def wanted(self) -> Wanted:
        """Return the domain's form."""
        return Wanted(self.url, tuple(dict.fromkeys(self.types)), tuple(dict.fromkeys(self.districts)))

    def starts(self) -> Start:
        """Return where it begins."""
        return Start(1, self.start.where, self.start.offset, self.start.time)


class SubscriptionPatch(Body):
    """What is to change; what is left out stays as it is."""

    model_config = _example(types=["case.decided.v1"])

    url: Url | None = Field(default=None, description="Another address has to answer the challenge first.")
    types: TypeList | None = Field(default=None, description="Only these event types; empty: all.")
    districts: DistrictList | None = Field(default=None, description="As at the beginning; empty: all.")

    def changes(self) -> dict[str, Any]:
        """Return the named fields."""
        given = self.model_dump(exclude_none=True)
        return {key: tuple(dict.fromkeys(value)) if isinstance(value, list) else value for key, value in given.items()}


class ReplayBody(Body):
    """From where to deliver again."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [{"from": {"place": "beginning"}}]})

    start: StartBody = Field(alias="from", description="Where delivery begins anew.")
