"""A book: the fold of its entries, and what its next entry may be (BUD-2, BUD-5, BUD-6).

``next_entry`` is the whole decision: from the book's tail and a command it returns the draft of the one entry to insert, or an outcome
without entry. While a waiter is ``due`` the only legal next entry serves it; the writer asks ``serve`` first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import singledispatch
from typing import Any, Final, Literal, cast

from services.budget.domain import payments
from services.budget.domain.commands import (
    Allot,
    Appropriate,
    Command,
    Commit,
    LimitCommitment,
    OpenBook,
    Pause,
    ReceiveAllotment,
    Release,
    Reserve,
    Resume,
    ReturnCommitment,
    Share,
    Walk,
)
from services.budget.domain.entries import GENESIS, Draft, Entry, digest_of, hash_of, postings
from services.budget.domain.limits import limit
from services.budget.domain.payment_commands import PaymentCommand
from services.budget.domain.payments import Payment
from services.budget.domain.refusals import (
    AmountDiffers,
    AmountTooLarge,
    BookExists,
    BookNotFound,
    InsufficientUnallotted,
    NotThisBook,
)
from shared.contracts.money import MAX_AMOUNT
from shared.contracts.refusals import Refusal

SubjectState = Literal["waiting", "reserved", "committed", "released", "barred", "refused"]

DISTRICT_PARTS: Final = ("available", "held", "reserved", "committed", "pending", "paid")
CITY_PARTS: Final = ("unallotted", "allotted")

PSEUDONYM_LENGTH: Final = 16  # hexadecimal digits: two of a city's officers with the same one are one in 10^15

_MAY_MAKE_DUE: Final = frozenset(
    {
        "allotment_in",
        "reservation_made",  # one served leaves the list: the walk goes on
        "reservation_paused",  # who waits behind a paused one is no longer held up
        "reservation_resumed",
        "reservation_released",
        "commitment_released",
        "payment_given_up",  # of a commitment that has ended
        "refund_received",
    }
)


class BrokenBook(Exception):
    """The stored entries are no chain, or say something else than their own fold: somebody wrote past this code."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the opening entry fixed for good."""

    book: str
    fiscal_year: str
    district: str | None
    currency: str
    waiting_rule: Literal["first_fit", "strict"] | None
    max_skips: int | None
    opened_at: str
    third_approval_above: int | None = None
    """Payments of more than this need a third person (BUD-7); None: all do."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One request in the book."""

    request: str
    organization: str
    amount: int
    state: SubjectState
    paused: bool = False
    standing: int = 0
    """Sequence of the standing that last allowed or forbade it."""
    since: str = ""
    """When it came into this state (UTC, ms, Z)."""
    digest: str = ""
    """Of the command that reserved it: who waits is reserved under the same."""
    pending: int = 0
    """Of the commitment: in payments under way."""
    paid: int = 0
    """Before refunds."""
    refunded: int = 0

    @property
    def unpaid(self) -> int:
        """What no payment has taken of the amount."""
        return self.amount - self.pending - self.paid


@dataclass(frozen=True, slots=True)
class Nothing:
    """The command asks for nothing that is not so already."""


