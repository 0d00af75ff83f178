"""In which order a backup of a running system reads (docs/decisions/0020-what-a-backup-holds.md).

Who follows is read before whom it follows: then everything that a database took over from another is there in the other, too, and what
is missing in the follower can be replayed.
"""

from collections.abc import Iterable, Sequence
from typing import Final

SERVICES: Final = ("webhooks", "portal", "budget", "requests", "review", "registry")
"""Effects before causes; webhooks and portal follow all.

Requests and review follow each other; decisions of people are the last thing to lose, so review is later."""

OWN: Final = {
    "webhooks": ("subscriptions",),
    "portal": (),  # rows made of events: nothing of its own
    "budget": ("entries",),
    "requests": ("requests", "places", "ceilings", "questions", "programmes"),
    "review": (
        "visits",
        "meetings",
        "cases",
        "working_groups",
        "priority_lists",
        "priority_proposals",
        "concerns",
        "obstacles",
        "rule_sets",
        "councils",
    ),
    "registry": ("organization_imports", "organizations", "districts"),
}
"""What a service owns, read after its copies and cursors; within it, what refers to something before what it refers to."""


FILES: Final = {
    "registry": ("documents.files", "documents.chunks"),
    "review": ("visit_pictures.files", "visit_pictures.chunks"),
}
"""Contents of files, read last: a file is there before anything names it, and is never changed; a removed picture's is erased."""


def collections(service: str, found: Iterable[str]) -> Sequence[str]:
    """Return a service's collections in the order in which they are read."""
    own = (*OWN[service], *FILES.get(service, ()))
    return sorted(found, key=lambda name: (own.index(name) if name in own else -1, name))


def books(found: Iterable[str]) -> Sequence[str]:
    """Return books in the order in which they are read: districts' before the city's, from which their money came."""
    return sorted(found, key=lambda book: (book.startswith("city/"), book))
