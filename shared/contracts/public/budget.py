"""Public forms of what budget announces: the money of every book, and where each award stands.

Subject and sequence are those of the book, so the public form of an entry can be found in the book's own public download. A pause and
its end are not here, nor why something ended: they tell of an organisation's standing.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared.contracts import budget as inside
from shared.contracts.base import Instant, Part
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.contracts.public.base import Forms, NotPublic, PublicData, shown_as


class PublicDistrictBalance(Part):
    """Parts of a district's book after the entry, in whole units of its currency; allotted = the sum of the others (BUD-2)."""

    allotted: Amount = Field(description="All that the district got.")
    available: Amount = Field(description="Not yet promised.")
    held: Amount = Field(default=0, description="Kept back for an appeal.")
    reserved: Amount = Field(description="Earmarked for approved requests (تأمین اعتبار).")
    committed: Amount = Field(description="Owed for accepted awards (تعهد).")
    pending: Amount = Field(default=0, description="Payments under way.")
    paid: Amount = Field(default=0, description="Paid, less refunds.")


class PublicCityBalance(Part):
    """Parts of the city's book after the entry, in whole units of its currency; appropriated = unallotted + allotted (BUD-2)."""

    appropriated: Amount = Field(description="All that the council gave.")
    unallotted: Amount = Field(description="Not yet given to districts.")
    allotted: Amount = Field(description="Given to districts.")


class PublicEntry(PublicData):
    """What the form of every entry carries."""

    book: BookId = Field(description="The book (دفتر اعتبارات).")
    seq: int = Field(ge=1, description="Place of the entry in its book.")
    currency: Currency


class PublicBookOpened(PublicEntry, type="book.opened.v1", announcer="budget"):
    """A book was opened; its waiting rule and currency are fixed."""

    fiscal_year: FiscalYear = Field(description="Fiscal year of the book.")
    district: DistrictId | None = Field(default=None, description="Its district; none: the city's book.")
    waiting_rule: Literal["first_fit", "strict"] | None = Field(
        default=None, description="Who of the waiting is served first; none for the city's book."
    )
    max_skips: int | None = Field(
        default=None, ge=0, description="How often a waiting request may be passed over; none: unlimited."
    )
    third_approval_above: Amount | None = Field(
        default=None, description="Payments of more than this are approved by two; none: all are."
    )


class PublicAppropriationMade(PublicEntry, type="appropriation.made.v1", announcer="budget"):
    """The council's money came into the city's book."""

    amount: PositiveAmount
    approval_number: str = Field(max_length=80, description="Number of the council's approval.")
    approved_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] = Field(
        description="Date of the approval, Gregorian, YYYY-MM-DD."
    )
    budget_code: str = Field(max_length=80, description="Code in the city's budget.")
    after: PublicCityBalance = Field(description="The book after the entry.")


class PublicAllotmentMade(PublicEntry, type="allotment.made.v1", announcer="budget"):
    """Money of the city's book is in a district's book (تخصیص اعتبار)."""

    district: DistrictId = Field(description="The district that got it.")
    amount: PositiveAmount
    from_district: DistrictId | None = Field(
        default=None, description="The district that it was transferred from; none: the city gave it."
    )
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicAllotmentWithdrawn(PublicEntry, type="allotment.withdrawn.v1", announcer="budget"):
    """Available money of a district's book goes back to the city's."""

    district: DistrictId = Field(description="The district that gave it back.")
    amount: PositiveAmount
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicTransferMade(PublicEntry, type="transfer.made.v1", announcer="budget"):
    """Available money of a district's book goes to another district's, through the city's."""

    district: DistrictId = Field(description="The district that gives it.")
    to_district: DistrictId = Field(description="The district that gets it.")
    amount: PositiveAmount
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicRequestEntry(PublicEntry):
    """What the form of an entry about an award carries."""

    request: Id = Field(description="The request, as in ``case.decided.v1``.")
    organization: Id = Field(description="The organisation that gets the award.")
    district: DistrictId = Field(description="The district whose money it is.")
    amount: Amount


