"""What registry's offices and an organisation's own people do after its approval: flags, answers, appeals, proposals, revocation."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from services.registry.usecases.organizations import Call
from shared.storage.ports import Document
from shared.web.caller import Caller
from tests.builders import OFFICE, REGISTRAR

if TYPE_CHECKING:
    from tests.simulation.people import People

LEVELS: Final = ("observation", "risk", "escalated", "red")
LIVING: Final = 2
"""Organisations that keep a chance of a standing, so that the run goes on."""


class Standings:
    """What is asked of registry about organisations that were approved."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random
        self.acts: list[tuple[float, Callable[[], None]]] = [
            (2, self._flag),
            (1, self._raise_level),
            (5, self._resolve),
            (4, self._answer),
            (9, self._appeal),
            (25, self._answer_appeal),
            (3, self._propose),
            (10, self._answer_proposal),
            (1.5, self._revoke),
        ]

    def _flag(self) -> None:
        organization = self._people.one("registry", "organizations", "approved", "suspended")
        if organization is not None:
            level = self._random.choices(LEVELS, (4, 3, 2, 1))[0]
            by = OFFICE if level == "red" else self._random.choice((REGISTRAR, OFFICE))
            self._of(organization, f"flag {level}", by, "flags", "raise_flag", level, "گزارش")

    def _raise_level(self) -> None:
        found = self._flagged()
        if found is not None:
            organization, flag = found
            level = self._random.choice(LEVELS[1:])
            by = self._random.choice((REGISTRAR, OFFICE))
            self._of(organization, f"raise a flag to {level}", by, "flags", "raise_level", flag, level, "گزارش دوم")

    def _resolve(self) -> None:
        found = self._flagged()
        if found is not None:
            organization, flag = found
            by = self._random.choice((REGISTRAR, OFFICE, OFFICE))
            self._of(organization, "resolve a flag", by, "flags", "resolve", flag, "رفع شد")

    def _answer(self) -> None:
        organization = self._people.one("registry", "organizations", "suspended")
        if organization is not None:
            self._of(
                organization, "answer suspension", self._own(organization), "standing", "answer_suspension", "پاسخ"
            )

    def _appeal(self) -> None:
        organization = self._people.one("registry", "organizations", "suspended")
        if organization is not None:
            self._of(organization, "appeal", self._own(organization), "appeals", "lodge", "خطا در گزارش")

    def _answer_appeal(self) -> None:
        waiting = [o for o in self._people.documents("registry", "organizations") if o["open_appeal"]]
        if waiting:
            organization = self._random.choice(waiting)
            outcome = self._random.choice(("upheld", "dismissed"))
            number = organization["open_appeal"]
            self._of(organization, "answer an appeal", OFFICE, "appeals", "answer", number, outcome, "دلیل")

    def _propose(self) -> None:
        organization = self._people.one("registry", "organizations", "approved")
        if organization is not None:
            parts = {"purpose": f"هدف شماره {self._random.randint(1, 9)}"}
            self._of(organization, "propose", self._own(organization), "proposals", "propose", parts)

    def _answer_proposal(self) -> None:
        waiting = [o for o in self._people.documents("registry", "organizations") if o["pending_proposal"]]
        if waiting:
            organization = self._random.choice(waiting)
            number = organization["pending_proposal"]
            if self._random.random() < 0.7:
                self._of(organization, "accept a proposal of", REGISTRAR, "proposals", "accept", number)
            else:
                self._of(organization, "deny a proposal of", REGISTRAR, "proposals", "deny", number, "نامربوط")

    def _revoke(self) -> None:
        organizations = self._people.documents("registry", "organizations")
        if sum(o["status"] in ("approved", "suspended") for o in organizations) <= LIVING:
            return
        organization = self._people.one("registry", "organizations", "approved", "suspended")
        if organization is not None:
            self._of(organization, "revoke", OFFICE, "standing", "revoke", "تخلف")

    def _flagged(self) -> tuple[Document, int] | None:
        flags = [
            (organization, flag["number"])
            for organization in self._people.documents("registry", "organizations")
            for flag in organization["flags"]
            if flag["resolution"] is None
        ]
        return self._random.choice(flags) if flags else None

    def _own(self, organization: Document) -> Caller:
        return self._people.applicant(organization["_id"])

    def _of(self, organization: Document, name: str, by: Caller, uses_of: str, step: str, *arguments: Any) -> None:
        id = organization["_id"]
        self._people.call(
            f"{name} {id}",
            "registry",
            by.subject,
            lambda uses, command, cause: getattr(getattr(uses, uses_of), step)(
                id, *arguments, Call(by, command, cause)
            ),
        )
