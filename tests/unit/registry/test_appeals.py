"""REG-7: registration refusals and suspensions can be appealed."""

from datetime import timedelta

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.appeal_steps import answer_appeal, appeal
from services.registry.domain.appeals import (
    AlreadyAppealed,
    AppealIsAnswered,
    AppealOverdue,
    NoSuchAppeal,
    NothingToAppeal,
    OwnDecision,
)
from services.registry.domain.flag_steps import raise_flag
from services.registry.domain.flags import BlockedByFlag
from services.registry.domain.organization import Organization
from services.registry.domain.terms import RegistryTerms
from services.registry.outbound.announce import announce_organization
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.registry import AppealOutcome
from tests.unit.registry.samples import LATER, approved, draft, folded, rejected, submitted, suspended

TERMS = RegistryTerms(appeal_within=Duration(days=15))


def appealing(state: Organization, days: int = 1) -> Organization:
    now = LATER + timedelta(days=days)
    return folded(appeal(state, "گزارش رسیده بود.", TERMS, WorkingCalendar(), by="owner-1", now=now), state)


def answered(state: Organization, outcome: AppealOutcome, by: str = "office") -> Organization:
    now = LATER + timedelta(days=20)
    return folded(answer_appeal(state, 1, outcome, "رسید گزارش پیدا شد.", by=by, now=now), state)


@pytest.mark.parametrize("state", [rejected(), suspended()], ids=lambda state: state.status)
def test_a_refusal_and_a_suspension_are_appealed_once_and_in_time(state: Organization) -> None:
    made = appealing(state, 15)
    assert (made.status, made.open_appeal) == (state.status, 1)
    assert made.appeals[0].decided_by == "registrar-1"
    with pytest.raises(AppealOverdue):
        appealing(state, 16)
    with pytest.raises(AlreadyAppealed):
        appealing(made)


@pytest.mark.parametrize("state", [draft(), submitted(), approved()], ids=lambda state: state.status)
def test_nothing_else_is_appealed(state: Organization) -> None:
    with pytest.raises(NothingToAppeal):
        appealing(state)


@pytest.mark.parametrize("state", [rejected(), suspended()], ids=lambda state: state.status)
def test_dismissed_it_stands(state: Organization) -> None:
    after = answered(appealing(state), "dismissed")
    assert (after.status, after.open_appeal) == (state.status, None)
    assert after.appeals[0].answer is not None
    assert after.appeals[0].answer.reason == "رسید گزارش پیدا شد."
    with pytest.raises(AppealIsAnswered):
        answered(after, "upheld")


def test_an_upheld_appeal_against_a_refusal_is_verified_anew() -> None:
    after = answered(appealing(rejected()), "upheld")
    assert (after.status, after.revision, after.checklist) == ("submitted", 2, None)
    assert after.claimed_legal_id == "10380284790"


def test_an_upheld_appeal_against_a_suspension_reinstates() -> None:
    after = answered(appealing(suspended()), "upheld")
    assert (after.status, after.suspension) == ("approved", None)
    assert after.standing.may_be_paid.allowed


def test_what_ended_meanwhile_is_not_undone_again() -> None:
    state = appealing(suspended())
    state = folded(domain.reinstate(state, "دلیل", by="registrar-1", now=LATER), state)
    assert answered(state, "upheld").status == "approved"
    state = folded(domain.suspend(state, "دلیل دیگر", by="registrar-1", now=LATER + timedelta(days=2)), state)
    assert answered(state, "upheld").status == "suspended"


def test_nobody_answers_an_appeal_against_their_own_decision() -> None:
    with pytest.raises(OwnDecision):
        answered(appealing(suspended()), "dismissed", by="registrar-1")
    with pytest.raises(NoSuchAppeal):
        answered(suspended(), "dismissed")


def test_what_is_red_is_not_reinstated_by_an_appeal() -> None:
    red = folded(raise_flag(approved(), "red", "دلیل", by="office-2", now=LATER), approved())
    with pytest.raises(BlockedByFlag):
        answered(appealing(red), "upheld")


def test_an_appeal_is_announced_without_its_grounds() -> None:
    state = appealing(suspended())
    (event,) = appeal(suspended(), "نماینده ۱ بیمار بود.", TERMS, WorkingCalendar(), by="owner-1", now=LATER)
    (told,) = announce_organization(state, event)
    assert told.model_dump()["against"] == "suspension"
    assert "نماینده" not in told.model_dump_json()
