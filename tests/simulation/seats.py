"""What the city office does with the seats of the working group while cases are open: substitutes, absences, members who leave."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from services.review.domain.stalled_case import NamedSubstitute
from services.review.domain.working_group import Term
from shared.web.caller import Caller, Grant
from tests.builders import OFFICE

if TYPE_CHECKING:
    from tests.simulation.people import People

YEARS: Final = timedelta(days=700)
MONTH: Final = timedelta(days=30)
HQ: Final = Caller("hq", (Grant("hq"),))


class Seats:
    """The office's acts; each is tried also when it can't be done."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random

    def name_substitute(self) -> None:
        """Name somebody for a seat, now and then who sits elsewhere, for long or for a month."""
        group, seat = self._seat()
        number = seat["seat"]
        other = self._random.randrange(1, 7) if self._random.random() < 0.1 else number
        until = self._people.now() + (YEARS if self._random.random() < 0.7 else MONTH)
        subject = f"substitute-{other}" if self._random.random() < 0.9 else f"seat-{other}"
        self._people.call(
            f"name {subject} for seat {number}",
            "review",
            OFFICE.subject,
            lambda uses, command, cause: uses.substitutes.name(
                group,
                number,
                subject=subject,
                name=None,
                until=until,
                caller=OFFICE,
                command=command,
                cause=cause,
                expected_version=None,
            ),
        )

    def end_substitute(self) -> None:
        """End a substitute's term."""
        group, seat = self._seat()
        self._people.call(
            f"end the substitute of seat {seat['seat']}",
            "review",
            OFFICE.subject,
            lambda uses, command, cause: uses.substitutes.end(
                group,
                seat["seat"],
                reason="استعفا",
                caller=OFFICE,
                command=command,
                cause=cause,
                expected_version=None,
            ),
        )

    def empty(self) -> None:
        """Empty a seat."""
        group, seat = self._seat()
        self._people.call(
            f"empty seat {seat['seat']}",
            "review",
            OFFICE.subject,
            lambda uses, command, cause: uses.working_groups.empty(
                group,
                seat["seat"],
                reason="استعفا",
                caller=OFFICE,
                command=command,
                cause=cause,
                expected_version=None,
            ),
        )

    def fill(self) -> None:
        """Fill an empty seat again."""
        group, seat = self._seat(empty=True)
        number, now = seat["seat"], self._people.now()
        term = Term(f"seat-{number}", None, now, now + (YEARS if self._random.random() < 0.8 else MONTH))
        self._people.call(
            f"fill seat {number}",
            "review",
            OFFICE.subject,
            lambda uses, command, cause: uses.working_groups.fill(
                group, number, term=term, caller=OFFICE, command=command, cause=cause, expected_version=None
            ),
        )

    def absent(self) -> None:
        """Say that a member is absent in a case."""
        case = self._people.one("review", "cases", "open")
        if case is None or not case["seats"]:
            return
        number, id = self._random.choice(case["seats"])["seat"], case["_id"]
        self._people.call(
            f"seat {number} is absent in {id}",
            "review",
            OFFICE.subject,
            lambda uses, command, cause: uses.substitutes.stand_in(
                id, number, reason="مأموریت", caller=OFFICE, command=command, cause=cause
            ),
        )

    def name_for_case(self) -> None:
        """Name substitutes for a stalled case: for those who did not come, sometimes for too few or the wrong ones."""
        case = self._people.one("review", "cases", "stalled")
        if case is None:
            return
        (group,) = self._people.documents("review", "working_groups")
        voted = {seat["seat"] for seat in case["seats"] if seat["ballot"] is not None}
        free = [seat for seat in group["seats"] if seat["seat"] not in voted or self._random.random() < 0.05]
        named = [
            NamedSubstitute(seat["seat"], seat["kind"], f"named-{seat['seat']}-{self._random.randrange(3)}")
            for seat in free
            if self._random.random() < 0.8
        ]
        id = case["_id"]
        self._people.call(
            f"name {len(named)} substitutes in {id}",
            "review",
            OFFICE.subject,
            lambda uses, command, cause: uses.stalled_cases.name_substitutes(
                id, named, caller=OFFICE, command=command, cause=cause
            ),
        )

    def order_new_term(self) -> None:
        """Have headquarters give an exception a new term."""
        case = self._people.one("review", "cases", "excepted")
        if case is None:
            return
        id = case["_id"]
        self._people.call(
            f"order a new term for {id}",
            "review",
            HQ.subject,
            lambda uses, command, cause: uses.stalled_cases.order_new_term(id, caller=HQ, command=command, cause=cause),
        )

    def _seat(self, *, empty: bool = False) -> tuple[str, dict[str, int]]:
        (group,) = self._people.documents("review", "working_groups")
        seats = [seat for seat in group["seats"] if seat["term"] is None] if empty else []
        return group["_id"], self._random.choice(seats or group["seats"])