class PublicReservationMade(PublicRequestEntry, type="reservation.made.v1", announcer="budget"):
    """Money is earmarked for an approved request (تأمین اعتبار)."""

    from_waiting: bool = Field(description="Whether it had waited.")
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicHoldMade(PublicEntry, type="hold.made.v1", announcer="budget"):
    """Money is set aside while an appeal lasts (REQ-13)."""

    request: Id = Field(description="Id of the request (درخواست حمایت).")
    district: DistrictId = Field(description="Id of the district.")
    amount: Amount = Field(description="What is held, in whole units of the currency.")
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicHoldReleased(PublicEntry, type="hold.released.v1", announcer="budget"):
    """The appeal is over: what was held is available again, or reserved by the entry after this one."""

    request: Id = Field(description="Id of the request (درخواست حمایت).")
    district: DistrictId = Field(description="Id of the district.")
    amount: Amount = Field(description="What was held, in whole units of the currency.")
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicReservationWaiting(PublicRequestEntry, type="reservation.waiting.v1", announcer="budget"):
    """The request is on the book's public waiting list (BUD-5); ``seq`` is its place, ``amount`` what it waits for."""

    unranked: bool = Field(default=False, description="It waits for the ranking of its call, and has no place yet.")


class PublicProgrammeRanked(PublicEntry, type="programme.ranked.v1", announcer="budget"):
    """A ranked call's approvals came on the book's waiting list, the best first (BUD-5)."""

    programme: Id = Field(description="The programme.")
    district: DistrictId = Field(description="Id of the district.")
    order: list[Id] = Field(description="Requests in their order.")


class PublicReservationRefused(PublicRequestEntry, type="reservation.refused.v1", announcer="budget"):
    """No money will be reserved for the request; nothing moved."""


class PublicReservationReleased(PublicRequestEntry, type="reservation.released.v1", announcer="budget"):
    """The reservation, or the place on the waiting list (then no money moved), is given up."""

    state: Literal["waiting", "reserved"] = Field(description="What was given up.")
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicCommitmentMade(PublicRequestEntry, type="commitment.made.v1", announcer="budget"):
    """The accepted award is an obligation of the district (تعهد)."""

    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicCommitmentReleased(PublicRequestEntry, type="commitment.released.v1", announcer="budget"):
    """The commitment ended or became less, or went back to its reservation."""

    to: Literal["available", "reserved"] = Field(description="Where the money went.")
    remains: Amount | None = Field(
        default=None,
        description="What the commitment is from now on, paid or not; none: all that no payment had taken was released.",
    )
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicBookClosed(PublicEntry, type="book.closed.v1", announcer="budget"):
    """The book's year is closed for good (BUD-9)."""

    fiscal_year: FiscalYear = Field(description="Fiscal year of the book.")
    district: DistrictId | None = Field(default=None, description="Its district; none: the city's book.")
    next_book: BookId = Field(description="The book in which it goes on.")


class PublicAwardCarriedOut(PublicRequestEntry, type="award.carried_out.v1", announcer="budget"):
    """A place on the waiting list, a reservation or what is left of a commitment goes to the next year's book."""

    state: Literal["waiting", "reserved", "committed"] = Field(description="What goes on; of a place no money moves.")
    next_book: BookId = Field(description="The book in which it goes on.")
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicAwardCarriedIn(PublicRequestEntry, type="award.carried_in.v1", announcer="budget"):
    """It goes on in this book."""

    state: Literal["waiting", "reserved", "committed"] = Field(description="What goes on; of a place no money moves.")
    from_book: BookId = Field(description="The closed book.")
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicPaymentDeduction(Part):
    """What is kept back of a payment."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        description="Code of what it is for, e.g. ``tax`` or ``insurance``."
    )
    amount: PositiveAmount


class PublicPayment(PublicEntry):
    """What the form of an entry about a payment carries; net = gross − deductions. Who prepared and approved it stays inside."""

    payment: Id = Field(description="The payment (پرداخت).")
    request: Id = Field(description="The request, as in ``case.decided.v1``.")
    organization: Id = Field(description="The organisation that is paid.")
    district: DistrictId = Field(description="The district whose money it is.")
    instalment: int = Field(ge=1, description="Which instalment of the commitment; 1 is the first.")
    gross: PositiveAmount
    net: PositiveAmount
    deductions: list[PublicPaymentDeduction] = Field(description="What is kept back of the gross amount.")
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicPaymentPrepared(PublicPayment, type="payment.prepared.v1", announcer="budget"):
    """A payment was prepared: its gross amount is pending."""


class PublicPaymentApproved(PublicPayment, type="payment.approved.v1", announcer="budget"):
    """The payment was approved by another person than who prepared it; no money moves."""

    approval: int = Field(ge=1, description="Which approval this is.")
    approvals_needed: int = Field(ge=1, description="How many there have to be.")


class PublicPaymentMade(PublicPayment, type="payment.made.v1", announcer="budget"):
    """The bank paid."""


class PublicPaymentFailed(PublicPayment, type="payment.failed.v1", announcer="budget"):
    """The bank did not pay, or gave the money back; it is pending again."""

    was: Literal["approved", "paid"] = Field(description="``paid``: it had been made, and is not any more.")


class PublicPaymentGivenUp(PublicPayment, type="payment.given_up.v1", announcer="budget"):
    """The payment will not be made."""

    to: Literal["committed", "available"] = Field(description="Where the money went.")


class PublicPaymentsOrdered(PublicEntry, type="payments.ordered.v1", announcer="budget"):
    """Approved payments were handed to the bank in one file; no money moves."""

    order: Id = Field(description="The order.")
    district: DistrictId = Field(description="The district whose money it is.")
    payments: list[Id] = Field(description="The payments in it.")
    net: PositiveAmount = Field(description="Sum of what they bring.")


class PublicRefundReceived(PublicEntry, type="refund.received.v1", announcer="budget"):
    """The organisation gave money of a payment back (استرداد وجه): it is available again (BUD-8)."""

    payment: Id = Field(description="Id of the payment.")
    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    district: DistrictId = Field(description="Id of the district.")
    instalment: int = Field(ge=1, description="Which instalment it was.")
    amount: PositiveAmount
    after: PublicDistrictBalance = Field(description="The book after the entry.")


class PublicFinding(PublicEntry):
    """An entry about an amount of a payment that was found ineligible."""

    finding: Id = Field(description="Id of the finding.")
    payment: Id = Field(description="Id of the payment.")
    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    district: DistrictId = Field(description="Id of the district.")
    amount: PositiveAmount


class PublicIneligibleFound(PublicFinding, type="ineligible.found.v1", announcer="budget"):
    """An amount was found ineligible: it is to be given back, documented later, or written off."""

    review_until: Instant = Field(description="Until when the organisation may bring documents, UTC.")


class PublicIneligibleDocumented(PublicFinding, type="ineligible.documented.v1", announcer="budget"):
    """Later documents were accepted for an amount."""


class PublicIneligibleWrittenOff(PublicFinding, type="ineligible.written_off.v1", announcer="budget"):
    """What was open is not expected any more."""


class PublicBookHead(PublicData, type="book.head_published.v1", announcer="budget"):
    """The head of a book's hash chain: keep it, and a rewritten ledger is found out (BUD-10)."""

    book: BookId = Field(description="The book.")
    seq: int = Field(ge=1, description="Place of its last entry.")
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of that entry, hexadecimal."
    )
    at: Instant = Field(description="Time of that entry, UTC.")


