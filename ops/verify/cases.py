"""I6 – one decision per case, one ballot per seat, the decision equals the tally under its frozen rules, nobody recused has voted.

Written apart from review: it reads stored documents as they are and counts again by itself, from the ballots in the history.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from ops.verify.findings import Finding

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Vote:
    """The last ballot of one seat of the base."""

    seat: int
    kind: str
    chair: bool
    vote: str
    amount: int | None


def check_case(case: Document, history: Sequence[Document]) -> Iterator[Finding]:
    """Yield what is wrong with one case, given its document and its history (entries with type and data)."""
    where = f"case/{case['_id']}"
    decisions = [entry for entry in history if entry["type"] == "DecisionIssued"]
    closings = [entry for entry in history if entry["type"] == "CaseClosed"]
    for name, entries in (("decided", decisions), ("closed", closings)):
        if len(entries) > 1:
            yield Finding("I6", where, f"it was {name} {len(entries)} times")
    numbers = [seat["seat"] for seat in case["seats"]]
    if len(set(numbers)) != len(numbers):
        yield Finding("I6", where, "a seat occurs twice")
    for seat in case["seats"]:
        if _recused(seat) and seat["ballot"] is not None:
            yield Finding("I6", where, f"seat {seat['seat']} is recused and has a ballot")
    appealed = case.get("appealed")
    if appealed is not None and any(seat["holder"] in appealed["sat"] for seat in case["seats"]):
        yield Finding("I6", where, "somebody who sat in the appealed case sits in its panel")
    if bool(decisions) != (case["decision"] is not None):
        yield Finding("I6", where, "its decision and its history disagree")
    if case["result"] is not None:
        yield from _check_result(case, where)


def _check_result(case: Document, where: str) -> Iterator[Finding]:
    seats = [seat for seat in case["seats"] if not _recused(seat) and not _vacated(seat)]
    votes = [
        Vote(s["seat"], s["kind"], s["chair"], s["ballot"]["vote"], s["ballot"]["amount"]) for s in seats if s["ballot"]
    ]
    for problem in _quorum_problems(case, seats, votes):
        yield Finding("I6", where, problem)
    outcome, amount = expected(votes, case["submission"])
    result = case["result"]
    if (result["outcome"], result["amount"]) != (outcome, amount):
        yield Finding(
            "I6", where, f"it says {result['outcome']} {result['amount']}, its ballots say {outcome} {amount}"
        )
    counted = {name: sum(vote.vote == name for vote in votes) for name in ("approve", "reject", "abstain")}
    counted |= {"cast": len(votes), "base": len(seats), "recused": sum(map(_recused, case["seats"]))}
    wrong = {name: result["tally"][name] for name, number in counted.items() if result["tally"][name] != number}
    if wrong:
        yield Finding("I6", where, f"its tally says {wrong}, its ballots say {counted}")


def expected(votes: Sequence[Vote], submission: Document) -> tuple[str, int]:
    """Return outcome and amount by REV-8 and REV-9."""
    approving = [vote for vote in votes if vote.vote == "approve"]
    share = Fraction(len(approving), len(votes)) if votes else Fraction(0)
    by_chair = share == Fraction(1, 2) and any(vote.chair for vote in approving)
    if share <= Fraction(1, 2) and not by_chair:
        return "rejected", 0
    if submission["amount_asked"] is None:
        return "approved", 0  # a service or a task has neither amount nor ceiling (REQ-4)
    amounts = sorted(vote.amount or 0 for vote in approving)
    median = amounts[ceil(len(amounts) / 2) - 1]
    return "approved", min(median, submission["amount_asked"], submission["ceiling"])


def _quorum_problems(case: Document, seats: Sequence[Document], votes: Sequence[Vote]) -> Iterator[str]:
    rules = case["opened"]["rules"]["quorum"]
    needed = max(ceil(Fraction(rules["numerator"], rules["denominator"]) * len(seats)), rules["least"])
    if len(votes) < needed:
        yield f"closed with {len(votes)} ballots, {needed} of {len(seats)} were needed"
    could = any(seat["kind"] == "neighbourhood_member" for seat in seats)
    came = any(vote.kind == "neighbourhood_member" for vote in votes)
    if rules["neighbourhood_member"] and could and not came and not case["deadline_moves"]:
        yield "closed without a neighbourhood member before the deadline had moved"


def _vacated(seat: Document) -> bool:
    """Tell whether the member left mid-case without a ballot and nobody stepped in (REV-1)."""
    return seat.get("left_at") is not None and seat["ballot"] is None


def _recused(seat: Document) -> bool:
    return seat["declaration"] is not None and seat["declaration"]["conflict"] != "none"
