"""What readers of the public lists get. Amounts are whole units of the currency beside them and never share a field (REQ-7, PUB-1)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from services.portal.domain.request_row import AMOUNTS, Status
from services.portal.usecases.reading import Facets, Labels
from shared.contracts.base import Names
from shared.contracts.requests import RequestKind
from shared.contracts.support import Service, SupportForm
from shared.storage.ports import Document


class Amounts(BaseModel):
    """Amounts of one award, or sums of many; each is a number of its own and no two add up to a third unless said so."""

    asked: int = Field(description="What the organisations asked for.")
    approved: int = Field(description="What the decisions approved.")
    reserved: int = Field(description="Earmarked in the book and not accepted yet.")
    committed: int = Field(description="Obligation after acceptance; what was paid of it is not taken off.")
    pending: int = Field(description="Of the commitment: in payments under way.")
    paid: int = Field(description="Of the commitment: paid by the bank, before deductions and refunds.")
    refunded: int = Field(description="Of what was paid: given back.")
    reported: int = Field(description="Spent, as accepted reports say.")


class Result(BaseModel):
    """What accepted reports say, all instalments together."""

    people_reached: int
    indicator_reached: str = Field(description="What the indicator shows, as reported last.")
    final: bool = Field(description="All is told.")
    reports: int = Field(description="How many reports were accepted.")


class AwardView(BaseModel):
    """Who got what, where, for what, when, how much, and with what result (PUB-1)."""

    id: str = Field(description="Id of the request (درخواست حمایت).")
    organization: str
    organization_name: str | None
    organization_kind: str | None
    district: str
    district_names: Names | None
    neighbourhood: str | None
    programme: str
    programme_names: Names | None
    fiscal_year: str
    book: str | None = Field(description="None: no money.")
    support: SupportForm
    services: list[Service] = Field(description="What the city lends; only for a service.")
    topic: str
    topic_names: Names | None
    kind: RequestKind | None
    title: str | None
    indicator: str | None
    people_planned: int | None
    starts_on: str | None
    ends_on: str | None
    decided_at: str
    committed_at: str | None
    status: Status
    currency: str | None
    amounts: Amounts
    result: Result | None


class AwardList(BaseModel):
    """One page of awards."""

    items: list[AwardView]
    next: str | None
    total: int


class Sums(BaseModel):
    """Count and sums of one currency."""

    currency: str | None
    count: int
    amounts: Amounts


class FacetValue(Sums):
    """Count and sums of the rows with one value of a facet, in one currency."""

    value: str | None
    names: Names | None


class FacetsView(BaseModel):
    """Counts and totals of a filter; ``facets`` by the value of each field that narrows the list."""

    total: int
    totals: list[Sums]
    facets: dict[str, list[FacetValue]]


def amounts_of(row: Document) -> Amounts:
    """Return a row's amounts."""
    return Amounts(**{name: row[f"amount_{name}"] for name in AMOUNTS})


def names_of(labels: Labels, row: Document) -> dict[str, Any]:
    """Return the names of what a row names by id."""
    return {
        f"{noun}_names": names.get(row.get(noun) or "")
        for noun, names in (
            ("district", labels.districts),
            ("topic", labels.topics),
            ("programme", labels.programmes),
        )
    }


def award_view(row: Document, labels: Labels) -> AwardView:
    """Return an award as anybody may read it."""
    plain = {name: row.get(name) for name in AwardView.model_fields.keys() - {"id", "amounts"}}
    return AwardView(**{**plain, **names_of(labels, row)}, id=row["_id"], amounts=amounts_of(row))


def facets_view(found: Facets, labels: Labels) -> FacetsView:
    """Return counts and totals."""
    named: Mapping[str, Mapping[str, Any]] = {
        "district": labels.districts,
        "topic": labels.topics,
        "programme": labels.programmes,
    }

    def amounts(sums: tuple[int, ...]) -> Amounts:
        return Amounts(**dict(zip(AMOUNTS, sums, strict=True)))

    return FacetsView(
        total=found.total,
        totals=[Sums(currency=one.values[0], count=one.count, amounts=amounts(one.sums)) for one in found.by_currency],
        facets={
            facet: [
                FacetValue(
                    value=one.values[0],
                    names=named.get(facet, {}).get(one.values[0] or ""),
                    currency=one.values[1],
                    count=one.count,
                    amounts=amounts(one.sums),
                )
                for one in tallies
            ]
            for facet, tallies in found.facets.items()
        },
    )
