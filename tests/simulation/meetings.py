"""What the secretary does with cases at meetings: calls them, notes who came, opens ballots, ends the discussion (REV-5)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from services.review.usecases.meetings import WantedItem
from shared.storage.ports import Document
from tests.builders import DISTRICT, SECRETARY

if TYPE_CHECKING:
    from tests.simulation.people import People

MOST: Final = 12
"""Meetings of a run; after that those that were held go on."""


class Meetings:
    """The secretary's acts; each is tried also when it can't be done."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random
        self.acts: list[tuple[float, Callable[[], None]]] = [
            (10, self._meet),
            (15, self._attend),
            (25, self._open),
            (20, self._revise),
            (8, self._end),
        ]

    def _meet(self) -> None:
        """Call a meeting about all open cases."""
        cases = [case["_id"] for case in self._people.documents("review", "cases") if case["status"] == "open"]
        if not cases or len(self._people.documents("review", "meetings")) >= MOST:
            return
        now = self._people.now()
        self._ask(
            "call a meeting",
            lambda uses, **by: uses.meetings.call(
                district=DISTRICT, starts_at=now, place="سالن", agenda=[WantedItem(id, None) for id in cases], **by
            ),
        )

    def _attend(self) -> None:
        meeting = self._people.one("review", "meetings", "called")
        if meeting is None:
            return
        (group,) = self._people.documents("review", "working_groups")
        filled = [seat["seat"] for seat in group["seats"] if seat["term"] is not None]
        came = [seat for seat in filled if self._random.random() < 0.8]
        id = meeting["_id"]
        self._ask(
            f"{len(came)} came to {id}",
            lambda uses, **by: uses.meetings.take_attendance(id, came, **by),
        )

    def _open(self) -> None:
        """Open the ballots of a case on the agenda, of one with ballots if there is any."""
        found = self._item(lambda case: case["status"] == "open" and any(seat["ballot"] for seat in case["seats"]))
        if found is not None:
            meeting, case = found
            self._ask(
                f"open the ballots of {case}",
                lambda uses, **by: uses.discussions.open_ballots(meeting, case, **by),
            )

    def _revise(self) -> None:
        """Have half of the members think again, where ballots are opened; some have revised theirs already."""
        cases = [
            case
            for case in self._people.documents("review", "cases")
            if case["status"] == "open" and case["opened_ballots"] is not None
        ]
        if cases:
            case = self._random.choice(cases)
            for seat in self._random.sample(case["seats"], len(case["seats"]) // 2):
                self._people.of_seat(case, seat)

    def _end(self) -> None:
        found = self._item(lambda case: case["opened_ballots"] is not None and case["status"] == "open")
        if found is not None:
            meeting, case = found
            self._ask(
                f"end the discussion of {case}",
                lambda uses, **by: uses.discussions.end(meeting, case, **by),
            )

    def _item(self, fits: Callable[[Document], bool]) -> tuple[str, str] | None:
        """Return a held meeting and a case on its agenda, one that fits if there is any."""
        meeting = self._people.one("review", "meetings", "held")
        if meeting is None:
            return None
        cases = {case["_id"]: case for case in self._people.documents("review", "cases")}
        agenda = [item["case"] for item in meeting["agenda"]]
        return meeting["_id"], self._random.choice([id for id in agenda if fits(cases[id])] or agenda)

    def _ask(self, name: str, work: Callable[..., Any]) -> None:
        self._people.call(
            name,
            "review",
            SECRETARY.subject,
            lambda uses, command, cause: work(uses, caller=SECRETARY, command=command, cause=cause),
        )
