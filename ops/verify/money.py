"""I8 – no money is lost between books, and every approval is in exactly one place.

Written apart from budget: it reads entries as stored or downloaded (amounts as numbers or text).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ops.verify.between import stored_on_the_way
from ops.verify.closing import stored_carried, taken_over
from ops.verify.findings import Finding

Document = Mapping[str, Any]
PLACES = frozenset({"waiting", "reserved", "committed", "released", "barred", "refused", "carried"})


def check_city(fiscal_year: str, books: Mapping[str, Sequence[Document]]) -> Iterator[Finding]:
    """Yield what is wrong with the city's money of one year. ``books``: book id → entries in order.

    unallotted + Σ district allotted + what is on its way = appropriated.
    """
    city = books.get(f"city/{fiscal_year}", ())
    if not city:
        return
    districts = [e for id, e in books.items() if id.startswith("district:") and id.endswith(f"/{fiscal_year}") and e]
    in_flight = stored_on_the_way(city, districts)
    head = city[-1]["after"]
    allotted = sum(int(entries[-1]["after"]["allotted"]) for entries in districts)
    carried = stored_carried(city, districts)
    total = int(head["unallotted"]) + allotted + carried + in_flight
    appropriated = sum(int(entry["amount"]) for entry in city if _is(entry, "appropriation"))
    appropriated += taken_over(city)
    if total != appropriated:
        yield Finding(
            "I8",
            f"city/{fiscal_year}",
            f"appropriated {appropriated}, but {head['unallotted']} unallotted + {allotted} in districts"
            f" + {carried} carried to the next year + {in_flight} in flight = {total}",
        )


def check_ends(announced: Mapping[str, int], entries: Mapping[str, int]) -> Iterator[Finding]:
    """Yield books that are shorter than what was announced of them: a chain does not show that its end was cut off (I2).

    Both are numbers of entries by book; ``announced`` was read first.
    """
    for book, seq in sorted(announced.items()):
        if (stored := entries.get(book, 0)) < seq:
            yield Finding("I2", book, f"entries are missing at the end: {seq} were announced, {stored} are stored")


def check_approvals(
    decisions: Sequence[Document], subjects: Mapping[str, Sequence[tuple[str, str]]]
) -> Iterator[Finding]:
    """Yield approvals of money that are nowhere or in several places.

    ``decisions``: {case, request, amount} of each approval; ``subjects``: request → [(book, state)] from the books' last entries.
    """
    for decision in decisions:
        places = subjects.get(decision["request"], ())
        if len(places) > 1:
            yield Finding("I8", f"request/{decision['request']}", f"its money is in several books: {places}")
        elif not places:
            yield Finding("I8", f"request/{decision['request']}", "it was approved, but no book knows it")
        elif places and places[0][1] not in PLACES:
            yield Finding("I8", f"request/{decision['request']}", f"unknown state {places[0][1]!r}")


def subject_states(books: Mapping[str, Sequence[Document]]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return request → [(book, state after its last entry there)]."""
    last: dict[str, dict[str, str]] = {}
    for book, entries in books.items():
        for entry in entries:
            after = entry.get("subject_after")
            if after is not None:
                last.setdefault(entry["subject"], {})[book] = after["state"]
    return {request: _where_it_is(places) for request, places in last.items()}


def _where_it_is(places: Mapping[str, str]) -> list[tuple[str, str]]:
    """A book from which it was carried is none of its places, once it is in the next."""
    return [place for place in places.items() if place[1] != "carried"] or list(places.items())


def _is(entry: Document, kind: str) -> bool:
    return bool(entry["kind"] == kind)
