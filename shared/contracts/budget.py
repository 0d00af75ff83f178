"""What budget announces on ``sama.budget``. The sequence is the entry's seq in its book, so a reader sees every gap."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, Instant, Part
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount

WaitingRule = Literal["first_fit", "strict"]


class DistrictBalance(Part):
    """Parts of a district's book after the entry (BUD-2); allotted = the sum of the others."""

    allotted: Amount
    available: Amount
    held: Amount = 0
    reserved: Amount
    committed: Amount
    pending: Amount = 0
    paid: Amount = 0


class CityBalance(Part):
    """Parts of the city's book after the entry; appropriated = unallotted + allotted."""

    appropriated: Amount
    unallotted: Amount
    allotted: Amount


class EntryFacts(EventData):
    """What every entry's event carries."""

    book: BookId = Field(description="The book, ``district:<id>/<fiscal year>`` or ``city/<fiscal year>``.")
    seq: int = Field(ge=1, description="Place of the entry in its book.")
    entry: str = Field(max_length=200, description="Business key of the entry.")
    currency: Currency


class BookOpened(EntryFacts, type="book.opened.v1", announcer="budget"):
    """A book was opened; its waiting rule and currency are fixed."""

    fiscal_year: FiscalYear = Field(description="Fiscal year, an opaque label, e.g. ``1405``.")
    district: DistrictId | None = Field(default=None, description="None: the city's book.")
    waiting_rule: WaitingRule | None = Field(default=None, description="None for the city's book.")
    max_skips: int | None = Field(default=None, ge=0, description="None: unlimited.")
    third_approval_above: Amount | None = Field(
        default=None, description="Payments of more than this need a third person (BUD-7); None: all do."
    )


class AppropriationMade(EntryFacts, type="appropriation.made.v1", announcer="budget"):
    """The council's money came into the city's book."""

    amount: PositiveAmount
    approval_number: str = Field(max_length=80, description="Number of the council's approval.")
    approved_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] = Field(
        description="Date of the approval, Gregorian, YYYY-MM-DD."
    )
    budget_code: str = Field(max_length=80, description="Code in the city's budget.")
    after: CityBalance = Field(description="The book after the entry.")


class AllotmentMade(EntryFacts, type="allotment.made.v1", announcer="budget"):
    """Money of the city's book is in a district's book."""

    allotment: Id = Field(description="Id of the allotment; one allotment has an event per district.")
    district: DistrictId = Field(description="Id of the district.")
    amount: PositiveAmount
    from_district: DistrictId | None = Field(
        default=None, description="The district that it was transferred from; none: the city gave it."
    )
    after: DistrictBalance = Field(description="The book after the entry.")


class AllotmentWithdrawn(EntryFacts, type="allotment.withdrawn.v1", announcer="budget"):
    """Available money of a district's book goes back to the city's, where it can be allotted again (BUD-3)."""

    withdrawal: Id = Field(description="Id of the withdrawal.")
    district: DistrictId = Field(description="Id of the district.")
    amount: PositiveAmount
    reason: str = Field(max_length=500, description="Why, in words.")
    after: DistrictBalance = Field(description="The book after the entry.")


class TransferMade(EntryFacts, type="transfer.made.v1", announcer="budget"):
    """Available money of a district's book goes to another district's, through the city's (BUD-3); there it is ``allotment.made``."""

    transfer: Id = Field(description="Id of the transfer; of the allotment in the other book, too.")
    district: DistrictId = Field(description="Id of the district that gives it.")
    to_district: DistrictId = Field(description="Id of the district that gets it.")
    amount: PositiveAmount
    reason: str = Field(max_length=500, description="Why, in words.")
    after: DistrictBalance = Field(description="The book after the entry.")


class RequestEntryFacts(EntryFacts):
    """An entry about one request's money."""

    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    district: DistrictId = Field(description="Id of the district.")
    amount: Amount


class ReservationMade(RequestEntryFacts, type="reservation.made.v1", announcer="budget"):
    """Money is earmarked for an approved request (تأمین اعتبار); again, with the whole amount, when a panel raised it."""

    from_waiting: bool = Field(description="Whether it had waited.")
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")
    after: DistrictBalance = Field(description="The book after the entry.")


class HoldFacts(EntryFacts):
    """An entry about money held for an appeal. It does not say whose: of a refusal that is not public."""

    request: Id = Field(description="Id of the request (درخواست حمایت).")
    district: DistrictId = Field(description="Id of the district.")
    amount: Amount


class HoldMade(HoldFacts, type="hold.made.v1", announcer="budget"):
    """Money is set aside while an admitted appeal lasts (REQ-13)."""

    disputed: PositiveAmount = Field(description="What the appeal is about; ``amount`` is what of it was available.")
    after: DistrictBalance = Field(description="The book after the entry.")


