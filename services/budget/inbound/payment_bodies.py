"""Bodies of the commands about payments, checked field by field (BUD-7)."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.budget.domain.payment_commands import Deduction, FailureReason, GivingUpReason
from services.budget.usecases.payments import PaymentOrder
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.contracts.money import Currency, PositiveAmount
from shared.contracts.refusals import FieldError, InvalidFields

BankReference = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,40}$")]


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


class DeductionBody(BaseModel):
    """What is kept back."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        description="Code of what it is for; it is published.", examples=["tax"]
    )
    amount: PositiveAmount


class PaymentBody(BaseModel):
    """An instalment to be paid; net = gross − deductions."""

    model_config = _example(
        district="7",
        fiscal_year="1405",
        request="9f0c2d",
        instalment=1,
        gross=400_000_000,
        currency="IRR",
        deductions=[{"name": "tax", "amount": 40_000_000}],
    )

    district: DistrictId = Field(description="Whose book pays.", examples=["7"])
    fiscal_year: FiscalYear = Field(description="Year of the book.", examples=["1405"])
    request: Id = Field(description="The committed request.")
    instalment: int = Field(ge=1, le=1000, description="Which instalment; one may be under way or made once.")
    gross: PositiveAmount
    currency: Currency
    deductions: list[DeductionBody] = Field(default_factory=list, max_length=20, description="Each name once.")

    def to_domain(self) -> PaymentOrder:
        """Raises InvalidFields if a deduction is named twice."""
        names = [deduction.name for deduction in self.deductions]
        errors = [
            FieldError(f"/deductions/{place}/name", "duplicate_deduction", {"name": name})
            for place, name in enumerate(names)
            if name in names[:place]
        ]
        if errors:
            raise InvalidFields(errors=errors)
        deductions = tuple(Deduction(d.name, d.amount) for d in self.deductions)
        return PaymentOrder(
            self.district, self.fiscal_year, self.request, self.instalment, self.gross, self.currency, deductions
        )


class MadeBody(BaseModel):
    """The bank paid."""

    model_config = _example(reference="140503210001")

    reference: BankReference = Field(description="The bank's number of the transfer; kept, not published.")


class FailedBody(BaseModel):
    """The bank did not pay, or gave the money back."""

    model_config = _example(reason="account_closed")

    reason: FailureReason = Field(description="Why.")


class RefundBody(BaseModel):
    """The organisation gave money back."""

    model_config = _example(amount=50_000_000, reference="140504010007")

    amount: PositiveAmount
    reference: BankReference = Field(description="The bank's number of the transfer; kept, not published.")
    finding: Id | None = Field(default=None, description="The ineligible amount (BUD-8) that it settles, if one.")


class GiveUpBody(BaseModel):
    """The payment will not be made."""

    model_config = _example(reason="prepared_wrongly")

    reason: GivingUpReason = Field(description="Why.")
