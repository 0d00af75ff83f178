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
