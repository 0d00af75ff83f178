"""Registrations that end with their licence, and are renewed: by their own people, and verified anew by the registrar (REG-4)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.checklist import QUESTIONS, Answer
from services.registry.domain.organization import Correction
from services.registry.domain.profile import Licence
from services.registry.usecases.organizations import Call
from shared.storage.ports import Document
from shared.web.caller import Caller
from tests.builders import REGISTRAR

if TYPE_CHECKING:
    from tests.simulation.people import People

ANSWERS: Final[dict[str, Answer]] = {
    question: Answer("not_applicable", "این نوع تشکل آن را ندارد.") if question == "account_ok" else Answer("yes")
    for question in QUESTIONS
}
LASTS: Final = (10, 60, 200)
"""Days of a renewed licence: some end again within a run."""


def licence(until: datetime) -> Licence:
    """Return a licence that ends on that day."""
    return Licence("1404/1", "فرمانداری", date(2025, 3, 21), until.date())


class Renewals:
    """What is asked of registry about organisations whose time is over."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random
        self.acts: list[tuple[float, Callable[[], None]]] = [
            (14, self._go_on),
            (1, self._edit),
            (1, self._submit),
        ]

    def _go_on(self) -> None:
        """Do what comes next of a renewal, or another step at times."""
        organization = self._ended()
        if organization is None or self._random.random() < 0.3:
            self._verify()
        elif _licensed_until(organization) <= self._people.now().date().isoformat():
            self._edit()
        else:
            self._submit()

    def _edit(self) -> None:
        organization = self._ended()
        if organization is None:
            return
        id, by = organization["_id"], self._people.applicant(organization["_id"])
        until = self._people.now() + timedelta(days=self._random.choice(LASTS))
        self._people.call(
            f"renew the licence of {id}",
            "registry",
            by.subject,
            lambda uses, command, cause: uses.organizations.edit(
                id, {"licence": licence(until)}, caller=by, cause=cause, expected_version=None
            ),
            keyed=False,
        )

    def _submit(self) -> None:
        organization = self._ended()
        if organization is not None:
            self._of(organization, "submit the registration of", self._people.applicant(organization["_id"]), "submit")

    def _verify(self) -> None:
        waiting = [o for o in self._people.documents("registry", "organizations") if o["status"] == "submitted"]
        if not waiting:
            return
        organization = self._random.choice(waiting)
        draw = self._random.random()
        if organization["checklist"] is None:
            self._of(organization, "answer the checklist of", REGISTRAR, "answer_checklist", ANSWERS)
        elif draw < 0.8:
            self._of(organization, "approve", REGISTRAR, "approve")
        elif draw < 0.9:
            self._of(organization, "refuse", REGISTRAR, "reject", "مجوز خوانا نیست.")
        else:
            corrections = [Correction("/licence", "پایان مجوز روشن نیست.")]
            self._of(organization, "send back", REGISTRAR, "request_changes", corrections)

    def _ended(self) -> Document | None:
        return self._people.one("registry", "organizations", "expired", "changes_requested")

    def _of(self, organization: Document, name: str, by: Caller, step: str, *arguments: Any) -> None:
        id = organization["_id"]
        self._people.call(
            f"{name} {id}",
            "registry",
            by.subject,
            lambda uses, command, cause: getattr(uses.organizations, step)(id, *arguments, Call(by, command, cause)),
        )


def _licensed_until(organization: Document) -> str:
    """Return the last day of its licence, as text; of one without a licence, the first of all."""
    given = organization["profile"]["licence"]
    return "" if given is None else str(given["valid_until"])
