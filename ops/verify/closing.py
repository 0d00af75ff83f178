"""The close of a year in downloaded books: final, emptied into the next book, and nothing lost between the two (BUD-9; I2, I4, I8)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ops.verify.folded import Book, Request, Wrong

OF_CLOSED: Final = frozenset(
    {
        "carried_out",
        "carried_in",
        "allotment_in",
        "withdrawal_out",
        "withdrawal_in",
        "transfer_through",
        "carried_through",
    }
)
"""What may come after the close: what had left other books arrives, and everything leaves."""
PARTS: Final[Mapping[str, str | None]] = {"waiting": None, "reserved": "reserved", "committed": "committed"}


def carried_moves(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (debited, credited) of what goes from book to book."""
    state = entry["facts"]["state"]
    if state not in PARTS:
        raise Wrong("steps", f"a request that is {state} is not carried")
    part = PARTS[state]
    if part is None:
        return None
    return ("allotted", part) if entry["kind"] == "carried_out" else (part, "allotted")


def check_closing(report: Book, entry: Mapping[str, Any]) -> None:
    """Judge an entry by whether the book is closed; follow the close."""
    kind = entry["kind"]
    if report.next_book is not None and kind not in OF_CLOSED:
        raise Wrong("steps", f"{kind} in a book whose year is closed")
    if kind == "year_closed":
        owner, next_book = report.book.partition("/")[0], entry["facts"]["next_book"]
        if next_book.partition("/")[0] != owner or next_book <= report.book:
            raise Wrong("steps", f"{report.book} can't go on in {next_book}")
        if report.balances.get("pending") or report.balances.get("held"):
            raise Wrong("steps", "it was closed while money was pending or held")
        if any(question.open for question in report.questions.values()):
            raise Wrong("steps", "it was closed while ineligible amounts were open")
        if report.unranked:
            raise Wrong("waiting", f"it was closed while {len(report.unranked)} waited for a ranking")
        report.next_book = next_book
    elif kind == "carried_out":
        if report.next_book is None or entry["facts"]["next_book"] != report.next_book:
            raise Wrong("steps", f"it goes to {entry['facts']['next_book']}, the book to {report.next_book or 'none'}")
        if report.waiting and report.waiting[0] != entry["subject"]:
            raise Wrong("waiting", f"{report.waiting[0]} waits before it and goes first")


def follow_out(report: Book, entry: Mapping[str, Any], request: Request, amount: int) -> None:
    """Follow what leaves: the request is what the book says it is."""
    facts = entry["facts"]
    paid = {p.instalment for p in report.payments.values() if p.request == entry["subject"] and p.state == "paid"}
    told = (facts["state"], facts["paused"], facts["since"], facts["instalments"], facts["skips"], facts["paid_before"])
    instalments, before = sorted({*request.taken, *paid}), str(request.paid_before + request.paid)
    known = (request.state, request.paused, request.since, instalments, request.passed_over, before)
    if told != known:
        raise Wrong("steps", f"it takes {told} with it, the book has {known}")
    report.carried_out[entry["subject"]] = amount
    report.left += amount if entry["postings"] else 0


def follow_in(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """Follow what comes: who waits comes after those who have waited longer."""
    name, facts, state = entry["subject"], entry["facts"], entry["subject_after"]["state"]
    if state != facts["state"]:
        raise Wrong("steps", f"it was {facts['state']} and arrives {state}")
    report.requests[name] = Request(
        amount,
        state,
        entry["subject_after"]["paused"],
        facts["skips"],
        since=facts["since"],
        taken=tuple(facts["instalments"]),
        paid_before=int(facts["paid_before"]),
        brought=bool(entry["postings"]),
    )
    report.carried_in[name] = (facts["from_book"], amount)
    if state == "waiting":
        longer = [waiter for waiter in report.waiting if report.requests[waiter].since <= facts["since"]]
        report.waiting.insert(len(longer), name)


def carried(books: Sequence[Book]) -> Iterator[str]:
    """Yield, as sentences, what arrived otherwise than it left, of books of several years."""
    by_id = {book.book: book for book in books}
    for book in books:
        city = by_id.get(f"city/{book.fiscal_year}")
        for request, (origin, amount) in book.carried_in.items():
            if origin in by_id and by_id[origin].carried_out.get(request) != amount:
                left = by_id[origin].carried_out.get(request)
                yield f"{book.book}: {request} arrived with {amount} and left {origin} with {left}"
            moved = amount if book.requests[request].brought else 0
            if city is not None and moved and city.carried_through.get((request, origin)) != moved:
                yield f"{book.book}: {request} arrived with {amount} past {city.book}"


def on_the_way(city: Book, districts: Iterable[Book]) -> int:
    """Return how much the city's book took over and no district's book has got yet."""
    arrived = sum(amount for d in districts for r, (_, amount) in d.carried_in.items() if d.requests[r].brought)
    return sum(city.carried_through.values()) - arrived


def stored_carried(city: Sequence[Mapping[str, Any]], districts: Sequence[Sequence[Mapping[str, Any]]]) -> int:
    """Return how much of what the city's book counts left for the next year, or is not in a district's yet, by entries as stored."""
    moved = [entry for book in districts for entry in book if entry["kind"] in ("carried_out", "carried_in")]
    left = sum(int(e["amount"]) for e in moved if e["kind"] == "carried_out" and e["postings"])
    arrived = sum(int(e["amount"]) for e in moved if e["kind"] == "carried_in" and e["postings"])
    return left - arrived + taken_over(city)


def taken_over(city: Sequence[Mapping[str, Any]]) -> int:
    """Return how much the city's book took over from the year before, by its entries as stored."""
    return sum(int(entry["amount"]) for entry in city if entry["kind"] == "carried_through")
