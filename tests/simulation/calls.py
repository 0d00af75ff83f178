"""What the city office does with a ranked call: it closes it before its end, which comes in few runs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.builders import OFFICE

if TYPE_CHECKING:
    from tests.simulation.people import People


class Calls:
    """The office's acts."""

    def __init__(self, people: "People", call: str) -> None:
        self._people = people
        self._call = call
        self.acts: list[tuple[float, Callable[[], None]]] = [(2, self._close)]

    def _close(self) -> None:
        self._people.call(
            f"close {self._call}",
            "requests",
            OFFICE.subject,
            lambda uses, command, cause: uses.programmes.close(
                self._call, caller=OFFICE, command=command, cause=cause, expected_version=None
            ),
        )