@dataclass(slots=True)
class Book:
    """The fold of a book's entries up to ``seq``. Changed only by ``apply``; ``copy`` before planning ahead."""

    id: str
    seq: int = 0
    head: str = GENESIS
    head_id: str = ""
    head_at: str = ""
    opening: Opening | None = None
    balances: dict[str, int] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    """The list in its order: request → how often it was passed over (counted only under max_skips)."""
    still: set[str] = field(default_factory=set)
    """The requests that are paused, waiting or reserved."""
    shares: dict[str, Share] = field(default_factory=dict)
    """Of a city's book: what it gave to districts."""
    payments: dict[str, Payment] = field(default_factory=dict)
    salt: str = ""
    """Of the opening entry, from its private part: what makes the pseudonyms of this book."""

    def copy(self) -> "Book":
        """Return a book that can go ahead of this one."""
        return changed(
            self,
            balances=dict(self.balances),
            subjects=dict(self.subjects),
            waiting=dict(self.waiting),
            still=set(self.still),
            shares=dict(self.shares),
            payments=dict(self.payments),
        )

    def pseudonym(self, person: str) -> str | None:
        """Return under which name this book publishes a person (BUD-10), or None if its salt is not there: then nobody is known."""
        return digest_of([self.salt, person])[:PSEUDONYM_LENGTH] if self.salt else None

    @property
    def terms(self) -> Opening:
        """What the opening entry fixed. Raises BookNotFound if there is none."""
        if self.opening is None:
            raise BookNotFound(book=self.id)
        return self.opening

    def after(self, draft: Draft) -> dict[str, int]:
        """Return every part of the book after the draft."""
        after = dict(self.balances) if self.balances else _empty(draft.facts.get("district"))
        for debit, credit in draft.postings:
            after[debit] += draft.amount if debit != self._source else -draft.amount
            after[credit] += draft.amount if credit == self._source else -draft.amount
        return after

    @property
    def _source(self) -> str:
        """The account that shows where the book's money came from: it grows by credit, all parts by debit."""
        return "allotted" if "available" in self.balances else "appropriated"

    def seal(
        self, draft: Draft, *, at: str, digest: str, private: Mapping[str, str | None], private_digest: str
    ) -> Entry:
        """Return the draft as this book's next entry. Raises BrokenBook if a part would be negative (I1)."""
        after = self.after(draft)
        if min(after.values()) < 0 or max(after.values()) > MAX_AMOUNT:
            raise BrokenBook(f"{draft.id} would leave {after} in {self.id}")
        entry: Entry = {"_id": draft.id, "book": self.id, "seq": self.seq + 1, "kind": draft.kind}
        if draft.subject is not None:
            entry["subject"] = draft.subject
        entry |= {"amount": draft.amount, "postings": postings(draft), "after": after}
        if draft.subject_after is not None:
            entry["subject_after"] = dict(draft.subject_after)
        entry |= {
            "facts": dict(draft.facts),
            "at": at,
            "digest": draft.digest or digest,
            "private_digest": private_digest,
            "prev": self.head,
        }
        entry["hash"] = hash_of(entry)
        entry["private"] = dict(private)
        return entry

    def apply(self, entry: Mapping[str, Any]) -> None:
        """Fold the next entry in. Raises BrokenBook when it does not follow, or its ``after`` is not the fold."""
        if entry["seq"] != self.seq + 1 or entry["prev"] != self.head or entry["book"] != self.id:
            raise BrokenBook(f"entry {entry['_id']} (seq {entry['seq']}) does not follow seq {self.seq} of {self.id}")
        facts = entry["facts"]
        if entry["kind"] == "opening":
            self._open(entry)
        for posting in entry["postings"]:
            grows = (posting["side"] == "credit") == (posting["account"] == self._source)
            self.balances[posting["account"]] += posting["amount"] if grows else -posting["amount"]
        if self.balances != entry["after"]:
            raise BrokenBook(f"entry {entry['_id']}: its balances are not the fold {self.balances}")
        for share in facts.get("shares", ()):
            self.shares[share["allotment"]] = Share(share["allotment"], share["district"], share["amount"])
        if entry["kind"] in payments.KINDS:
            self._follow_payment(entry)
        elif "subject_after" in entry:
            self._follow(entry)
        self.seq, self.head, self.head_id, self.head_at = entry["seq"], entry["hash"], entry["_id"], entry["at"]

    def _open(self, entry: Mapping[str, Any]) -> None:
        facts = entry["facts"]
        threshold = facts.get("third_approval_above")
        self.opening = Opening(
            book=self.id,
            fiscal_year=facts["fiscal_year"],
            district=facts.get("district"),
            currency=facts["currency"],
            waiting_rule=facts.get("waiting_rule"),
            max_skips=facts.get("max_skips"),
            opened_at=entry["at"],
            third_approval_above=None if threshold is None else int(threshold),
        )
        self.balances = _empty(facts.get("district"))
        self.salt = (entry.get("private") or {}).get("salt", "")

    def _follow_payment(self, entry: Mapping[str, Any]) -> None:
        """Bring the payment to where the entry says, and what the request has pending and paid with it."""
        payment = payments.follow(self.payments, entry)
        self.payments[payment.id] = payment
        pending, paid = payments.moved_by(entry)
        known = self.subjects[payment.request]
        refunded = entry["amount"] if entry["kind"] == "refund_received" else 0
        self.subjects[payment.request] = changed(
            known, pending=known.pending + pending, paid=known.paid + paid, refunded=known.refunded + refunded
        )

    def _follow(self, entry: Mapping[str, Any]) -> None:
        """Bring the request to where the entry says, and the waiting list with it."""
        request, facts, after = entry["subject"], entry["facts"], entry["subject_after"]
        known = self.subjects.get(request)
        if entry["kind"] == "reservation_made" and self.terms.max_skips is not None:
            self._count_skips(request)
        if after["state"] != "waiting":
            self.waiting.pop(request, None)
        elif request not in self.waiting:
            self.waiting[request] = 0
        if after["paused"]:
            self.still.add(request)
        else:
            self.still.discard(request)
        same = known is not None and known.state == after["state"]
        self.subjects[request] = Subject(
            request=request,
            organization=facts["organization"],
            amount=int(facts["remains"]) if "remains" in facts else entry["amount"] if known is None else known.amount,
            state=after["state"],
            paused=after["paused"],
            standing=facts.get("standing_sequence", known.standing if known is not None else 0),
            since=known.since if same and known is not None else entry["at"],
            digest=known.digest if known is not None else entry["digest"],
            pending=known.pending if known is not None else 0,
            paid=known.paid if known is not None else 0,
            refunded=known.refunded if known is not None else 0,
        )

    def _count_skips(self, served: str) -> None:
        for request in self.waiting:
            if request == served:
                return
            if not self.subjects[request].paused:
                self.waiting[request] += 1


