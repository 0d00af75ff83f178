"""Bodies of budget's commands, checked field by field."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.budget.domain.shares import Weight
from services.budget.usecases.books import Allotment, Appropriation, OpenBookOrder
from shared.contracts.budget import WaitingRule
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.contracts.refusals import FieldError, InvalidFields

Reference = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]

Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


class OpenBookBody(BaseModel):
    """A book to open; its terms never change."""

    model_config = _example(fiscal_year="1405", currency="IRR", district="7", waiting_rule="first_fit")

    fiscal_year: FiscalYear = Field(description="An opaque label.", examples=["1405"])
    currency: Currency
    district: DistrictId | None = Field(default=None, description="Left out: the city's book.", examples=["7"])
    waiting_rule: WaitingRule | None = Field(
        default=None,
        description="first_fit (default of a district's book): whatever fits is reserved. strict: nobody before all who wait ahead.",
    )
    max_skips: int | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="first_fit: one passed over that often goes first. Left out: unlimited.",
    )
    third_approval_above: Amount | None = Field(
        default=None,
        description="Of a district's book: payments of more than this need a third person (BUD-7). Left out: all do.",
    )

    def to_domain(self) -> OpenBookOrder:
        """Raises InvalidFields for a rule that the book can't have."""
        errors = []
        if self.district is None and self.waiting_rule is not None:
            errors.append(FieldError("/waiting_rule", "rule_is_for_districts"))
        if self.max_skips is not None and (self.district is None or self.waiting_rule == "strict"):
            errors.append(FieldError("/max_skips", "max_skips_needs_first_fit"))
        if self.district is None and self.third_approval_above is not None:
            errors.append(FieldError("/third_approval_above", "threshold_is_for_districts"))
        if errors:
            raise InvalidFields(errors=errors)
        rule: WaitingRule | None = None if self.district is None else self.waiting_rule or "first_fit"
        return OpenBookOrder(
            self.fiscal_year, self.currency, self.district, rule, self.max_skips, self.third_approval_above
        )


class AppropriationBody(BaseModel):
    """Money that the city's council gave (BUD-3)."""

    model_config = _example(
        fiscal_year="1405",
        amount=50_000_000_000,
        currency="IRR",
        approval_number="5/1405/218",
        approved_on="2026-04-11",
        budget_code="30104",
    )

    fiscal_year: FiscalYear = Field(description="Year of the books.", examples=["1405"])
    amount: PositiveAmount
    currency: Currency | None = Field(default=None, description="Checked against the book's.")
    approval_number: Reference = Field(description="Number of the council's approval.", examples=["5/1405/218"])
    approved_on: date = Field(description="Date of the approval.", examples=["2026-04-11"])
    budget_code: Reference = Field(description="Line of the city's budget.", examples=["30104"])

    def to_domain(self) -> Appropriation:
        """Return what the use case takes."""
        return Appropriation(
            fiscal_year=self.fiscal_year,
            amount=self.amount,
            approval_number=self.approval_number,
            approved_on=self.approved_on.isoformat(),
            budget_code=self.budget_code,
            currency=self.currency,
        )


class RankingBody(BaseModel):
    """A ranked call whose last case is closed (BUD-5)."""

    model_config = _example(programme="9f0c2d4b8a6e4f1c9d3b5a7e2c4d6f81")

    programme: Id = Field(description="Id of the programme.")


class CloseBody(BaseModel):
    """The close of a book's year (BUD-9)."""

    model_config = _example(next_fiscal_year="1406")

    next_fiscal_year: FiscalYear = Field(
        description="Year of the book in which it goes on; it is open, and its label sorts after this one.",
        examples=["1406"],
    )


class WeightBody(BaseModel):
    """One district's weight in a split."""

    model_config = ConfigDict(extra="forbid")

    district: DistrictId = Field(description="Id of the district.", examples=["7"])
    weight: int = Field(default=1, ge=1, le=1_000_000, description="Equal for all if left out.")
    order: int = Field(
        default=0, ge=0, le=1_000_000, description="Place in the city's own order; equal remainders go by it."
    )


class AllotmentBody(BaseModel):
    """Money for one district, or for several by weights with the largest remainder (BUD-4)."""

    model_config = _example(
        fiscal_year="1405",
        amount=50_000_000_000,
        currency="IRR",
        districts=[{"district": "1", "weight": 1, "order": 1}, {"district": "2", "weight": 1, "order": 2}],
    )

    fiscal_year: FiscalYear = Field(description="Year of the books.", examples=["1405"])
    amount: PositiveAmount
    currency: Currency | None = Field(default=None, description="Checked against the books'.")
    district: DistrictId | None = Field(default=None, description="All of it to one district.")
    districts: list[WeightBody] | None = Field(
        default=None, min_length=1, max_length=500, description="Divided among these; not together with district."
    )

    def to_domain(self) -> Allotment:
        """Raises InvalidFields unless exactly one of district and districts is given, and each district once."""
        if (self.district is None) == (self.districts is None):
            raise InvalidFields(errors=[FieldError("/districts", "one_of_district_or_districts")])
        if self.district is not None:
            weights: Sequence[Weight] = [Weight(self.district, 1, 0)]
        else:
            weights = [Weight(d.district, d.weight, d.order) for d in self.districts or ()]
        names = [weight.district for weight in weights]
        errors = [
            FieldError(f"/districts/{place}/district", "duplicate_district", {"district": name})
            for place, name in enumerate(names)
            if name in names[:place]
        ]
        if errors:
            raise InvalidFields(errors=errors)
        return Allotment(self.fiscal_year, self.amount, weights, self.currency)
