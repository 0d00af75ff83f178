"""Money between books: what one book says left it has to arrive in another (BUD-3; I8)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ops.verify.folded import Book, Wrong

WAYS: Final = frozenset(
    {"allotment_out", "allotment_in", "withdrawal_out", "withdrawal_in", "transfer_out", "transfer_through"}
)
"""Kinds of entries about money that goes from book to book."""


def check_way(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """Judge and follow an entry by which money leaves for another book or comes from one."""
    kind, name, facts = entry["kind"], entry["subject"], entry["facts"]
    if kind in ("allotment_out", "transfer_through"):
        _send(report, entry, amount)
    if kind == "allotment_in":
        _once(report.received, "allotment", name, "arrived")
        report.received[name] = amount
    elif kind in ("withdrawal_out", "transfer_out"):
        _once(report.withdrawn, "withdrawal", name, "left")
        if (kind == "transfer_out") != ("to" in facts):
            raise Wrong("steps", f"{kind} goes to {facts.get('to', 'the city')}")
        report.withdrawn[name] = (facts.get("to", ""), amount)
    elif kind in ("withdrawal_in", "transfer_through"):
        _once(report.returned, "withdrawal", name, "arrived")
        to = facts["shares"][0]["district"] if kind == "transfer_through" else ""
        report.returned[name] = (facts["from"], to, amount)


def _once(known: Mapping[str, object], noun: str, name: str, what: str) -> None:
    if name in known:
        raise Wrong("unique", f"{noun} {name} {what} before")


def _send(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    shares = entry["facts"]["shares"]
    if sum(int(share["amount"]) for share in shares) != amount:
        raise Wrong("postings", "the shares do not add up to the amount")
    if entry["kind"] == "transfer_through" and [share["allotment"] for share in shares] != [entry["subject"]]:
        raise Wrong("steps", "a transfer goes on under another name")
    for share in shares:
        _once(report.sent, "allotment", share["allotment"], "left")
        report.sent[share["allotment"]] = (share["district"], int(share["amount"]))


def between(city: Book, districts: Mapping[str, Book]) -> tuple[int, list[str]]:
    """Return how much of one year's money is on its way between its books, and what is wrong, as sentences."""
    out, lost = _allotments(city, districts)
    back, wrong = _withdrawals(city, districts)
    return out + back, [*lost, *wrong]


def _allotments(city: Book, districts: Mapping[str, Book]) -> tuple[int, list[str]]:
    in_flight, wrong = 0, []
    for allotment, (district, amount) in city.sent.items():
        received = districts[district].received.get(allotment) if district in districts else None
        if received is None:
            in_flight += amount
        elif received != amount:
            wrong.append(f"{city.book}: allotment {allotment} left with {amount} and arrived with {received}")
    for book in districts.values():
        wrong += [
            f"{book.book}: allotment {allotment} arrived and never left {city.book}"
            for allotment in book.received
            if allotment not in city.sent
        ]
        if book.currency != city.currency:
            wrong.append(f"{book.book} counts in {book.currency}, {city.book} in {city.currency}")
    return in_flight, wrong


def _withdrawals(city: Book, districts: Mapping[str, Book]) -> tuple[int, list[str]]:
    left = {
        name: (district, to, amount)
        for district, book in districts.items()
        for name, (to, amount) in book.withdrawn.items()
    }
    wrong = [
        f"{city.book}: withdrawal {name} left as {left[name]} and arrived as {arrived}"
        for name, arrived in city.returned.items()
        if name in left and left[name] != arrived
    ]
    wrong += [f"{city.book}: withdrawal {name} arrived and left no district" for name in city.returned.keys() - left]
    return sum(amount for name, (_, _, amount) in left.items() if name not in city.returned), wrong


def stored_on_the_way(city: Sequence[Mapping[str, Any]], districts: Sequence[Sequence[Mapping[str, Any]]]) -> int:
    """Return how much of a year's money is between its books, by their entries as stored.

    The districts' books were read before the city's: what the city's has received from one whose end was not seen yet counts against.
    """
    left = {e["subject"]: int(e["amount"]) for book in districts for e in _of(book, "withdrawal_out", "transfer_out")}
    returned = {e["subject"]: int(e["amount"]) for e in _of(city, "withdrawal_in", "transfer_through")}
    arrived = {e["subject"] for book in districts for e in _of(book, "allotment_in")}
    sent = [share for e in _of(city, "allotment_out", "transfer_through") for share in e["facts"]["shares"]]
    on_the_way = sum(int(share["amount"]) for share in sent if share["allotment"] not in arrived)
    return on_the_way + sum(left.values()) - sum(returned.values())


def _of(entries: Sequence[Mapping[str, Any]], *kinds: str) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in entries if entry["kind"] in kinds)
