"""What applicants and offices do after an award: reports, and what ends it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from services.requests.domain.reports import Outcome, Spent
from shared.storage.ports import Document
from shared.web.caller import Caller
from tests.builders import ASKED, SECRETARY

if TYPE_CHECKING:
    from tests.simulation.people import People


class AfterAward:
    """What is asked of requests once an award is committed."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random
        self.acts: list[tuple[float, Callable[[], None]]] = [
            (12, self._report),
            (12, self._answer_report),
            (8, self._close),
        ]

    def _report(self) -> None:
        """File what is due; often of what was paid, so that it can be closed."""
        request = self._people.one("requests", "requests", "in_progress")
        if request is None:
            return
        amount = self._random.choice((paid_net(request), paid_net(request), ASKED // 6, request["committed"]))
        spent = (Spent("سالن", amount, "فاکتور ۱"),) if amount else ()
        outcome = Outcome(spent, 110, "۳۵ خانواده", "برگزار شد.", final=self._random.random() < 0.8)
        by = self._people.applicant(request["organization"])
        self._of(request, "file a report of", by, "reports", "file", outcome, about_nobody=True)

    def _answer_report(self) -> None:
        request = self._people.one("requests", "requests", "in_progress")
        if request is None:
            return
        instalment = max(request["reporting"]["instalment"], 1)
        if self._random.random() < 0.2:
            self._of(request, "send back a report of", SECRETARY, "reports", "send_back", instalment, "ناخوانا")
        else:
            self._of(request, "accept a report of", SECRETARY, "reports", "accept", instalment)

    def _close(self) -> None:
        request = self._people.one("requests", "requests", "reported")
        if request is not None:
            self._of(request, "close", SECRETARY, "closing", "close")

    def _of(
        self, request: Document, name: str, by: Caller, uses_of: str, step: str, *arguments: Any, **more: Any
    ) -> None:
        id = request["_id"]
        self._people.call(
            f"{name} {id}",
            "requests",
            by.subject,
            lambda uses, command, cause: getattr(getattr(uses, uses_of), step)(
                id, *arguments, caller=by, command=command, cause=cause, expected_version=None, **more
            ),
        )


def paid_net(request: Document) -> int:
    """Return what the organisation got and kept, as the request knows it."""
    net = 0
    for fact in request["book_facts"]:
        if fact["step"] == "payment_made":
            net += fact["net"]
        elif fact["step"] == "payment_failed" and fact["holds"] == "paid":
            net -= fact["net"]
        elif fact["step"] == "refund_received":
            net -= fact["amount"]
    return max(net, 0)
