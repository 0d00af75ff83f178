"""What applicants and offices do after an award: reports, and what ends it."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from services.requests.domain.agreements import Change
from services.requests.domain.proposal import Line
from services.requests.domain.reports import Outcome, Spent
from shared.storage.ports import Document
from shared.web.caller import Caller
from tests.builders import ASKED, OFFICE, SECRETARY

if TYPE_CHECKING:
    from tests.simulation.people import People

MONTH: Final = timedelta(days=30)


class AfterAward:
    """What is asked of requests once an award is committed."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random
        self.acts: list[tuple[float, Callable[[], None]]] = [
            (12, self._report),
            (12, self._answer_report),
            (8, self._close),
            (6, self._notify),
            (6, self._answer_notice),
            (6, self._decide_on_notice),
            (8, self._propose),
            (10, self._answer_proposal),
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

    def _notify(self) -> None:
        request = self._running()
        if request is not None and self._random.random() < 0.4:
            self._of(request, "give notice to", OFFICE, "cancellations", "notify", "آغاز نشده است.")

    def _answer_notice(self) -> None:
        request = self._heard()
        if request is not None:
            by = self._people.applicant(request["organization"])
            self._of(request, "answer the notice of", by, "cancellations", "answer", f"پاسخ {self._random.random()}")

    def _decide_on_notice(self) -> None:
        request = self._heard()
        if request is None:
            return
        if self._random.random() < 0.3:
            self._of(request, "drop the notice of", OFFICE, "cancellations", "drop", "پذیرفته شد.")
        else:
            self._of(request, "cancel", OFFICE, "cancellations", "cancel", self._amount(request), "برگزار نشد.")

    def _propose(self) -> None:
        """An amendment by one side or the other, of dates or of money; now and then an end."""
        request = self._running()
        if request is None:
            return
        by = self._random.choice((self._people.applicant(request["organization"]), SECRETARY))
        amount = self._amount(request)
        if self._random.random() < 0.2:
            self._of(request, "propose to end", by, "agreements", "propose_ending", amount, "ادامه نمی‌یابد.")
            return
        lines = (Line("سالن", amount),) if amount else None
        change = self._random.choice((Change(budget_lines=lines), Change(ends_on=self._people.now() + MONTH)))
        self._of(request, "propose to amend", by, "agreements", "propose_amendment", change, "دلیل")

    def _answer_proposal(self) -> None:
        """Mostly by the other side, now and then by whoever proposed."""
        found = [r for r in self._people.documents("requests", "requests") if r["agreement_open"] is not None]
        if not found:
            return
        request = self._random.choice(found)
        agreement = request["agreements"][-1]
        sides = [self._people.applicant(request["organization"]), SECRETARY]
        by = sides[(agreement["by"] == "organization") != (self._random.random() < 0.1)]
        if self._random.random() < 0.8:
            self._of(request, "accept a proposal of", by, "agreements", "accept", agreement["number"])
        else:
            self._of(request, "deny a proposal of", by, "agreements", "deny", agreement["number"], "نه")

    def _running(self) -> Document | None:
        return self._people.one("requests", "requests", "in_progress", "reported")

    def _heard(self) -> Document | None:
        found = [
            r
            for r in self._people.documents("requests", "requests")
            if r["hearing"] is not None and r["hearing"]["status"] == "open"
        ]
        return self._random.choice(found) if found else None

    def _amount(self, request: Document) -> int:
        """Something that is possible, or a little too much or too little."""
        committed: int = request["committed"]
        return int(self._random.choice((paid_net(request), committed // 2, committed // 3, committed, ASKED // 6)))

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
