"""A book as its entries tell it: sealed one by one, folded one by one (BUD-2, BUD-10; I1, I2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import Any, Final

from services.budget.domain import ineligible, payment_orders, payments
from services.budget.domain.closing_commands import Carried
from services.budget.domain.commands import Share
from services.budget.domain.entries import GENESIS, Draft, Entry, digest_of, hash_of, postings
from services.budget.domain.hold_commands import Turning
from services.budget.domain.ineligible import Finding
from services.budget.domain.moving_commands import Withdrawal
from services.budget.domain.payment_orders import Order
from services.budget.domain.payments import Payment
from services.budget.domain.ranking_commands import Ranking
from services.budget.domain.refusals import BookNotFound
from services.budget.domain.subject import Subject
from services.budget.domain.terms import Opening, empty_parts
from shared.contracts.money import MAX_AMOUNT

PSEUDONYM_LENGTH: Final = 16  # hexadecimal digits: two of a city's officers with the same one are one in 10^15


class BrokenBook(Exception):
    """The stored entries are no chain, or say something else than their own fold: somebody wrote past this code."""


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
    unranked: dict[str, Ranking] = field(default_factory=dict)
    """Who waits for the ranking of a call, and is not on the list yet."""
    ranked: set[str] = field(default_factory=set)
    """Calls that were ranked here."""
    still: set[str] = field(default_factory=set)
    """The requests that are paused, waiting or reserved."""
    shares: dict[str, Share] = field(default_factory=dict)
    """Of a city's book: what it gave to districts."""
    received: set[str] = field(default_factory=set)
    """Allotments that came into a district's book; withdrawals that came into the city's."""
    withdrawn: dict[str, Withdrawal] = field(default_factory=dict)
    """Of a district's book: what left it."""
    next_book: str | None = None
    """Where it goes on; None: it is open."""
    carried: dict[str, Carried] = field(default_factory=dict)
    """Of a closed book: what went to the next one."""
    payments: dict[str, Payment] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    """Files for the bank, in the order in which they were made."""
    findings: dict[str, Finding] = field(default_factory=dict)
    """Amounts found ineligible, by id."""
    holds: dict[str, int] = field(default_factory=dict)
    """What is held for appeals: request → amount."""
    appeals_over: set[str] = field(default_factory=set)
    """The requests whose appeal is over: nothing is held for it any more."""
    turning: tuple[str, Turning] | None = None
    """Request and award of an appeal that has just ended: the next entry reserves it."""
    salt: str = ""
    """Of the opening entry, from its private part: what makes the pseudonyms of this book."""

    def copy(self) -> "Book":
        """Return a book that can go ahead of this one."""
        return changed(
            self,
            balances=dict(self.balances),
            subjects=dict(self.subjects),
            waiting=dict(self.waiting),
            unranked=dict(self.unranked),
            ranked=set(self.ranked),
            still=set(self.still),
            shares=dict(self.shares),
            received=set(self.received),
            withdrawn=dict(self.withdrawn),
            carried=dict(self.carried),
            payments=dict(self.payments),
            orders=dict(self.orders),
            findings=dict(self.findings),
            holds=dict(self.holds),
            appeals_over=set(self.appeals_over),
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
        after = dict(self.balances) if self.balances else empty_parts(draft.facts.get("district"))
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
        if entry["kind"] == "opening":
            self._open(entry)
        for posting in entry["postings"]:
            grows = (posting["side"] == "credit") == (posting["account"] == self._source)
            self.balances[posting["account"]] += posting["amount"] if grows else -posting["amount"]
        if self.balances != entry["after"]:
            raise BrokenBook(f"entry {entry['_id']}: its balances are not the fold {self.balances}")
        self._follow_ways(entry)
        self._follow_hold(entry)
        if "finding" in entry["facts"]:
            self.findings[entry["facts"]["finding"]] = ineligible.follow(self.findings, entry)
        if entry["kind"] in payments.KINDS:
            self._follow_payment(entry)
        elif entry["kind"] == "payments_ordered":
            made = payment_orders.ordered(entry)
            self.orders[made.id] = made
            self.payments |= payment_orders.follow(self.payments, entry)
        elif entry["kind"] == "carried_in":
            self._carry_in(entry)
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
        self.balances = empty_parts(facts.get("district"))
        self.salt = (entry.get("private") or {}).get("salt", "")

    def _follow_ways(self, entry: Mapping[str, Any]) -> None:
        """Remember what went to other books and came from them, and which calls were ranked."""
        facts, kind = entry["facts"], entry["kind"]
        for share in facts.get("shares", ()):
            origin = facts.get("from")
            self.shares[share["allotment"]] = Share(share["allotment"], share["district"], share["amount"], origin)
        if kind in ("withdrawal_out", "transfer_out"):
            self.withdrawn[entry["subject"]] = Withdrawal(entry["subject"], entry["amount"], facts.get("to"))
        elif kind in ("allotment_in", "withdrawal_in", "transfer_through"):
            self.received.add(entry["subject"])
        elif kind == "programme_ranked":
            self.ranked.add(entry["subject"])
            for request in facts["order"]:
                del self.unranked[request]
                self.waiting[request] = 0
        elif kind == "year_closed":
            self.next_book = facts["next_book"]
        elif kind == "carried_out":
            self.carried[entry["subject"]] = Carried(
                request=entry["subject"],
                organization=facts["organization"],
                amount=entry["amount"],
                state=facts["state"],
                paused=facts["paused"],
                standing=facts["standing_sequence"],
                since=facts["since"],
                approval=facts["approval"],
                skips=facts["skips"],
                instalments=tuple(facts["instalments"]),
                paid_before=int(facts["paid_before"]),
            )

    def _follow_hold(self, entry: Mapping[str, Any]) -> None:
        """Remember what is held; what the end of a hold awards is turned into a reservation by the entry after it."""
        request, facts = entry.get("subject"), entry["facts"]
        self.turning = None
        if entry["kind"] == "hold_made" and request is not None:
            self.holds[request] = entry["amount"]
        elif entry["kind"] == "hold_released" and request is not None:
            self.holds.pop(request, None)
            self.appeals_over.add(request)
            if "award" in facts:
                self.turning = (request, facts["award"])

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
            self.unranked.pop(request, None)
        elif "programme" in facts:
            self.unranked[request] = Ranking(facts["programme"], facts["points"], facts["submitted_at"])
        elif request not in self.waiting and request not in self.unranked:
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
            carried=known is not None and known.carried,
            taken=known.taken if known is not None else (),
            paid_before=known.paid_before if known is not None else 0,
        )

    def _carry_in(self, entry: Mapping[str, Any]) -> None:
        """Let a request of the year before go on where it was; who waits comes after those who have waited longer."""
        request, facts, after = entry["subject"], entry["facts"], entry["subject_after"]
        self.subjects[request] = Subject(
            request=request,
            organization=facts["organization"],
            amount=entry["amount"],
            state=after["state"],
            paused=after["paused"],
            standing=facts["standing_sequence"],
            since=facts["since"],
            digest=facts["approval"],
            carried=True,
            taken=tuple(facts["instalments"]),
            paid_before=int(facts["paid_before"]),
        )
        if after["paused"]:
            self.still.add(request)
        if after["state"] == "waiting":
            later = [waiter for waiter in self.waiting if self.subjects[waiter].since > facts["since"]]
            self.waiting[request] = facts["skips"]
            for waiter in later:
                self.waiting[waiter] = self.waiting.pop(waiter)

    def _count_skips(self, served: str) -> None:
        for request in self.waiting:
            if request == served:
                return
            if not self.subjects[request].paused:
                self.waiting[request] += 1
