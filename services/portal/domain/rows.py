"""The other rows: organisations, districts, programmes, lists, rule sets, books, meetings, obstacles; each a pure function of its facts."""

from collections.abc import Callable, Mapping
from typing import Final

from services.portal.domain.facts import Document, Fact, Facts
from services.portal.domain.public_text import shown
from services.portal.domain.request_row import request_row
from shared.persian.text import search_tokens

RowOf = Callable[[str, Facts], Document]


def organization_row(id: str, facts: Facts) -> Document:
    """An organisation; public once it was approved, whatever its standing is now (PUB-1 names no standing)."""
    heard = (facts.get("standing"), facts.get("approved"), facts.get("merged"))
    newest = max((fact for fact in heard if fact is not None), key=lambda fact: fact.number)
    approved, merged = facts.get("approved"), facts.get("merged")
    name = shown(newest.said["name"])
    return {
        "name": name,
        "kind": newest.said["kind"],
        "districts": sorted(newest.said["districts"]),
        "public": approved is not None and merged is None,
        "approved_at": None if approved is None else approved.at,
        "named_number": newest.number,
        "search": list(search_tokens(name)),
    }


def district_row(id: str, facts: Facts) -> Document:
    """A district as it was defined last."""
    return _said(facts.get("defined"))


def programme_row(id: str, facts: Facts) -> Document:
    """A programme as it opened, and whether it is closed."""
    opened, closed = facts.get("opened"), facts.get("closed")
    row = _said(opened)
    names = row.get("names") or {}
    return {
        **row,
        "public": opened is not None,
        "status": "closed" if closed is not None else "open",
        "closed_at": None if closed is None else closed.at,
        "ranked": [
            {"district": fact.said["district"], "at": fact.at, "order": list(fact.said["order"])}
            for fact in facts.under("ranked")
        ],
        "search": list(search_tokens(*(name for name in names.values() if name))),
    }


def list_row(id: str, facts: Facts) -> Document:
    """A priority list in force: its newest version."""
    adopted = facts.get("adopted")
    return {**_said(adopted), "adopted_at": None if adopted is None else adopted.at}


def rule_set_row(id: str, facts: Facts) -> Document:
    """One version of a rule set; it never changes."""
    adopted = facts.get("adopted")
    return {**_said(adopted), "adopted_at": None if adopted is None else adopted.at}


def book_row(id: str, facts: Facts) -> Document:
    """A book: its terms, its parts after the newest entry heard of, and its newest published head (BUD-2, BUD-10)."""
    opened, balance, head, closed = (facts.get(name) for name in ("opened", "balance", "head", "closed"))
    owner, _, year = id.partition("/")
    return {
        "district": owner.partition(":")[2] or None,
        "fiscal_year": year,
        "currency": next((fact.said["currency"] for fact in (opened, balance) if fact), None),
        "waiting_rule": None if opened is None else opened.said["waiting_rule"],
        "opened_at": None if opened is None else opened.at,
        "closed_at": None if closed is None else closed.at,
        "balance": None if balance is None else _parts(dict(balance.said["after"])),
        "seq": None if balance is None else balance.number,
        "at": None if balance is None else balance.at,
        "head": None if head is None else dict(head.said),
        "appropriations": [dict(fact.said) for fact in facts.under("appropriation")],
    }


def meeting_row(id: str, facts: Facts) -> Document:
    """A meeting: called, cancelled, or with its minutes (REV-12)."""
    called, cancelled, minutes = facts.get("called"), facts.get("cancelled"), facts.get("minutes")
    row = _said(called or minutes or cancelled)
    return {
        "district": row.get("district"),
        "working_group": row.get("working_group"),
        "starts_at": row.get("starts_at"),
        "place": shown(row["place"]) if row.get("place") else None,
        "items": row.get("items"),
        "status": "cancelled" if cancelled is not None else "called" if minutes is None else "adopted",
        "minutes": None if minutes is None else {name: minutes.said[name] for name in ("number", "date", "attended")},
    }


def obstacle_row(id: str, facts: Facts) -> Document:
    """An obstacle to participation: where, and whether its clock ran out (REV-16)."""
    heard = [fact for name in ("reported", "assigned", "overdue", "answered") if (fact := facts.get(name))]
    return {
        "district": heard[0].said.get("district"),
        "reported_at": heard[0].at,
        "answered": facts.get("answered") is not None,
        "overdue": facts.get("overdue") is not None,
    }


def _parts(after: Document) -> Document:
    """Of the city's book only what came in: what leaves it is told by the districts' books."""
    return {"appropriated": after["appropriated"]} if "appropriated" in after else after


def _said(fact: Fact | None) -> Document:
    return {} if fact is None else dict(fact.said)


ROWS: Final[Mapping[str, RowOf]] = {
    "requests": request_row,
    "organizations": organization_row,
    "districts": district_row,
    "programmes": programme_row,
    "priority_lists": list_row,
    "rule_sets": rule_set_row,
    "books": book_row,
    "meetings": meeting_row,
    "obstacles": obstacle_row,
}
"""How the rows of each collection are made of their facts."""
