"""Paper ballots: the secretary enters them, members confirm them, now and then by a wrong code (REV-5)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from services.review.domain.case_steps import BallotForm
from shared.certifying import WrongCode
from shared.contracts.envelope import Cause
from shared.storage.ports import Command
from shared.web.caller import Caller, Grant
from tests.builders import DISTRICT, SECRETARY, WEIGHTS

if TYPE_CHECKING:
    from tests.simulation.people import People


class Papers:
    """What is done with paper ballots; each is tried also when it can't be done."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random
        self._codes: dict[tuple[str, int], str] = {}
        self.acts: list[tuple[float, Callable[[], None]]] = [(14, self._enter), (50, self._confirm)]

    def _enter(self) -> None:
        case = self._people.one("review", "cases", "open")
        if case is None or not case["seats"]:
            return
        free = [seat for seat in case["seats"] if seat["ballot"] is None] or case["seats"]
        id, number = case["_id"], self._random.choice(free)["seat"]
        scores = {criterion: weight * 4 // 5 for criterion, weight in WEIGHTS.items()}
        form = BallotForm(scores, {}, "روی کاغذ", "approve", case["submission"]["amount_asked"], None)

        async def enter(uses: Any, command: Command, cause: Cause) -> Any:
            stored, code, _ = await uses.paper_ballots.enter(
                id, number, form, caller=SECRETARY, command=command, cause=cause
            )
            self._codes[id, number] = code
            return stored

        self._people.call(f"enter seat {number}'s paper ballot in {id}", "review", SECRETARY.subject, enter)

    def _confirm(self) -> None:
        waiting = [
            (case["_id"], seat)
            for case in self._people.documents("review", "cases")
            for seat in case["seats"]
            if seat["paper"] is not None and (case["_id"], seat["seat"]) in self._codes
        ]
        if not waiting:
            return
        id, seat = self._random.choice(waiting)
        number = seat["seat"]
        code = self._codes[id, number] if self._random.random() < 0.8 else "00000000"
        member = Caller(seat["holder"], (Grant("chair" if number == 1 else "member", DISTRICT),))

        async def confirm(uses: Any, command: Command, _cause: Cause) -> Any:
            try:
                return await uses.paper_ballots.confirm(id, number, code, caller=member, command=command)
            except WrongCode:  # the one refusal that is kept
                return None

        self._people.call(f"confirm seat {number}'s paper ballot in {id}", "review", member.subject, confirm)
