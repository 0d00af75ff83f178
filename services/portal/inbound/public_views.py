"""What readers of the other public lists get: refusals, calendar, organisations, books, meetings, programmes, priorities, rule sets."""

from typing import Any

from pydantic import BaseModel, Field

from services.portal.domain.request_row import Status
from services.portal.inbound.views import Sums, names_of
from services.portal.usecases.reading import Labels
from shared.contracts.base import Names
from shared.contracts.requests import Criterion, RequestKind
from shared.contracts.review import RuleSetRef, TopicWeight
from shared.contracts.support import SupportForm
from shared.storage.ports import Document


class RefusalView(BaseModel):
    """What was refused, where and why; not whose it was, so without its title."""

    id: str = Field(description="Id of the request.")
    district: str
    district_names: Names | None
    programme: str
    programme_names: Names | None
    fiscal_year: str
    topic: str
    topic_names: Names | None
    kind: RequestKind | None
    support: SupportForm
    decided_at: str
    currency: str | None
    amount_asked: int
    reason: str | None = Field(description="As edited for the public; none: nothing was edited.")


class CalendarEntry(BaseModel):
    """An event, activity or cultural programme whose award is committed."""

    id: str = Field(description="Id of the request; of the award, too.")
    title: str | None
    kind: RequestKind | None
    organization: str
    organization_name: str | None
    district: str
    district_names: Names | None
    neighbourhood: str | None
    topic: str
    topic_names: Names | None
    programme: str
    programme_names: Names | None
    starts_on: str
    ends_on: str
    people_planned: int | None
    status: Status


class OrganizationEntry(BaseModel):
    """An organisation that was verified and approved."""

    id: str
    name: str
    kind: str
    districts: list[str]
    approved_at: str = Field(description="Of its last approval.")


class OrganizationPage(OrganizationEntry):
    """An organisation with what it was awarded, by currency."""

    awards: list[Sums]


class BookEntry(BaseModel):
    """A book. balance: its parts, each a number of its own; the city's only tells what came in, the districts' where it is."""

    id: str
    district: str | None
    district_names: Names | None
    fiscal_year: str
    currency: str | None
    waiting_rule: str | None
    opened_at: str | None
    closed_at: str | None = Field(description="When its year was closed (BUD-9).")
    balance: dict[str, int] | None
    seq: int | None = Field(description="Place of the entry after which this is the balance.")
    at: str | None
    head: dict[str, Any] | None = Field(description="Its last published head: seq, hash, at (BUD-10).")
    appropriations: list[dict[str, Any]] = Field(description="The council's approvals.")


class MeetingEntry(BaseModel):
    """A meeting of a working group."""

    id: str
    district: str | None
    district_names: Names | None
    working_group: str | None
    starts_at: str | None
    place: str | None
    items: int | None
    status: str
    minutes: dict[str, Any] | None = Field(description="Number, date and how many attended.")


class Ranked(BaseModel):
    """Approvals of a ranked call as they came on a district's waiting list, the best first."""

    district: str
    at: str
    order: list[str] = Field(description="Ids of requests.")


class ProgrammeEntry(BaseModel):
    """A support programme or dated call."""

    id: str
    version: int
    names: Names
    kind: str
    status: str
    fiscal_year: str
    currency: str
    districts: list[str]
    topics: list[str] = Field(description="Empty: every topic of the list in force.")
    ceiling: int | None
    support: list[SupportForm]
    minimum: int | None
    maximum: int | None
    questions_until: str | None
    grace_until: str | None
    rule_set: RuleSetRef
    criteria: list[Criterion]
    opens: str
    closes: str | None
    closed_at: str | None
    ranked: list[Ranked] = Field(description="Only of ranked calls (BUD-5).")


class PriorityEntry(BaseModel):
    """A priority list in force: the city's, or a district's own."""

    id: str
    district: str | None
    district_names: Names | None
    version: int
    topics: list[TopicWeight]
    minutes_number: str | None
    adopted_at: str


class RuleSetEntry(BaseModel):
    """One version of a rule set, with its numbers."""

    id: str = Field(description="``<rule set>@<version>``.")
    rule_set: str
    version: int
    names: Names
    rules: dict[str, Any]
    adopted_at: str


def entry_of(model: type[BaseModel], row: Document, labels: Labels) -> dict[str, Any]:
    """Return a row as a model shows it: its own fields, names of what it names, and nothing else."""
    whole = {**row, **names_of(labels, row), "id": row["_id"]}
    return {name: whole.get(name) for name in model.model_fields}


class RefusalList(BaseModel):
    """One page of refusals."""

    items: list[RefusalView]
    next: str | None
    total: int


class CalendarList(BaseModel):
    """One page of the calendar."""

    items: list[CalendarEntry]
    next: str | None
    total: int


class OrganizationList(BaseModel):
    """One page of organisations."""

    items: list[OrganizationEntry]
    next: str | None
    total: int


class BookList(BaseModel):
    """One page of books."""

    items: list[BookEntry]
    next: str | None
    total: int


class MeetingList(BaseModel):
    """One page of meetings."""

    items: list[MeetingEntry]
    next: str | None
    total: int


class ProgrammeList(BaseModel):
    """One page of programmes."""

    items: list[ProgrammeEntry]
    next: str | None
    total: int


class PriorityList(BaseModel):
    """One page of priority lists."""

    items: list[PriorityEntry]
    next: str | None
    total: int


class RuleSetList(BaseModel):
    """One page of versions of rule sets."""

    items: list[RuleSetEntry]
    next: str | None
    total: int