_STANDING: Final = NotPublic("it tells of an organisation's standing; the money does not move")

FORMS: Final[Forms] = {
    inside.BookOpened: shown_as(PublicBookOpened),
    inside.AppropriationMade: shown_as(PublicAppropriationMade),
    inside.AllotmentMade: shown_as(PublicAllotmentMade),
    inside.AllotmentWithdrawn: shown_as(PublicAllotmentWithdrawn),
    inside.TransferMade: shown_as(PublicTransferMade),
    inside.HoldMade: shown_as(PublicHoldMade),
    inside.HoldReleased: shown_as(PublicHoldReleased),
    inside.ReservationMade: shown_as(PublicReservationMade),
    inside.ReservationWaiting: shown_as(PublicReservationWaiting),
    inside.ProgrammeRanked: shown_as(PublicProgrammeRanked),
    inside.ReservationRefused: shown_as(PublicReservationRefused),
    inside.ReservationPaused: _STANDING,
    inside.ReservationResumed: _STANDING,
    inside.ReservationReleased: shown_as(PublicReservationReleased),
    inside.CommitmentMade: shown_as(PublicCommitmentMade),
    inside.CommitmentRefused: _STANDING,
    inside.CommitmentReleased: shown_as(PublicCommitmentReleased),
    inside.PaymentPrepared: shown_as(PublicPaymentPrepared),
    inside.PaymentApproved: shown_as(PublicPaymentApproved),
    inside.PaymentMade: shown_as(PublicPaymentMade),
    inside.PaymentFailed: shown_as(PublicPaymentFailed),
    inside.PaymentGivenUp: shown_as(PublicPaymentGivenUp),
    inside.PaymentsOrdered: shown_as(PublicPaymentsOrdered),
    inside.RefundReceived: shown_as(PublicRefundReceived),
    inside.IneligibleFound: shown_as(PublicIneligibleFound),
    inside.IneligibleDocumented: shown_as(PublicIneligibleDocumented),
    inside.IneligibleWrittenOff: shown_as(PublicIneligibleWrittenOff),
    inside.BookClosed: shown_as(PublicBookClosed),
    inside.AwardCarriedOut: shown_as(PublicAwardCarriedOut),
    inside.AwardCarriedIn: shown_as(PublicAwardCarriedIn),
    inside.BookHeadPublished: shown_as(PublicBookHead),
}
