"""REG-3: flags rise, are never deleted, and red suspends; REG-2: what is escalated or red stands in the way of an approval."""

import json

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.flag_steps import raise_flag, raise_flag_level, resolve_flag
from services.registry.domain.flags import (
    BlockedByFlag,
    FlagIsResolved,
    FlagLevelRaised,
    FlagRaised,
    FlagResolved,
    LevelNotHigher,
    NoSuchFlag,
)
from services.registry.domain.kinds import KINDS
from services.registry.domain.organization import Organization
from services.registry.outbound.announce import announce_organization
from shared.contracts.public.forms import is_public
from shared.contracts.registry import FlagLevel
from tests.unit.registry.samples import LATER, NOW, TODAY, approved, checked, folded, submitted

ASSOCIATION = KINDS["association"]


def flagged(state: Organization, level: FlagLevel = "observation") -> Organization:
    return folded(raise_flag(state, level, "گزارش مالی نرسیده است.", by="registrar-1", now=NOW), state)


def test_a_flag_rises_level_by_level_and_keeps_its_history() -> None:
    state = flagged(submitted())
    for level in ("risk", "escalated"):
        state = folded(raise_flag_level(state, 1, level, f"به {level}", by="registrar-2", now=LATER), state)
    (flag,) = state.flags
    assert (flag.level, flag.status, state.flag_level) == ("escalated", "open", "escalated")
    assert [(step.level, step.by, step.at) for step in flag.steps] == [
        ("observation", "registrar-1", NOW),
        ("risk", "registrar-2", LATER),
        ("escalated", "registrar-2", LATER),
    ]


@pytest.mark.parametrize("level", ["observation", "risk"])
def test_a_level_only_rises(level: FlagLevel) -> None:
    with pytest.raises(LevelNotHigher):
        raise_flag_level(flagged(submitted(), "risk"), 1, level, "دلیل", by="r", now=LATER)


def test_a_resolved_flag_stays_on_record_and_does_not_move_again() -> None:
    state = flagged(flagged(submitted(), "risk"))
    state = folded(resolve_flag(state, 1, "گزارش رسید.", by="registrar-2", now=LATER), state)
    first, second = state.flags
    assert (first.status, second.status) == ("resolved", "open")
    assert first.resolution is not None
    assert (first.resolution.reason, first.resolution.by) == ("گزارش رسید.", "registrar-2")
    assert state.flag_level == "observation"
    with pytest.raises(FlagIsResolved):
        resolve_flag(state, 1, "دلیل", by="r", now=LATER)
    with pytest.raises(FlagIsResolved):
        raise_flag_level(state, 1, "red", "دلیل", by="r", now=LATER)
    with pytest.raises(NoSuchFlag):
        resolve_flag(state, 3, "دلیل", by="r", now=LATER)


def test_red_suspends_at_once() -> None:
    red = flagged(approved(), "red")
    assert (red.status, red.suspension and red.suspension.reason) == ("suspended", "گزارش مالی نرسیده است.")
    assert not red.standing.may_be_paid.allowed
    risen = flagged(approved())
    risen = folded(raise_flag_level(risen, 1, "red", "سوءاستفاده", by="office", now=LATER), risen)
    assert (risen.status, risen.suspension and risen.suspension.reason) == ("suspended", "سوءاستفاده")


@pytest.mark.parametrize("level", ["observation", "risk", "escalated"])
def test_less_than_red_suspends_nobody(level: FlagLevel) -> None:
    assert flagged(approved(), level).status == "approved"


def test_who_has_no_standing_is_flagged_without_being_suspended() -> None:
    state = flagged(submitted(), "red")
    assert (state.status, state.suspension, state.flag_level) == ("submitted", None, "red")


def test_what_is_red_stays_suspended_until_the_flag_is_resolved() -> None:
    state = flagged(approved(), "red")
    with pytest.raises(BlockedByFlag):
        domain.reinstate(state, "دلیل", by="r", now=LATER)
    state = folded(resolve_flag(state, 1, "بی‌اساس بود.", by="office", now=LATER), state)
    assert state.status == "suspended"
    assert folded(domain.reinstate(state, "دلیل", by="r", now=LATER), state).status == "approved"


@pytest.mark.parametrize("level", ["escalated", "red"])
def test_approval_is_refused_while_an_escalated_or_red_flag_is_open(level: FlagLevel) -> None:
    state = flagged(checked(), level)
    with pytest.raises(BlockedByFlag) as refused:
        domain.approve(state, ASSOCIATION, [], by="r", now=LATER, today=TODAY)
    assert refused.value.params == {"flags": "1"}
    state = folded(resolve_flag(state, 1, "بی‌اساس بود.", by="office", now=LATER), state)
    assert domain.approve(state, ASSOCIATION, [], by="r", now=LATER, today=TODAY)


@pytest.mark.parametrize("level", ["observation", "risk"])
def test_an_observation_or_a_risk_does_not_stand_in_the_way(level: FlagLevel) -> None:
    assert domain.approve(flagged(checked(), level), ASSOCIATION, [], by="r", now=LATER, today=TODAY)


def test_a_flag_is_announced_by_number_and_level_alone_and_not_to_outsiders() -> None:
    state = flagged(approved(), "risk")
    steps = [
        *raise_flag(approved(), "risk", "گزارش نماینده", by="r", now=NOW),
        *raise_flag_level(state, 1, "red", "گزارش نماینده", by="r", now=NOW)[:1],
        *resolve_flag(state, 1, "گزارش نماینده", by="r", now=NOW),
    ]
    assert [type(step) for step in steps] == [FlagRaised, FlagLevelRaised, FlagResolved]
    for step, level in zip(steps, ("risk", "red", "risk"), strict=True):
        (event,) = announce_organization(state, step)
        told = event.model_dump(mode="json")
        assert (told["flag"], told["level"]) == (1, level)
        assert "نماینده" not in json.dumps(told, ensure_ascii=False)
        assert not is_public(event.event_type)