def _empty(district: str | None) -> dict[str, int]:
    source, parts = ("appropriated", CITY_PARTS) if district is None else ("allotted", DISTRICT_PARTS)
    return dict.fromkeys((source, *parts), 0)


# ---------------------------------------------------------------- the waiting list


def first_claim(book: Book) -> str | None:
    """Return the waiter before whom nobody may be reserved, or None.

    strict: the first who is not paused. first_fit: the first who was passed over ``max_skips`` times (BUD-5).
    """
    terms = book.terms
    if terms.waiting_rule == "first_fit" and terms.max_skips is None:
        return None
    least = 0 if terms.waiting_rule == "strict" else terms.max_skips or 0
    for request, skips in book.waiting.items():
        if skips >= least and not book.subjects[request].paused:
            return request
    return None


def due(book: Book) -> str | None:
    """Return the waiter who must be served now, or None.

    Whoever has the first claim, if it fits; if nobody has one, the first on the list, not paused, who fits.
    """
    if not book.waiting:
        return None
    available = book.balances["available"]
    claim = first_claim(book)
    if claim is not None:
        return claim if book.subjects[claim].amount <= available else None
    for request in book.waiting:
        subject = book.subjects[request]
        if subject.amount <= available and not subject.paused:
            return request
    return None


def may_make_due(entry: Mapping[str, Any]) -> bool:
    """Tell whether a waiter can have become due by this entry; after any other there is no need to look."""
    return entry["kind"] in _MAY_MAKE_DUE


def serve(book: Book, request: str) -> Draft:
    """Return the reservation of a waiter who is due."""
    subject = book.subjects[request]
    return _reservation(subject.request, subject.organization, subject.amount, subject.standing, subject.digest)


# ---------------------------------------------------------------- commands


def next_entry(book: Book, command: Command) -> Draft | Nothing | Refusal:
    """Decide: the draft of the one next entry, nothing to do, or a refusal (returned, not raised: one of many in a batch)."""
    if isinstance(command, OpenBook):
        return _open(book, command)
    if book.opening is None:
        return BookNotFound(book=book.id)
    of_city = isinstance(command, Appropriate | Allot)
    if of_city != (book.opening.district is None) and not isinstance(command, Walk):
        return NotThisBook(book=book.id)
    return _decide(command, book)


