"""How a payment is shown: to anyone, so persons are the book's pseudonyms (BUD-7, BUD-10)."""

from pydantic import BaseModel, Field

from services.budget.domain.book import Opening
from services.budget.domain.payments import Payment, PaymentState
from shared.contracts.ids import BookId, Id
from shared.contracts.money import Amount, Currency


class DeductionView(BaseModel):
    """What is kept back."""

    name: str = Field(description="Code of what it is for.", examples=["tax"])
    amount: Amount


class PaymentView(BaseModel):
    """A payment as it is now; net = gross − deductions."""

    id: Id
    book: BookId
    request: Id
    organization: Id
    instalment: int
    gross: Amount
    deductions: list[DeductionView]
    net: Amount
    currency: Currency
    status: PaymentState
    prepared_by: str = Field(description="Pseudonym of a person in this book.")
    approved_by: list[str] = Field(description="Pseudonyms, in order.")
    approvals_needed: int = Field(description="How many have to approve, besides who prepared it.")
    refunded: Amount = Field(description="Of the gross amount: what the organisation gave back (BUD-8).")
    failures: int = Field(description="How often the bank did not pay it, or gave it back.")
    standing_sequence: int = Field(description="The standing that its last approval, or its preparation, relied on.")
    prepared_at: str
    changed_at: str

    @classmethod
    def of(cls, terms: Opening, payment: Payment) -> "PaymentView":
        """Return the view of a payment."""
        return cls(
            id=payment.id,
            book=terms.book,
            request=payment.request,
            organization=payment.organization,
            instalment=payment.instalment,
            gross=payment.gross,
            deductions=[DeductionView(name=name, amount=amount) for name, amount in payment.deductions],
            net=payment.net,
            currency=terms.currency,
            status=payment.state,
            prepared_by=payment.prepared_by,
            approved_by=list(payment.approved_by),
            approvals_needed=payment.approvals_needed,
            refunded=payment.refunded,
            failures=payment.failures,
            standing_sequence=payment.standing,
            prepared_at=payment.prepared_at,
            changed_at=payment.changed_at,
        )


class PaymentPage(BaseModel):
    """Payments of a book, in the order in which they were prepared."""

    items: list[PaymentView]
    next: str | None
    total: int
