"""Appeals in the city of tests/builders.py: lodged, admitted, and decided by the working group of another district (REQ-13)."""

from typing import Any, Final

from services.review.domain.ballot import Vote
from services.review.domain.case_steps import BallotForm
from services.review.domain.panel import panel_id
from services.review.domain.working_group import Term, group_id
from shared.web.caller import Caller, Grant
from tests.builders import OFFICE, RULE_SET, START, WEIGHTS, City, Request

PANEL: Final = "8"
SECRETARY: Final = Caller("secretary-8", (Grant("secretary", PANEL),))


def member(seat: int) -> Caller:
    """Return who holds a seat of the panel's group; seat 6 is held by somebody who sits in district 7, too."""
    subject = "seat-6" if seat == 6 else f"panel-{seat}"
    return Caller(subject, (Grant("chair" if seat == 1 else "member", PANEL),))


async def second_group(city: City) -> None:
    """Set up the working group of another district."""
    call: dict[str, Any] = {"caller": OFFICE, "cause": city.cause(OFFICE)}
    await city.review.working_groups.set_up(district=PANEL, rule_set=RULE_SET, command=city.command(OFFICE), **call)
    for seat in range(1, 7):
        from_, until = START.replace(year=START.year - 1), START.replace(year=START.year + 2)
        term = Term(member(seat).subject, None, from_, until)
        await city.review.working_groups.fill(
            group_id(PANEL), seat, term=term, command=city.command(OFFICE), expected_version=None, **call
        )


async def lodge(city: City, request: Request) -> None:
    """Appeal against the decision."""
    by = request.organization.applicant
    await city.requests.appeals.lodge(
        request.id, "factual_error", "جمع هزینه‌ها خطا دارد.",
        caller=by, command=city.command(by), cause=city.cause(by), expected_version=None,
    )  # fmt: skip


async def admit(city: City, request: Request) -> None:
    """Admit the appeal."""
    call: dict[str, Any] = {"caller": OFFICE, "command": city.command(OFFICE), "cause": city.cause(OFFICE)}
    await city.requests.appeals.admit(request.id, "در صورت‌جلسه دیده می‌شود.", expected_version=None, **call)


async def withdraw(city: City, request: Request) -> None:
    """Withdraw the appeal."""
    by = request.organization.applicant
    await city.requests.appeals.withdraw(
        request.id, caller=by, command=city.command(by), cause=city.cause(by), expected_version=None
    )


async def panel_of(city: City, request: Request) -> str:
    """Return the id of the panel's case."""
    return panel_id(await city.case_of(request))


async def panel_votes(city: City, request: Request, vote: Vote, amount: int | None = None) -> None:
    """Have the panel declare and cast; the last ballot closes its case."""
    case = await panel_of(city, request)
    scores = {criterion: weight * 4 // 5 for criterion, weight in WEIGHTS.items()}
    form = BallotForm(scores, {}, "نظر هیئت", vote, amount if vote == "approve" else None, None)
    for seat in range(1, 6):
        by = member(seat)
        await city.review.cases.declare(case, seat, conflict="none", note="", caller=by, command=city.command(by))
        await city.review.cases.cast(case, seat, form, caller=by)


async def panel_signs(city: City, request: Request) -> None:
    """Draft the reason and sign it: the panel's decision issues."""
    case, cases = await panel_of(city, request), city.review.cases
    call: dict[str, Any] = {"command": city.command(SECRETARY), "cause": city.cause(SECRETARY)}
    await cases.draft_summary(case, reason="مبلغ دو بار کم شده بود.", caller=SECRETARY, **call)
    chair = member(1)
    await cases.sign(case, edition=None, caller=chair, command=city.command(chair), cause=city.cause(chair))