def _open(book: Book, command: OpenBook) -> Draft | Refusal:
    if book.opening is not None:
        return BookExists(book=book.id)
    facts: dict[str, Any] = {"fiscal_year": command.fiscal_year, "currency": command.currency}
    if command.district is not None:
        facts |= {
            "district": command.district,
            "waiting_rule": command.waiting_rule,
            "max_skips": command.max_skips,
        }
        if command.third_approval_above is not None:
            facts["third_approval_above"] = str(command.third_approval_above)  # text: an amount, as in a download
    return Draft(command.ids[0], "opening", 0, facts=facts)


@singledispatch
def _decide(command: Command, book: Book) -> Draft | Nothing | Refusal:
    raise TypeError(f"no decision for {type(command).__name__}")


@_decide.register
def _(command: Walk, book: Book) -> Draft | Nothing | Refusal:
    return Nothing()


@_decide.register
def _(command: PaymentCommand, book: Book) -> Draft | Nothing | Refusal:
    return payments.decide(command, book)


@_decide.register
def _(command: Appropriate, book: Book) -> Draft | Nothing | Refusal:
    if book.balances["appropriated"] + command.amount > MAX_AMOUNT:
        return AmountTooLarge(limit=MAX_AMOUNT)
    facts = {
        "approval_number": command.approval_number,
        "approved_on": command.approved_on,
        "budget_code": command.budget_code,
    }
    return Draft(command.ids[0], "appropriation", command.amount, (("unallotted", "appropriated"),), facts=facts)


@_decide.register
def _(command: Allot, book: Book) -> Draft | Nothing | Refusal:
    total = sum(share.amount for share in command.shares)
    unallotted = book.balances["unallotted"]
    if total > unallotted:
        return InsufficientUnallotted(amount=total, unallotted=unallotted, currency=book.terms.currency)
    shares = [{"allotment": s.allotment, "district": s.district, "amount": s.amount} for s in command.shares]
    facts = {"shares": shares, "remainder": command.remainder}
    return Draft(command.ids[0], "allotment_out", total, (("allotted", "unallotted"),), command.key, facts=facts)


@_decide.register
def _(command: ReceiveAllotment, book: Book) -> Draft | Nothing | Refusal:
    return Draft(command.ids[0], "allotment_in", command.amount, (("available", "allotted"),), command.allotment)


@_decide.register
def _(command: Reserve, book: Book) -> Draft | Nothing | Refusal:
    known = book.subjects.get(command.request)
    if known is not None and known.state not in ("barred", "released"):
        return Nothing()
    if known is not None:
        return _refused_reservation(command, "barred")
    if command.currency != book.terms.currency:
        return _refused_reservation(command, "currency_differs")
    if command.allowed and command.amount <= book.balances["available"] and first_claim(book) is None:
        return _reservation(command.request, command.organization, command.amount, command.standing_sequence)
    return Draft(
        f"wait:{command.request}",
        "reservation_waiting",
        command.amount,
        subject=command.request,
        subject_after={"state": "waiting", "paused": not command.allowed},
        facts={
            "organization": command.organization,
            "standing_sequence": command.standing_sequence,
        },
    )


def _reservation(request: str, organization: str, amount: int, standing: int, digest: str | None = None) -> Draft:
    facts = {"organization": organization, "standing_sequence": standing, "from_waiting": digest is not None}
    return Draft(
        f"reserve:{request}",
        "reservation_made",
        amount,
        (("reserved", "available"),),
        request,
        {"state": "reserved", "paused": False},
        facts,
        digest,
    )


def _refused_reservation(command: Reserve, reason: str) -> Draft:
    facts = {"organization": command.organization, "reason": reason}
    after: dict[str, str | bool] = {"state": "barred" if reason == "barred" else "refused", "paused": False}
    return Draft(f"reserve:{command.request}", "reservation_refused", command.amount, (), command.request, after, facts)


