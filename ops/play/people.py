"""The people of a city, as tokens name them. No names: what they are, and where."""

from ops.client import Person
from shared.web.caller import Grant

CITY_OFFICE = Person("city-office", (Grant("city_office"),))
HEADQUARTERS = Person("headquarters", (Grant("hq"),))
AUDITOR = Person("auditor", (Grant("auditor"),))
SEATS = range(1, 7)
CHAIR_SEAT = 1


def registrar(district: str) -> Person:
    """Return who verifies organisations of a district."""
    return Person(f"registrar-{district}", (Grant("registrar", district),))


def secretary(district: str) -> Person:
    """Return who keeps a district's agenda and drafts its reasons."""
    return Person(f"secretary-{district}", (Grant("secretary", district),))


def seat_holder(district: str, seat: int) -> Person:
    """Return who holds a seat of a district's working group; the first is the chair's."""
    if seat == CHAIR_SEAT:
        return Person(f"chair-{district}", (Grant("chair", district),))
    return Person(f"member-{district}-{seat}", (Grant("member", district),))


def chair(district: str) -> Person:
    """Return who chairs a district's working group and signs its reasons."""
    return seat_holder(district, CHAIR_SEAT)


def newcomer(subject: str) -> Person:
    """Return a person who signed in and has no rights yet: who registers an organisation."""
    return Person(subject)


def budget_officer(district: str) -> Person:
    """Return who prepares a district's payments."""
    return Person(f"budget-officer-{district}", (Grant("budget_officer", district),))


def treasurer(district: str, number: int = 1) -> Person:
    """Return one of those who approve a district's payments."""
    return Person(f"treasurer-{district}-{number}", (Grant("treasurer", district),))


def council_member(district: str, number: int = 1) -> Person:
    """Return who sits on a council of a district's neighbourhoods."""
    return Person(f"council-{district}-{number}", (Grant("council_member", district),))


def applicant(subject: str, organization: str) -> Person:
    """Return the same person, acting for the registered organisation."""
    return Person(subject, (Grant("applicant", None, organization),))
