"""Money follows events: every event in every order and again, and the races with standings (BUD-5, BUD-6, I9; SEAMS.md)."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.budget.domain.commands import Command
from services.budget.domain.refusals import AmountDiffers, BookNotFound
from services.budget.outbound.writer import Receipt
from services.budget.usecases import UseCases
from services.budget.usecases.following import WrongBook
from shared.contracts.base import EventData
from shared.contracts.envelope import Cause
from shared.contracts.registry import StandingChanged
from shared.contracts.requests import (
    CommitmentLimited,
    RequestAccepted,
    RequestDeclined,
    RequestLapsed,
    RequestWithdrawn,
)
from shared.contracts.review import CaseDecided
from shared.storage.ports import Copies, Unavailable
from tests.fakes.journal import MemoryEntries
from tests.fakes.storage import MemoryCopies
from tests.unit.budget.build import (
    START,
    Clock,
    accepted,
    all_entries,
    decided,
    declined,
    enveloped,
    given,
    journal,
    kept,
    lapsed,
    money,
    opening,
    standing,
    verified,
    withdrawn,
)

LATER = START + timedelta(hours=1)


class Service:
    """The budget service over fakes."""

    def __init__(self) -> None:
        self.entries, self.standings, self.clock = MemoryEntries(), MemoryCopies("standings"), Clock()
        self.stops = MemoryCopies("payment_stops")
        self.calls = MemoryCopies("decided_calls")
        self.journal = journal(self.entries, self.clock)
        self.uses = self.over(self.standings)

    def over(self, standings: Copies) -> UseCases:
        return UseCases(
            journal=self.journal,
            entries=self.entries,
            standings=standings,
            stops=self.stops,
            calls=self.calls,
            clock=self.clock,
        )

    def restarted(self) -> "Service":
        """Another process over the same database."""
        other = Service()
        other.entries, other.standings = self.entries, self.standings
        other.journal = journal(other.entries, other.clock)
        other.uses = other.over(other.standings)
        return other

    async def hear(self, *events: EventData | tuple[EventData, int]) -> None:
        """Take events one after another; with a number where it matters."""
        handlers: dict[type[EventData], Any] = {
            CaseDecided: self.uses.following.on_case_decided,
            RequestAccepted: self.uses.following.on_request_accepted,
            RequestWithdrawn: self.uses.following.on_request_withdrawn,
            RequestDeclined: self.uses.following.on_request_declined,
            RequestLapsed: self.uses.following.on_request_lapsed,
            CommitmentLimited: self.uses.following.on_commitment_limited,
            StandingChanged: self.uses.following.on_standing_changed,
        }
        for event in events:
            data, number = event if isinstance(event, tuple) else (event, 3)
            await handlers[type(data)](data, enveloped(data, number))

    async def kinds(self) -> list[str]:
        """Return the kinds of the entries after the book's opening and money."""
        return [entry["kind"] for entry in await all_entries(self.entries)][2:]

    async def state(self, request: str = "r") -> str:
        subject = (await kept(self.journal)).subjects.get(request)
        return "unknown" if subject is None else subject.state + (", paused" if subject.paused else "")


@pytest.fixture
async def service() -> Service:
    service = Service()
    await given(service.journal, opening(), money(100))
    await service.hear((standing("org-r", allowed=True), 3))
    return service


async def test_an_approval_reserves_an_acceptance_commits_a_lapse_releases(service: Service) -> None:
    await service.hear(decided("r", 60), accepted("r", 60))
    assert await service.kinds() == ["reservation_made", "commitment_made"]
    await service.hear(lapsed("r", "standing_lost"))
    assert await service.state() == "released"
    assert (await verified(service.entries)).balances["available"] == 100


async def test_a_rejection_moves_nothing(service: Service) -> None:
    await service.hear(decided("r", 0, outcome="rejected"))
    assert await service.kinds() == []


async def test_an_approval_that_does_not_fit_waits_and_is_served_by_a_release(service: Service) -> None:
    await service.hear(decided("a", 80), decided("r", 60))
    assert await service.state() == "waiting"
    await service.hear(withdrawn("a"))
    assert await service.state() == "reserved"


async def test_a_withdrawal_before_the_decision_bars_the_reservation(service: Service) -> None:
    await service.hear(withdrawn("r"), decided("r", 60))
    assert await service.kinds() == ["barred", "reservation_refused"]
    assert (await all_entries(service.entries))[-1]["facts"]["reason"] == "barred"
    await service.hear(lapsed("r"))
    assert len(await service.kinds()) == 2, "the lapse that follows the refusal finds nothing left"


async def test_another_currency_is_refused(service: Service) -> None:
    await service.hear(decided("r", 60, currency="EUR"), lapsed("r"))
    assert await service.kinds() == ["reservation_refused"]