@_decide.register
def _(command: Commit, book: Book) -> Draft | Nothing | Refusal:
    known = book.subjects.get(command.request)
    if known is not None and known.state == "committed":
        return Nothing()
    if known is None or known.state in ("waiting", "refused"):
        return _refused_commitment(command, known, "not_reserved")
    if known.state != "reserved":
        return _refused_commitment(command, known, "barred")
    # A copy of the standing that is older than the pause says nothing about it.
    if not command.allowed or (known.paused and command.standing_sequence <= known.standing):
        return _refused_commitment(command, known, "standing")
    if command.amount != known.amount or command.currency != book.terms.currency:
        return AmountDiffers(accepted=command.amount, reserved=known.amount, currency=book.terms.currency)
    facts = {"organization": known.organization, "standing_sequence": command.standing_sequence}
    after: dict[str, str | bool] = {"state": "committed", "paused": False}
    return Draft(
        command.ids[0],
        "commitment_made",
        known.amount,
        (("committed", "reserved"),),
        command.request,
        after,
        facts,
    )


def _refused_commitment(command: Commit, known: Subject | None, reason: str) -> Draft:
    organization = command.organization if known is None else known.organization
    facts = {"organization": organization, "reason": reason}
    if reason == "standing" and (command.allowed or command.suspended):  # allowed once, but paused since
        facts["holds"] = "reserved"
    # Whatever state the request has, it keeps: a refused commitment moves nothing.
    after: dict[str, str | bool] | None = None if known is None else {"state": known.state, "paused": known.paused}
    return Draft(command.ids[0], "commitment_refused", command.amount, (), command.request, after, facts)


_MONEY_OF: Final = {"reserved": "reserved", "committed": "committed"}


@_decide.register
def _(command: Release, book: Book) -> Draft | Nothing | Refusal:
    known = book.subjects.get(command.request)
    if known is None:
        facts = {"organization": command.organization, "reason": command.reason}
        after: dict[str, str | bool] = {"state": "barred", "paused": False}
        return Draft(f"bar:{command.request}", "barred", 0, (), command.request, after, facts)
    if known.state in ("released", "barred", "refused"):
        return Nothing()
    part = _MONEY_OF.get(known.state)
    left = known.unpaid  # what is pending or paid stays where it is
    facts = {"organization": known.organization, "from": known.state, "to": "available", "reason": command.reason}
    return Draft(
        f"release:{command.request}",
        "commitment_released" if known.state == "committed" else "reservation_released",
        left,
        (("available", part),) if part is not None and left else (),
        command.request,
        {"state": "released", "paused": False},
        facts,
    )


@_decide.register
def _(command: LimitCommitment, book: Book) -> Draft | Nothing | Refusal:
    return limit(command, book) or Nothing()


@_decide.register
def _(command: Pause, book: Book) -> Draft | Nothing | Refusal:
    return _stand(book, command, paused=True)


@_decide.register
def _(command: Resume, book: Book) -> Draft | Nothing | Refusal:
    return _stand(book, command, paused=False)


def _stand(book: Book, command: Pause | Resume, *, paused: bool) -> Draft | Nothing:
    known = book.subjects.get(command.request)
    if known is None or known.state not in ("waiting", "reserved") or known.paused == paused:
        return Nothing()
    if command.standing_sequence < known.standing:
        return Nothing()  # an older standing than the one this request stands on
    facts = {"organization": known.organization, "standing_sequence": command.standing_sequence}
    return Draft(
        command.ids[0],
        "reservation_paused" if paused else "reservation_resumed",
        known.amount,
        (),
        command.request,
        {"state": known.state, "paused": paused},
        facts,
    )


@_decide.register
def _(command: ReturnCommitment, book: Book) -> Draft | Nothing | Refusal:
    known = book.subjects.get(command.request)
    if known is None or known.state != "committed" or known.standing >= command.standing_sequence:
        return Nothing()
    if known.since < command.since:
        return Nothing()  # committed before the standing changed: accepted work stays
    if known.pending or known.paid:
        return Nothing()  # what is pending is given up first; what is paid was accepted work
    facts = {"organization": known.organization, "from": "committed", "to": "reserved", "reason": "standing"}
    return Draft(
        command.ids[0],
        "commitment_released",
        known.amount,
        (("reserved", "committed"),),
        command.request,
        {"state": "reserved", "paused": False},
        cast(dict[str, Any], facts),
    )