class HoldReleased(HoldFacts, type="hold.released.v1", announcer="budget"):
    """The appeal is over: what was held is available again, or reserved by the entry after this one."""

    reason: str = Field(
        max_length=40, description="``confirmed``, ``overturned``, or what ended the appeal.", examples=["withdrawn"]
    )
    awarded: PositiveAmount | None = Field(
        default=None, description="What the request has in all by the panel's award; none: nothing more."
    )
    after: DistrictBalance = Field(description="The book after the entry.")


class ReservationWaiting(RequestEntryFacts, type="reservation.waiting.v1", announcer="budget"):
    """Not enough available, or the standing forbids it: the request is on the book's public waiting list; its seq is its place."""

    paused: bool = Field(default=False, description="It stands still from the first: the organisation is suspended.")
    unranked: bool = Field(default=False, description="It waits for the ranking of its call, and has no place yet.")


class ProgrammeRanked(EntryFacts, type="programme.ranked.v1", announcer="budget"):
    """A ranked call's approvals came on the book's waiting list: by mean score × topic weight, then submission, then id (BUD-5)."""

    programme: Id = Field(description="Id of the programme (برنامه حمایت).")
    district: DistrictId = Field(description="Id of the district.")
    order: list[Id] = Field(description="Requests in their order.")


class ReservationRefused(RequestEntryFacts, type="reservation.refused.v1", announcer="budget"):
    """No reservation is possible: other currency, book closed, or barred by an earlier withdrawal."""

    reason: Literal["currency_differs", "book_closed", "barred"] = Field(description="Why no reservation is possible.")


class ReservationPaused(RequestEntryFacts, type="reservation.paused.v1", announcer="budget"):
    """A reservation or a place on the waiting list is kept but stands still: the organisation is suspended."""

    state: Literal["waiting", "reserved"] = Field(description="What stands still.")
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")


class ReservationResumed(RequestEntryFacts, type="reservation.resumed.v1", announcer="budget"):
    """The pause is over; same place, same money."""

    state: Literal["waiting", "reserved"] = Field(description="What goes on.")
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")


class ReservationReleased(RequestEntryFacts, type="reservation.released.v1", announcer="budget"):
    """The reservation, or the place on the waiting list (amount then moves nothing), is given up."""

    state: Literal["waiting", "reserved"] = Field(description="What was given up.")
    reason: str = Field(max_length=200, description="Code of what ended it.")
    after: DistrictBalance = Field(description="The book after the entry.")


class CommitmentMade(RequestEntryFacts, type="commitment.made.v1", announcer="budget"):
    """The accepted award is an obligation of the district (تعهد)."""

    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")
    after: DistrictBalance = Field(description="The book after the entry.")


class CommitmentRefused(RequestEntryFacts, type="commitment.refused.v1", announcer="budget"):
    """The acceptance could not be committed."""

    reason: Literal["standing", "barred", "not_reserved"] = Field(description="Why it could not be committed.")
    holds: Literal["reserved"] | None = Field(
        default=None,
        description="``reserved``: the organisation is suspended; the reservation is kept and can be accepted again.",
    )


class CommitmentReleased(RequestEntryFacts, type="commitment.released.v1", announcer="budget"):
    """The commitment ended or became less, or went back to its paused reservation because a suspension raced with it."""

    to: Literal["available", "reserved"] = Field(description="Where the money went.")
    reason: str = Field(max_length=200, description="Code of what ended it, or made it less.")
    remains: Amount | None = Field(
        default=None,
        description="What the commitment is from now on, paid or not; None: all that no payment had taken was released.",
    )
    ended: bool = Field(default=True, description="Whether no further payment of it is possible.")
    after: DistrictBalance = Field(description="The book after the entry.")


class BookClosed(EntryFacts, type="book.closed.v1", announcer="budget"):
    """The book's year is closed for good (BUD-9); what is waiting, reserved or committed goes on in the next book."""

    fiscal_year: FiscalYear = Field(description="Fiscal year, an opaque label, e.g. ``1405``.")
    district: DistrictId | None = Field(default=None, description="None: the city's book.")
    next_book: BookId = Field(description="The book in which it goes on.")


class AwardCarriedOut(RequestEntryFacts, type="award.carried_out.v1", announcer="budget"):
    """A place, a reservation or what is left of a commitment leaves a closed book for the next year's (BUD-9)."""

    state: Literal["waiting", "reserved", "committed"] = Field(description="What goes on; of a place no money moves.")
    next_book: BookId = Field(description="The book in which it goes on.")
    after: DistrictBalance = Field(description="The book after the entry.")


