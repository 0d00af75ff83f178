"""The row of a request: status, amounts and holds from facts, as SEAMS.md says how a request follows the others."""

from typing import Any

import pytest

from services.portal.domain.facts import Fact, Facts
from services.portal.domain.request_row import request_row

AT = "2026-11-22T08:30:00.000Z"
SUBMITTED = {
    "revision": 1, "organization": "o", "programme": "p", "fiscal_year": "1405", "book": "district:7/1405", "district": "7",
    "neighbourhood": None, "kind": "event", "topic": "divorce", "title": "کارگاه", "indicator": "", "people_reached": 5,
    "starts_on": AT, "ends_on": AT, "amount_asked": 100, "currency": "IRR", "submitted_at": AT,
}  # fmt: skip
DECIDED = {**SUBMITTED, "outcome": "approved", "amount": 80, "issued_at": AT, "case": "c1"}


def held(state: str | None, amount: int = 80) -> tuple[str, dict[str, Any]]:
    return "holding/district:7/1405", {"state": state, "amount": amount, "organization": "o"}


def row(*facts: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    given = [("submitted", SUBMITTED), *facts]
    return request_row("r", Facts(Fact(slot, n, AT, said) for n, (slot, said) in enumerate(given, 1)))


OPENED = ("opened/c1", {"revision": 1, "organization": "o"})
APPROVED = ("decided/c1", DECIDED)
REJECTED = ("decided/c1", {**DECIDED, "outcome": "rejected", "amount": 0})
ACCEPTED = ("step/accepted", {"organization": "o"})
COMMITTED = (held("committed"), ("committed/district:7/1405", {"amount": 80}))
FINAL = {"instalment": 1, "amount_reported": 7, "people_reached": 3, "indicator_reached": "x", "final": True}


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ((), "submitted"),
        ((OPENED,), "in_review"),
        ((OPENED, ("changes_requested/c1", {"revision": 1})), "changes_requested"),
        ((("opened/c0", {"revision": 0}),), "submitted"),
        ((REJECTED,), "rejected"),
        ((APPROVED,), "approved"),
        ((APPROVED, held("waiting")), "waiting"),
        ((APPROVED, held("reserved")), "reserved"),
        ((APPROVED, held("reserved"), ACCEPTED), "accepted"),
        ((APPROVED, *COMMITTED), "in_progress"),
        ((APPROVED, *COMMITTED, ("report_accepted/1", FINAL)), "reported"),
        ((APPROVED, *COMMITTED, ("step/closed", {})), "closed"),
        ((APPROVED, held("reserved"), ("step/lapsed", {})), "lapsed"),
        ((("step/withdrawn", {}),), "withdrawn"),
        ((APPROVED, *COMMITTED, ("step/cancelled", {})), "cancelled"),
        ((APPROVED, *COMMITTED, ("step/ended_by_agreement", {})), "ended_by_agreement"),
        ((("decided/c1", {**DECIDED, "amount": None, "support": "service"}),), "in_progress"),
    ],
)  # fmt: skip
def test_the_status_follows_from_what_was_heard(facts: Any, status: str) -> None:
    assert row(*facts)["status"] == status


def test_no_two_amounts_share_a_field() -> None:
    paid = ("payment/p1", {"state": "made", "gross": 30})
    under_way = ("payment/p2", {"state": "approved", "gross": 20})
    refund = ("refund/b#9", {"amount": 4})
    found = row(APPROVED, *COMMITTED, paid, under_way, refund, ("report_accepted/1", FINAL))
    amounts = {name: value for name, value in found.items() if name.startswith("amount_")}
    assert amounts == {
        "amount_asked": 100, "amount_approved": 80, "amount_reserved": 0, "amount_committed": 80, "amount_pending": 20,
        "amount_paid": 30, "amount_refunded": 4, "amount_reported": 7,
    }  # fmt: skip


def test_what_a_released_commitment_leaves_is_what_was_paid() -> None:
    paid = ("payment/p1", {"state": "made", "gross": 30})
    assert row(APPROVED, held("as_paid"), paid)["amount_committed"] == 30
    assert row(APPROVED, held("committed", 50), paid)["amount_committed"] == 50


def test_the_newest_issued_decision_counts() -> None:
    later = ("decided/panel", {**DECIDED, "case": "panel", "issued_at": "2026-12-22T08:30:00.000Z"})
    assert row(REJECTED, later)["award"]
    assert not row(REJECTED, later)["refusal"]


def test_a_case_that_stands_still_is_shown_until_it_goes_on() -> None:
    def hold(state: str) -> tuple[str, dict[str, Any]]:
        return "hold/c1", {"state": state, "revision": 1, "reason": "no_quorum"}

    assert (row(hold("stalled"))["hold"], row(hold("exception"))["hold_reason"]) == ("stalled", "no_quorum")
    assert row(hold("goes_on"))["hold"] is None
    assert row(hold("exception"), APPROVED)["hold"] is None


def test_of_an_undecided_request_nothing_is_an_award_or_a_refusal() -> None:
    found = row(OPENED)
    assert (found["award"], found["refusal"], found["in_calendar"]) == (False, False, False)


def test_a_revised_plan_and_accepted_amendments_replace_what_was_submitted() -> None:
    plan = ("changed/plan", {"people_reached": 3, "indicator": "i"})
    amended = (
        "changed/1",
        {"people_reached": None, "indicator": None, "starts_on": AT, "ends_on": "2027-01-01T00:00:00.000Z"},
    )
    found = row(APPROVED, plan, *COMMITTED, amended)
    assert (found["people_planned"], found["indicator"], found["ends_on"]) == (3, "i", "2027-01-01T00:00:00.000Z")
    assert row(APPROVED, *COMMITTED)["people_planned"] == 5


def test_an_acceptance_that_was_not_committed_does_not_stand_until_it_is_given_again() -> None:
    later = "2026-11-23T08:30:00.000Z"
    facts = [
        Fact(slot, n, AT, said)
        for n, (slot, said) in enumerate([("submitted", SUBMITTED), APPROVED, held("reserved")], 1)
    ]
    refused = Fact("not_committed/district:7/1405", 9, AT, {"reason": "standing", "holds": "reserved"})
    first, again = Fact("step/accepted", 4, AT), Fact("step/accepted", 5, later)
    assert request_row("r", Facts([*facts, first, refused]))["status"] == "reserved"
    assert request_row("r", Facts([*facts, again, refused]))["status"] == "accepted"


def test_an_appeal_is_shown_as_far_as_it_is_and_decided_by_its_panels_decision() -> None:
    def appeal(state: str) -> tuple[str, dict[str, Any]]:
        return "appeal/c1", {"state": state}

    panel = ("decided/panel", {**DECIDED, "case": "panel", "issued_at": "2026-12-22T08:30:00.000Z"})
    assert row(REJECTED)["appeal"] is None
    assert [row(REJECTED, appeal(state))["appeal"] for state in ("lodged", "refused", "ended")] == [
        "lodged",
        "refused",
        "ended",
    ]
    assert (row(REJECTED, appeal("admitted"))["appeal"], row(REJECTED, appeal("admitted"), panel)["appeal"]) == (
        "admitted",
        "decided",
    )


def test_a_clock_that_ran_out_twice_is_counted_twice() -> None:
    found = row(("breach/completeness/1", {}), ("breach/completeness/2", {}), ("breach/case/c2", {}))
    assert found["breaches"] == ["case", "completeness", "completeness"]
    assert found["breached"]