async def test_every_order_and_repetition_of_a_requests_events_ends_the_same() -> None:
    """Table event × state: case.decided, request.accepted, request.withdrawn early, late and repeated."""
    for order in permutations([decided("r", 60), accepted("r", 60), withdrawn("r")]):
        service = Service()
        await given(service.journal, opening(), money(100))
        await service.hear(*order, *order, order[0])
        report = await verified(service.entries)
        assert report.balances["available"] == 100, [type(event).__name__ for event in order]
        assert report.requests["r"].state in ("released", "barred")


async def test_a_declined_award_gives_its_money_back_in_every_order() -> None:
    """REQ-8: early, late and repeated."""
    for order in permutations([decided("r", 60), declined("r")]):
        service = Service()
        await given(service.journal, opening(), money(100))
        await service.hear(*order, *order)
        report = await verified(service.entries)
        assert report.balances["available"] == 100
        assert report.requests["r"].state in ("released", "barred")


async def test_every_delivery_again_after_a_restart_adds_nothing(service: Service) -> None:
    events = [decided("r", 60), accepted("r", 60), decided("s", 60), withdrawn("s")]
    await service.hear(*events)
    before = await all_entries(service.entries)
    await service.restarted().hear(*events, *events)
    assert await all_entries(service.entries) == before


async def test_an_unknown_book_or_one_of_another_district_goes_to_the_dead_letters(service: Service) -> None:
    with pytest.raises(BookNotFound):
        await service.hear(decided("r", 60, fiscal_year="1406", book="district:7/1406"))
    with pytest.raises(WrongBook):
        await service.hear(decided("r", 60, district="8"))
    assert await service.kinds() == []


async def test_an_acceptance_of_another_amount_goes_to_the_dead_letters(service: Service) -> None:
    await service.hear(decided("r", 60))
    with pytest.raises(AmountDiffers):
        await service.hear(accepted("r", 61))
    assert await service.state() == "reserved"


async def test_a_database_that_is_away_is_transient_and_leaves_nothing_half_done(service: Service) -> None:
    service.entries.away = True
    with pytest.raises(Unavailable):
        await service.hear(decided("r", 60))
    service.entries.away = False
    await service.hear(decided("r", 60))
    assert await service.kinds() == ["reservation_made"]


# ---------------------------------------------------------------- standings


async def test_a_suspension_pauses_a_reservation_and_reinstatement_resumes_it(service: Service) -> None:
    await service.hear(decided("r", 60), (standing("org-r", allowed=False), 4))
    assert await service.state() == "reserved, paused"
    await service.hear((standing("org-r", allowed=True), 5))
    assert await service.kinds() == ["reservation_made", "reservation_paused", "reservation_resumed"]


async def test_a_suspended_waiter_keeps_its_place_blocks_nobody_and_is_served_when_reinstated(service: Service) -> None:
    await service.hear(decided("a", 80), decided("r", 60), decided("s", 60), (standing("org-r", allowed=False), 4))
    await service.hear(withdrawn("a"))
    assert (await service.state("r"), await service.state("s")) == ("waiting, paused", "reserved")
    await given(service.journal, money(60, "more"))
    await service.hear((standing("org-r", allowed=True), 5))
    assert await service.state("r") == "reserved"
    await verified(service.entries)


async def test_an_approval_that_arrives_after_the_suspension_waits_paused(service: Service) -> None:
    await service.hear((standing("org-r", allowed=False), 4), decided("r", 60))
    assert await service.state() == "waiting, paused"
    await service.hear((standing("org-r", allowed=True), 5))
    assert await service.state() == "reserved"
    assert (await all_entries(service.entries))[-1]["facts"]["standing_sequence"] == 5, "it stands on the new standing"


async def test_a_standing_that_has_not_arrived_yet_does_not_refuse_what_relied_on_it() -> None:
    service = Service()
    await given(service.journal, opening(), money(100))
    await service.hear(decided("r", 60, standing_sequence=7))
    assert await service.state() == "reserved"
    await service.hear((standing("org-r", allowed=False), 6))
    assert await service.state() == "reserved", "an older standing than the one relied on"
    await service.hear((standing("org-r", allowed=False), 8))
    assert await service.state() == "reserved, paused"


async def test_an_older_standing_never_replaces_a_newer_one(service: Service) -> None:
    await service.hear(decided("r", 60), (standing("org-r", allowed=False), 5), (standing("org-r", allowed=True), 4))
    assert await service.state() == "reserved, paused"


async def test_an_acceptance_under_a_suspension_is_refused_and_its_reservation_kept(service: Service) -> None:
    """SEAMS.md: also when the suspension overtakes the acceptance the request returns to its paused reservation."""
    await service.hear(decided("r", 60), (standing("org-r", allowed=False), 4), accepted("r", 60))
    assert (await all_entries(service.entries))[-1]["facts"]["holds"] == "reserved"
    assert await service.state() == "reserved, paused"
    await service.hear((standing("org-r", allowed=True), 5), (accepted("r", 60, standing_sequence=5), 8))
    assert await service.state() == "committed", "reinstated, the award was accepted again"
    await verified(service.entries)


