"""How the budget says no. A refusal that concerns money which has been approved is an entry instead, so that it is announced."""

from shared.contracts.refusals import Refusal


class BookNotFound(Refusal):
    """No such book has been opened."""

    code = "book_not_found"
    kind = "not_found"


class BookExists(Refusal):
    """The book was opened by another command."""

    code = "book_exists"


class NotThisBook(Refusal):
    """The city's book holds appropriations and allotments, a district's all else."""

    code = "not_this_book"


class InsufficientUnallotted(Refusal):
    """The city's book has not that much left; nothing was allotted."""

    code = "insufficient_unallotted"


class InsufficientAvailable(Refusal):
    """The district's book has not that much left that nobody was promised; nothing was withdrawn."""

    code = "insufficient_available"


class AlreadyRanked(Refusal):
    """The call was ranked in this book; its order does not change."""

    code = "already_ranked"


class RankingDue(Refusal):
    """Approvals of a call wait for its ranking."""

    code = "ranking_due"


class FindingNotFound(Refusal):
    """No such finding."""

    code = "finding_not_found"
    kind = "not_found"


class FindingExceedsPayment(Refusal):
    """More would be found ineligible than is left of the payment."""

    code = "finding_exceeds_payment"


class NothingOpen(Refusal):
    """The finding is settled."""

    code = "nothing_open"


class MoreThanOpen(Refusal):
    """More would be settled than is open of the finding."""

    code = "more_than_open"


class ReviewNotOver(Refusal):
    """The organisation may still bring documents; nothing is written off before."""

    code = "review_not_over"


class FindingsOpen(Refusal):
    """Ineligible amounts are open; a year is closed when they are settled."""

    code = "findings_open"


class BookClosed(Refusal):
    """The book's year is closed for good; what goes on goes on in ``next_book``."""

    code = "book_closed"


class NotReadyToClose(Refusal):
    """Something is pending at the bank or held for an appeal."""

    code = "not_ready_to_close"


class YearNotDone(Refusal):
    """A district's book of the year is open still, or not emptied yet; the city's is closed last."""

    code = "year_not_done"


class CurrencyDiffers(Refusal):
    """The books, or the book and the request, count in different currencies."""

    code = "currency_differs"


class AmountDiffers(Refusal):
    """The award that was accepted is not the one that was reserved."""

    code = "amount_differs"


class AmountTooLarge(Refusal):
    """The book would hold more than 64 bits can count."""

    code = "amount_too_large"


class EntryConflict(Refusal):
    """An entry with this business key holds something else; nothing was changed (I3)."""

    code = "entry_conflict"


class EntryNotReached(Refusal):
    """The book has not that many entries."""

    code = "entry_not_reached"
    kind = "unprocessable"


class NotCommitted(Refusal):
    """Only a commitment is paid."""

    code = "not_committed"


class OverCommitted(Refusal):
    """The commitment has not that much left; two preparers can't both take the same money (I4)."""

    code = "over_committed"


class InstalmentTaken(Refusal):
    """A payment of this instalment is under way or made."""

    code = "instalment_taken"


class DeductionsExceedGross(Refusal):
    """Nothing would be left to pay."""

    code = "deductions_exceed_gross"
    kind = "unprocessable"


class StandingForbidsPayment(Refusal):
    """The organisation may not be paid now, by the newest standing known (I9)."""

    code = "standing_forbids_payment"


class PaymentsStopped(Refusal):
    """The request's payments are stopped: something that has to come before the next one is late (REQ-10)."""

    code = "payments_stopped"


class StandingNotKnownYet(Refusal):
    """The standing on which the commitment was made has not arrived here; to be tried again in a moment."""

    code = "standing_not_known_yet"


class PaymentNotFound(Refusal):
    """No such payment."""

    code = "payment_not_found"
    kind = "not_found"


class WrongPaymentState(Refusal):
    """The payment is not where this step begins."""

    code = "wrong_payment_state"


class NothingToOrder(Refusal):
    """No payment is approved and waits for the bank."""

    code = "nothing_to_order"


class PaymentOrderNotFound(Refusal):
    """No such order."""

    code = "payment_order_not_found"
    kind = "not_found"


class RefundExceedsPayment(Refusal):
    """More would come back than was paid."""

    code = "refund_exceeds_payment"


class AlreadyActed(Refusal):
    """Who prepared or approved a payment does not approve it (again)."""

    code = "approver_must_be_another"


class PersonsUnknown(Refusal):
    """The book's salt is missing, so it can't be told who is who: nothing is prepared or approved."""

    code = "persons_unknown"
