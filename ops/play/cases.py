"""What a working group does with a case: declarations, sealed ballots, the reason, the signature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ops.client import Answer, Sama
from ops.play import people

FIRST: Final = {"If-None-Match": "*"}


@dataclass(frozen=True, slots=True)
class Criteria:
    """The programme's criteria, as ballots need them: id → weight."""

    weights: Mapping[str, int]

    def scores(self, percent: int) -> dict[str, int]:
        """Return scores of about this share of each weight."""
        return {criterion: weight * percent // 100 for criterion, weight in self.weights.items()}


def ballot(
    criteria: Criteria, vote: str, *, amount: int | None = None, percent: int | None = None, comment: str | None = None
) -> dict[str, Any]:
    """Fill in a ballot. percent: the scores given; at least 50, so that no score needs a comment of its own (REV-4)."""
    share = percent if percent is not None else {"approve": 80, "reject": 50, "abstain": 60}[vote]
    words = {
        "approve": "طرح با اولویت محله هم‌خوان است و هزینه‌ها متناسب است.",
        "reject": "طرح در این دوره اولویت ندارد.",
        "abstain": "برای رأی دادن اطلاعات کافی نیست.",
    }
    return {
        "scores": criteria.scores(share),
        "comment": comment or words[vote],
        "vote": vote,
        **({"amount": amount} if vote == "approve" else {}),
    }


async def declare(sama: Sama, case: str, district: str, seat: int, conflict: str = "none", note: str = "") -> None:
    """Declare no conflict, or one; with a conflict the member is out of the case (REV-3)."""
    body = {"conflict": conflict, "note": note}
    await sama.review.post(f"/cases/{case}/seats/{seat}/declaration", body, by=people.seat_holder(district, seat))


async def cast(sama: Sama, case: str, district: str, seat: int, form: Mapping[str, Any]) -> Answer:
    """Cast a first ballot (REV-4). The same ballot again changes nothing, so a lost answer does no harm."""
    path = f"/cases/{case}/seats/{seat}/ballot"
    return await sama.review.put(path, form, by=people.seat_holder(district, seat), headers=FIRST)


async def vote(
    sama: Sama, case: str, district: str, forms: Mapping[int, Mapping[str, Any]], *, seats: Sequence[int] | None = None
) -> str:
    """Have the seats declare no conflict and cast, one after another: six at once would only race for the case's document.

    forms: the ballot of each seat. Returns the case's status after the last ballot.
    """
    status = "open"
    for seat in seats or sorted(forms):
        await declare(sama, case, district, seat)
        status = (await cast(sama, case, district, seat, forms[seat]))["status"]
    return status


async def draft_reason(sama: Sama, case: str, district: str, reason: str) -> None:
    """Draft the reason as the secretary (REV-10)."""
    await sama.review.post(f"/cases/{case}/summary", {"reason": reason}, by=people.secretary(district))


async def sign(sama: Sama, case: str, district: str) -> None:
    """Sign the reason as the chair: the decision issues (REV-10)."""
    await sama.review.post(f"/cases/{case}/summary/sign", by=people.chair(district))