async def test_what_is_kept_under_a_suspension_is_released_when_the_request_lapses(service: Service) -> None:
    await service.hear(decided("r", 60), (standing("org-r", allowed=False), 4), accepted("r", 60))
    assert await service.kinds() == ["reservation_made", "reservation_paused", "commitment_refused"]
    await service.hear(lapsed("r", "standing_lost"))
    assert (await verified(service.entries)).balances["available"] == 100


async def test_a_suspension_that_arrives_before_a_resumption_is_written_pauses_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I9: its scan finds the request paused still; found by the simulation."""
    await service.hear(decided("r", 60), (standing("org-r", allowed=False), 4))
    submit = service.journal.submit

    async def submit_after_the_suspension(command: Command, cause: Cause) -> Receipt:
        monkeypatch.setattr(service.journal, "submit", submit)
        await service.hear((standing("org-r", allowed=False), 6))
        return await submit(command, cause)

    monkeypatch.setattr(service.journal, "submit", submit_after_the_suspension)
    await service.hear((standing("org-r", allowed=True), 5))
    assert await service.kinds() == [
        "reservation_made",
        "reservation_paused",
        "reservation_resumed",
        "reservation_paused",
    ]
    assert await service.state() == "reserved, paused"


async def test_a_commitment_made_before_the_suspension_stays(service: Service) -> None:
    await service.hear(decided("r", 60), accepted("r", 60), (standing("org-r", allowed=False, since=LATER), 4))
    assert await service.state() == "committed"


async def test_a_commitment_made_while_the_suspension_was_on_its_way_returns_to_its_paused_reservation(
    service: Service,
) -> None:
    await service.hear(decided("r", 60), accepted("r", 60), (standing("org-r", allowed=False, since=START), 4))
    assert (await service.kinds())[2:] == ["commitment_released", "reservation_paused"]
    assert (await all_entries(service.entries))[-2]["facts"]["to"] == "reserved"
    await service.hear((standing("org-r", allowed=True), 5), (accepted("r", 60, standing_sequence=5), 8))
    assert await service.state() == "committed", "reinstated, the award was accepted again"
    await service.hear(accepted("r", 60))
    assert await service.state() == "committed", "the first acceptance, delivered once more"
    await verified(service.entries)


class Suspending(MemoryCopies):
    """Copies in which a suspension arrives between a step's two looks: its handler has scanned and found nothing yet."""

    def __init__(self, copies: MemoryCopies) -> None:
        super().__init__("standings")
        self._copies = copies
        self.reads = 0

    async def get(self, id: str) -> dict[str, Any] | None:
        self.reads += 1
        if self.reads == 2:
            fields = {"status": "suspended", "may_be_committed": False, "since": "2026-11-22T08:00:00.000Z"}
            await self._copies.apply(id, 4, fields)
        return await self._copies.get(id)


def racing(service: Service) -> Service:
    other = Service()
    other.entries, other.journal = service.entries, service.journal
    other.uses = other.over(Suspending(service.standings))
    return other


async def test_a_reservation_that_raced_with_a_suspension_is_paused_by_its_second_look(service: Service) -> None:
    await racing(service).hear(decided("r", 60))
    assert await service.state() == "reserved, paused"


async def test_a_commitment_that_raced_with_a_suspension_returns_by_its_second_look(service: Service) -> None:
    await service.hear(decided("r", 60))
    await racing(service).hear(accepted("r", 60))
    assert await service.state() == "reserved, paused"
    assert (await verified(service.entries)).balances["committed"] == 0


async def test_a_crash_before_the_second_look_is_made_good_by_the_redelivery(service: Service) -> None:
    await service.hear(decided("r", 60))
    fields = {"status": "suspended", "may_be_committed": False, "since": "2026-11-22T08:00:00.000Z"}
    await service.standings.apply("org-r", 4, fields)  # its handler scanned before the reservation was there
    await service.restarted().hear(decided("r", 60))
    assert await service.state() == "reserved, paused"


async def test_a_crash_between_copy_and_scan_is_made_good_by_the_redelivery(service: Service) -> None:
    await service.hear(decided("r", 60))
    suspension = standing("org-r", allowed=False)
    fields = {"status": "suspended", "may_be_committed": False, "since": "2026-11-22T08:00:00.000Z"}
    await service.standings.apply("org-r", 4, fields)
    await service.restarted().hear((suspension, 4))
    assert await service.state() == "reserved, paused"


async def test_the_sweep_resumes_what_another_process_paused(service: Service) -> None:
    await service.hear(decided("r", 60), (standing("org-r", allowed=False), 4))
    other = service.restarted()
    await other.hear((standing("org-r", allowed=True), 5))
    assert await service.state() == "reserved, paused", "the other had not seen the book yet"
    assert await other.uses.sweep() == 1
    assert await service.state() == "reserved"
    assert await other.uses.sweep() == 0, "not again within its pause"