class AwardCarriedIn(RequestEntryFacts, type="award.carried_in.v1", announcer="budget"):
    """It goes on in this book: from now on the request's entries are here."""

    state: Literal["waiting", "reserved", "committed"] = Field(description="What goes on; of a place no money moves.")
    whole: Amount = Field(
        default=0, description="With what closed years paid of it: the whole obligation, of a commitment."
    )
    from_book: BookId = Field(description="The closed book.")
    after: DistrictBalance = Field(description="The book after the entry.")


class PaymentDeduction(Part):
    """What is kept back of a payment."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        description="Code of what it is for, e.g. ``tax`` or ``insurance``."
    )
    amount: PositiveAmount


class PaymentFacts(EntryFacts):
    """An entry about one payment (پرداخت) of a commitment. Amounts in whole units of the currency; net = gross − deductions."""

    payment: Id = Field(description="Id of the payment.")
    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    district: DistrictId = Field(description="Id of the district.")
    instalment: int = Field(ge=1, description="Which instalment of the commitment; 1 is the first.")
    gross: PositiveAmount
    net: PositiveAmount
    deductions: list[PaymentDeduction] = Field(description="What is kept back of the gross amount.")
    after: DistrictBalance = Field(description="The book after the entry.")


class PaymentPrepared(PaymentFacts, type="payment.prepared.v1", announcer="budget"):
    """A payment was prepared: its gross amount is pending."""

    approvals_needed: int = Field(ge=1, description="How many have to approve, besides who prepared it.")
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")


class PaymentApproved(PaymentFacts, type="payment.approved.v1", announcer="budget"):
    """Another person approved the payment; no money moves."""

    approval: int = Field(ge=1, description="Which approval this is.")
    approvals_needed: int = Field(ge=1, description="How many there have to be; the last orders the payment.")
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")


class PaymentMade(PaymentFacts, type="payment.made.v1", announcer="budget"):
    """The bank paid."""


class PaymentFailed(PaymentFacts, type="payment.failed.v1", announcer="budget"):
    """The bank did not pay, or gave the money back; it is pending until it is paid again or given up."""

    was: Literal["approved", "paid"] = Field(description="``paid``: it had been made, and is not any more.")
    reason: str = Field(max_length=200, description="Code of why.")


class PaymentGivenUp(PaymentFacts, type="payment.given_up.v1", announcer="budget"):
    """The payment will not be made."""

    to: Literal["committed", "available"] = Field(
        description="Where the money went; ``available``: the commitment has ended meanwhile."
    )
    reason: str = Field(max_length=200, description="Code of why.")


class PaymentsOrdered(EntryFacts, type="payments.ordered.v1", announcer="budget"):
    """Approved payments were handed to the bank in one file; no money moves."""

    order: Id = Field(description="Id of the order.")
    district: DistrictId = Field(description="Id of the district.")
    payments: list[Id] = Field(description="The payments in it.")
    net: PositiveAmount = Field(description="Sum of what they bring.")


class RefundReceived(EntryFacts, type="refund.received.v1", announcer="budget"):
    """The organisation gave money of a payment back (استرداد وجه): it is available again (BUD-8)."""

    payment: Id = Field(description="Id of the payment.")
    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    district: DistrictId = Field(description="Id of the district.")
    instalment: int = Field(ge=1, description="Which instalment it was.")
    amount: PositiveAmount
    finding: Id | None = Field(default=None, description="The ineligible amount that it settles, if one (BUD-8).")
    after: DistrictBalance = Field(description="The book after the entry.")


class FindingFacts(EntryFacts):
    """An entry about an amount of a payment that was found ineligible (BUD-8); no money moves."""

    finding: Id = Field(description="Id of the finding.")
    payment: Id = Field(description="Id of the payment.")
    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    district: DistrictId = Field(description="Id of the district.")
    instalment: int = Field(ge=1, description="Which instalment it was.")
    amount: PositiveAmount
    reason: str = Field(max_length=500, description="Why, in words.")


class IneligibleFound(FindingFacts, type="ineligible.found.v1", announcer="budget"):
    """An amount was found ineligible: it is to be given back, documented later, or written off."""

    review_until: Instant


class IneligibleDocumented(FindingFacts, type="ineligible.documented.v1", announcer="budget"):
    """Later documents were accepted for an amount."""


class IneligibleWrittenOff(FindingFacts, type="ineligible.written_off.v1", announcer="budget"):
    """What was open is not expected any more."""


class BookHeadPublished(EventData, type="book.head_published.v1", announcer="budget"):
    """The head of a book's hash chain, kept by others so that a rewritten ledger is found out (BUD-10)."""

    book: BookId = Field(description="The book.")
    seq: int = Field(ge=1, description="Place of the last entry.")
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of that entry, hexadecimal."
    )
    at: Instant
