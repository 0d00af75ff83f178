"""I6 as ``sama verify`` checks it: a true case passes, and each way of tampering with one is named."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import pytest_asyncio

from ops.verify.cases import Vote, check_case, expected
from services.review.domain.ballot import Conflict
from services.review.domain.case import case_id
from tests.unit.review.builders import ASKED, DISTRICT, World, form, member

Document = dict[str, Any]
CASE = case_id("req-1", 1)


@pytest_asyncio.fixture
async def case() -> Document:
    """A case as stored: five of six voted, seat 6 recused, three approved."""
    world = World()
    await world.set_up_group()
    await world.standing(1)
    await world.submitted()
    for seat in range(1, 7):
        conflict: Conflict = "family" if seat == 6 else "none"
        await world.uses.cases.declare(
            CASE, seat, conflict=conflict, note="", caller=member(seat), command=world.command(member(seat).subject)
        )
    for seat, vote in {1: "approve", 2: "approve", 3: "approve", 4: "reject", 5: "abstain"}.items():
        ballot = form(vote, ASKED - seat if vote == "approve" else None)  # type: ignore[arg-type]
        await world.uses.cases.cast(CASE, seat, ballot, caller=member(seat))
    document = world.documents["cases"].documents[CASE]
    assert document["status"] == "closed"
    return deepcopy(document)


def found(case: Document) -> str:
    return " | ".join(finding.what for finding in check_case(case, case["history"]))


def test_a_true_case_has_no_finding(case: Document) -> None:
    assert found(case) == ""
    assert (case["result"]["outcome"], case["result"]["amount"], case["district"]) == ("approved", ASKED - 2, DISTRICT)


def another_amount(case: Document) -> None:
    case["result"]["amount"] += 1


def another_outcome(case: Document) -> None:
    case["result"] |= {"outcome": "rejected", "amount": 0}


def another_ballot(case: Document) -> None:
    case["seats"][0]["ballot"] |= {"vote": "reject", "amount": None}


def a_recused_ballot(case: Document) -> None:
    case["seats"][5]["ballot"] = case["seats"][0]["ballot"]


def a_lost_ballot(case: Document) -> None:
    for seat in case["seats"][1:4]:
        seat["ballot"] = None


def a_seat_twice(case: Document) -> None:
    case["seats"][1]["seat"] = 1


def closed_twice(case: Document) -> None:
    case["history"].append(next(entry for entry in case["history"] if entry["type"] == "CaseClosed"))


def a_decision_out_of_nothing(case: Document) -> None:
    case["decision"] = {"reason": "x"}


def no_neighbourhood_member(case: Document) -> None:
    case["seats"][4]["ballot"] = None


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (another_amount, f"it says approved {ASKED - 1}"),
        (another_outcome, "it says rejected 0"),
        (another_ballot, "its ballots say"),
        (a_recused_ballot, "seat 6 is recused and has a ballot"),
        (a_lost_ballot, "were needed"),
        (a_seat_twice, "a seat occurs twice"),
        (closed_twice, "it was closed 2 times"),
        (a_decision_out_of_nothing, "its decision and its history disagree"),
        (no_neighbourhood_member, "without a neighbourhood member"),
    ],
)
def test_tampering_is_named(case: Document, tamper: Callable[[Document], None], says: str) -> None:
    tamper(case)
    assert says in found(case)


@pytest.mark.parametrize(
    ("votes", "result"),
    [
        ("aarr", ("approved", 10)),  # exactly half and the chair, seat 1, approves
        ("raar", ("rejected", 0)),  # exactly half and the chair rejects
        ("a00r", ("rejected", 0)),  # a quarter
        ("aaa0", ("approved", 20)),
        ("", ("rejected", 0)),
    ],
)
def test_the_count_follows_rev_8_and_rev_9(votes: str, result: tuple[str, int]) -> None:
    names = {"a": "approve", "r": "reject", "0": "abstain"}
    cast = [
        Vote(n, "expert", n == 1, names[letter], 10 * n if letter == "a" else None) for n, letter in enumerate(votes, 1)
    ]
    assert expected(cast, {"amount_asked": 1000, "ceiling": 900}) == result


def test_the_amount_never_exceeds_asked_or_ceiling() -> None:
    vote = [Vote(1, "deputy", True, "approve", 500)]
    assert expected(vote, {"amount_asked": 400, "ceiling": 900}) == ("approved", 400)
    assert expected(vote, {"amount_asked": 900, "ceiling": 300}) == ("approved", 300)


def test_a_service_is_approved_without_an_amount() -> None:
    """REQ-4."""
    vote = [Vote(1, "deputy", True, "approve", None)]
    assert expected(vote, {"amount_asked": None, "ceiling": None}) == ("approved", 0)
