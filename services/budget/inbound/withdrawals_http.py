"""The HTTP API of money that a district gives back (BUD-3)."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.budget.inbound.bodies import Words
from services.budget.usecases import UseCases
from services.budget.usecases.withdrawals import WithdrawalOrder
from shared.contracts.ids import DistrictId, FiscalYear
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.contracts.refusals import FieldError, InvalidFields
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, created


class WithdrawalBody(BaseModel):
    """Available money of a district that goes back to the city."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "fiscal_year": "1405",
                    "district": "7",
                    "amount": 300_000_000,
                    "currency": "IRR",
                    "reason": "برنامه‌ای برای آن در نوبت نیست.",
                }
            ]
        },
    )

    fiscal_year: FiscalYear = Field(description="Year of the books.", examples=["1405"])
    district: DistrictId = Field(description="Whose book gives it.", examples=["7"])
    amount: PositiveAmount
    currency: Currency | None = Field(default=None, description="Checked against the books'.")
    reason: Words = Field(description="Why, in words; it is published.")

    def to_domain(self) -> WithdrawalOrder:
        """Return what the use case takes."""
        return WithdrawalOrder(self.fiscal_year, self.district, self.amount, self.reason, currency=self.currency)


class TransferBody(WithdrawalBody):
    """Available money of a district for another district, through the city's book."""

    to_district: DistrictId = Field(description="Whose book gets it.", examples=["8"])

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "fiscal_year": "1405",
                    "district": "7",
                    "to_district": "8",
                    "amount": 300_000_000,
                    "currency": "IRR",
                    "reason": "نوبت منطقه ۸ طولانی‌تر است.",
                }
            ]
        },
    )

    def to_domain(self) -> WithdrawalOrder:
        """Raises InvalidFields if it goes nowhere."""
        if self.to_district == self.district:
            raise InvalidFields(errors=[FieldError("/to_district", "same_district")])
        return WithdrawalOrder(
            self.fiscal_year, self.district, self.amount, self.reason, self.to_district, self.currency
        )


class WithdrawalReceipt(Receipt):
    """The answer: how much left the district's book."""

    amount: Amount
    currency: Currency


def add_withdrawals(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of withdrawals and transfers."""
    withdrawals = uses.withdrawals

    @routes.post(
        "/withdrawals", status_code=201, tags=["books"], summary="Take available money back to the city (city_office)"
    )
    async def withdraw(
        body: WithdrawalBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> WithdrawalReceipt:
        """Only what nobody was promised: 409 ``insufficient_available``. The version is the entry's place in the district's book."""
        stored = await withdrawals.withdraw(body.to_domain(), caller=caller, command=command, cause=cause)
        return WithdrawalReceipt(**created(response, _entry(body, stored.version), stored))

    @routes.post(
        "/transfers", status_code=201, tags=["books"], summary="Move available money to another district (city_office)"
    )
    async def transfer(
        body: TransferBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> WithdrawalReceipt:
        """Out of one district's book, through the city's, into the other's: ``allotment.made`` tells its arrival."""
        stored = await withdrawals.withdraw(body.to_domain(), caller=caller, command=command, cause=cause)
        return WithdrawalReceipt(**created(response, _entry(body, stored.version), stored))


def _entry(body: WithdrawalBody, seq: int) -> str:
    return f"/books/district:{body.district}/{body.fiscal_year}/entries?after_seq={seq - 1}&limit=1"
