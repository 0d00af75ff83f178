"""The last chapter: the whole city, thirteen districts side by side."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, Final

from ops.client import ApiProblem
from ops.demo.calls import SUBSTITUTED
from ops.demo.example import MAIN, SHORT
from ops.demo.generate import PlannedOrganization, PlannedRequest, WholeCity
from ops.demo.stage import Stage
from ops.play import books, cases, organizations, people, requests
from ops.play.ordered import in_order
from ops.play.organizations import Organization
from ops.play.progress import Progress
from ops.play.requests import Request
from ops.play.waiting import Patience

COLUMNS: Final = ("submitted", "voted", "moved", "approved", "rejected", "funded", "waiting", "withdrawn", "paused")
EARLY: Final = (1, 2)  # seats that vote before the short deadline: too few for a quorum
STEP: Final = 10_000_000  # by which recommended amounts differ
RECUSES_OF: Final = 8  # in one of so many cases a member recuses
REASONS: Final = {True: "کارگروه طرح را با اولویت‌ها هم‌خوان دانست.", False: "کارگروه طرح را در این دوره تأیید نکرد."}
WITHDRAWAL: Final = "برنامه به زمان دیگری موکول شد."
SUSPENSION: Final = "بررسی یک گزارش دربارهٔ حساب تشکل."
REINSTATEMENT: Final = "ابهام برطرف شد."
REJECTION: Final = "هدف تشکل اجتماعی نیست."


@dataclass
class Prepared:
    """A request whose ballots are cast; ``case`` is empty if it ended before."""

    request: Request
    case: str
    approving: bool = False


@dataclass
class Suspension:
    """What is to happen to one organisation midway: ``left`` of its requests are not voted yet."""

    left: int
    over: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[Prepared] = field(default_factory=list)
    all_voted: asyncio.Event = field(default_factory=asyncio.Event)


class WholeCityPlay:
    """Plays all districts with live progress."""

    def __init__(self, stage: Stage, city: WholeCity, progress: Progress) -> None:
        self._stage = stage
        self._sama = stage.sama
        self._city = city
        self._progress = progress
        self._moving = Patience(120, usual=6)
        self._suspensions = {
            planned.number: Suspension(sum(r.organization is planned for rows in city.requests.values() for r in rows))
            for planned in city.organizations
            if planned.suspended
        }

    async def play(self) -> None:
        """Play to the end: every request has come as far as it can."""
        async with asyncio.TaskGroup() as tasks:
            for planned in self._city.organizations:
                if planned.outcome != "approved":
                    tasks.create_task(self._not_approved(planned))
                if planned.suspended:
                    tasks.create_task(self._suspend(planned))
            tasks.create_task(
                in_order(self._city.requests, self._prepare, self._decide, alone=lambda r: r.fate == "no_quorum")
            )
        await self._accept_late()

    async def _not_approved(self, planned: PlannedOrganization) -> None:
        """Register an organisation that is rejected, or stays a draft. Its people may draft requests, not submit them."""
        organization = await organizations.register(self._sama, planned.profile, planned.owner)
        if planned.outcome == "rejected":
            await organizations.submit(self._sama, organization)
            await organizations.decide(self._sama, organization, "reject", REJECTION)

    async def _prepare(self, planned: PlannedRequest) -> Prepared:
        programme = SHORT if planned.fate == "no_quorum" else MAIN
        request, case = await self._stage.submitted(planned, programme)
        self._progress.count(planned.district, "submitted")
        if planned.fate == "withdraw":
            await self._vote(planned, case, {seat: self._form(planned, "approve") for seat in EARLY})
            await requests.withdraw(self._sama, request, WITHDRAWAL)
            self._progress.count(planned.district, "withdrawn")
            prepared = Prepared(request, "")
        else:
            early = await self._miss_quorum(planned, case) if planned.fate == "no_quorum" else set()
            approving = await self._ballots(planned, case, early)
            await cases.draft_reason(self._sama, case, planned.district, REASONS[approving])
            self._progress.count(planned.district, "voted")
            prepared = Prepared(request, case, approving)
        self._note_voted(planned, prepared)
        return prepared

    async def _miss_quorum(self, planned: PlannedRequest, case: str) -> set[int]:
        """Let only two vote before the first deadline and wait until it has moved (REV-7). Returns the seats that have voted."""
        voted = set()
        try:
            for seat in EARLY:
                await self._vote(planned, case, {seat: self._form(planned, "approve")})
                voted.add(seat)
        except ApiProblem as problem:
            if (
                problem.code != "deadline_passed"
            ):  # on a slow machine they come too late; all the same, there is no quorum
                raise
        path, secretary = f"/cases/{case}", people.secretary(planned.district)

        async def look() -> bool | None:
            return True if (await self._sama.review.get(path, by=secretary))["deadline_moves"] else None

        await self._moving.until(look, f"the deadline of case {case} moving")
        self._progress.count(planned.district, "moved")
        return voted

    async def _ballots(self, planned: PlannedRequest, case: str, early: set[int]) -> bool:
        """Cast the ballots that the request's fate asks for, without the seats that voted early; returns whether they approve."""
        dice = random.Random(planned.seed)  # noqa: S311 - a story, not a secret
        seats = list(people.SEATS)
        votes = dict.fromkeys(seats, "approve")
        if planned.fate == "reject":
            votes |= dict.fromkeys(dice.sample(seats, 4), "reject")
        elif planned.fate == "tie":
            votes |= dict.fromkeys(dice.sample(seats, 3), "reject")
        elif planned.fate != "no_quorum":
            if dice.randrange(RECUSES_OF) == 0:
                recused = dice.choice([seat for seat in seats[1:] if (planned.district, seat) != SUBSTITUTED])
                await cases.declare(self._sama, case, planned.district, recused, "family", "نسبت خانوادگی دارم.")
                del votes[recused]
            votes |= dict.fromkeys(dice.sample(sorted(votes), dice.randrange(2)), "abstain")
        forms = {
            seat: self._form(planned, vote, dice.randrange(3)) for seat, vote in votes.items() if seat not in early
        }
        await self._vote(planned, case, forms)
        approve = sum(vote == "approve" for vote in votes.values())
        return 2 * approve > len(votes) or (2 * approve == len(votes) and votes[people.CHAIR_SEAT] == "approve")

    async def _vote(self, planned: PlannedRequest, case: str, forms: dict[int, dict[str, Any]]) -> None:
        await cases.vote(self._sama, case, planned.district, forms)

    def _form(self, planned: PlannedRequest, vote: str, less: int = 0) -> dict[str, Any]:
        amount = max(int(planned.content["minimum"]), planned.amount - less * STEP) if vote == "approve" else None
        return cases.ballot(self._stage.criteria, vote, amount=amount)

    async def _decide(self, planned: PlannedRequest, prepared: Prepared) -> None:
        suspension = self._suspensions.get(planned.organization.number)
        if not prepared.case:
            return
        if suspension is not None:
            await suspension.over.wait()
            if not planned.organization.reinstated:
                return  # paused; its place is kept
        await cases.sign(self._sama, prepared.case, planned.district)
        outcome = await self._stage.settle(prepared.request, accept=planned.fate != "decline")
        self._progress.count(planned.district, "rejected" if outcome == "rejected" else "approved")
        if outcome == "waiting":
            self._progress.count(planned.district, "waiting")
        elif outcome == "in_progress":
            self._progress.count(planned.district, "funded")
        elif outcome == "reserved":
            await requests.withdraw(self._sama, prepared.request, WITHDRAWAL)
            self._progress.count(planned.district, "withdrawn")

    def _note_voted(self, planned: PlannedRequest, prepared: Prepared) -> None:
        suspension = self._suspensions.get(planned.organization.number)
        if suspension is not None:
            suspension.left -= 1
            suspension.requests.append(prepared)
            if not suspension.left:
                suspension.all_voted.set()

    async def _suspend(self, planned: PlannedOrganization) -> None:
        """Suspend an organisation when its cases are voted but not decided; reinstate it if that is its fate."""
        suspension = self._suspensions[planned.number]
        await suspension.all_voted.wait()
        organization = await self._stage.organization(planned)
        await organizations.decide(self._sama, organization, "suspend", SUSPENSION)
        open_cases = [prepared for prepared in suspension.requests if prepared.case]
        await asyncio.gather(*(self._until_case(p, organization, "paused") for p in open_cases))
        self._progress.count(planned.district, "paused", len(open_cases))
        if planned.reinstated:
            await organizations.decide(self._sama, organization, "reinstate", REINSTATEMENT)
            await asyncio.gather(*(self._until_case(p, organization, "closed") for p in open_cases))
            self._progress.count(planned.district, "paused", -len(open_cases))
        suspension.over.set()

    async def _until_case(self, prepared: Prepared, organization: Organization, status: str) -> None:
        secretary = people.secretary(prepared.request.district)

        async def look() -> bool | None:
            seen = await self._sama.review.get(f"/cases/{prepared.case}", by=secretary)
            return True if seen["status"] == status else None

        await self._stage.waits.other.until(look, f"a case of {organization.name} becoming {status}")

    async def _accept_late(self) -> None:
        """Accept what was reserved from the waiting list after somebody declined; ends when requests and books agree on who waits."""

        async def look() -> bool | None:
            reserved = {"status": "reserved"}
            late = [r async for r in self._sama.requests.items("/requests", by=people.AUDITOR, params=reserved)]
            due = [item for item in late if not item["reservation_paused"]]
            for item in due:
                organization = self._stage.known(item["organization"])
                await self._stage.settle(Request(item["id"], organization, item["district"]))
                self._progress.count(item["district"], "funded")
                self._progress.count(item["district"], "waiting", -1)
            there = await books.read_all(self._sama, self._stage.example.year)
            waiting = {"status": "waiting"}
            here = await self._sama.requests.total("/requests", by=people.AUDITOR, params=waiting)
            return True if not due and here == sum(book["waiting"] for book in there.values()) else None

        await self._stage.waits.other.until(look, "requests and books agreeing on who waits")
