"""Verify a downloaded book: hashes, links, postings, balances and the waiting rule (BUD-2, BUD-5, BUD-10; I1 to I4).

Written apart from the budget service, from its published form only: it imports nothing of it, and needs nothing but the file. A book
is JSON lines, oldest first, as ``GET /books/{id}/entries?format=jsonl`` gives it. The first entry that is wrong is named, with why; what
comes after it is not judged, because it builds on it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import rfc8785

from ops.verify.between import between
from ops.verify.closing import carried, on_the_way
from ops.verify.entries import check_entry, parsed
from ops.verify.findings import Finding
from ops.verify.folded import INVARIANTS, KINDS, Book, Violation, Wrong

__all__ = ["KINDS", "Book", "Violation", "check_entries", "published", "verify_book", "verify_city"]


def verify_book(lines: Iterable[str | bytes], *, head: tuple[int, str] | None = None) -> Book:
    """Verify one book from its JSON lines; blank lines are skipped.

    A book may end with a waiter due (its writer was stopped in between); the next entry has to serve it.

    head: (seq, hash) noted down earlier or announced; the book must contain it, so a book rewritten or cut short is found out.
    """
    report, seen, line_number = Book(), set[str](), 0
    entry: Any = None
    try:
        for text in lines:
            line_number += 1
            if not text.strip():
                continue
            entry = None
            entry = parsed(text)
            check_entry(report, entry, seen)
            if head is not None and report.entries == head[0] and report.head != head[1]:
                raise Wrong("head", f"the head noted down for seq {head[0]} is {head[1]}, not {report.head}")
        entry = None
        if not report.entries:
            raise Wrong("form", "the book is empty")
        if head is not None and report.entries < head[0]:
            raise Wrong(
                "head", f"entries are missing at the end: seq {head[0]} was noted down, the last is {report.entries}"
            )
    except Wrong as wrong:
        known = entry if isinstance(entry, dict) else {}
        seq, name = known.get("seq"), known.get("_id")
        report.violation = Violation(
            report.book or str(known.get("book", "")),
            line_number,
            seq if type(seq) is int else None,
            name if isinstance(name, str) else None,
            wrong.rule,
            wrong.message,
        )
    return report


def verify_city(reports: Sequence[Book]) -> list[str]:
    """Verify that the books of one or several years agree: unallotted + Σ district allotted + in flight = appropriated (I8).

    Returns what is wrong, as sentences; empty: nothing. Allotments in flight (sent, not yet received) are right.
    """
    wrong = [str(report.violation) for report in reports if report.violation is not None]
    for city in (r for r in reports if r.ok and r.district is None):
        districts = {r.district: r for r in reports if r.ok and r.fiscal_year == city.fiscal_year and r.district}
        in_flight, found = between(city, districts)
        wrong += found
        held = sum(d.balances["allotted"] + d.left for d in districts.values())
        in_flight += on_the_way(city, districts.values())
        if city.balances["unallotted"] + held + in_flight != city.balances["appropriated"]:
            wrong.append(
                f"{city.book}: unallotted {city.balances['unallotted']} + allotted in districts {held} + in flight {in_flight} "
                f"is not appropriated {city.balances['appropriated']}"
            )
    wrong += carried(reports)
    return wrong


def check_entries(entries: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield what is wrong with one book, given its entries in order, as downloaded or as stored (then with ``private``)."""
    documents = list(entries)
    yield from _unbound(documents)
    found = verify_book(json.dumps(published(document), ensure_ascii=False) for document in documents)
    if found.violation is not None:
        yield Finding(INVARIANTS[found.violation.rule], found.violation.where, found.violation.message)


def published(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored entry in its published form: without ``private``, amounts as text. A published one stays as it is."""

    def text(amounts: Mapping[str, Any]) -> dict[str, Any]:
        return {**amounts, "amount": str(amounts["amount"])}

    entry = text({key: value for key, value in stored.items() if key != "private"})
    entry["postings"] = [text(posting) for posting in stored["postings"]]
    entry["after"] = {account: str(amount) for account, amount in stored["after"].items()}
    if "shares" in stored["facts"]:
        entry["facts"] = {**stored["facts"], "shares": [text(share) for share in stored["facts"]["shares"]]}
    return entry


def _unbound(documents: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield entries whose private part is there and is not the one that was bound. Anonymised ones have none."""
    for document in documents:
        private = document.get("private")
        if private and hashlib.sha256(rfc8785.dumps(dict(private))).hexdigest() != document["private_digest"]:
            yield Finding(
                "I2", f"{document['book']} seq {document['seq']} {document['_id']}", "its private part was changed"
            )
