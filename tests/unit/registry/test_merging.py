"""REG-5: a likely duplicate is merged field by field; both records stay, and the merged one has no standing."""

from dataclasses import replace

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.appeal_steps import appeal
from services.registry.domain.appeals import NothingToAppeal
from services.registry.domain.kinds import KINDS
from services.registry.domain.merge_steps import absorb, complete, merge
from services.registry.domain.merging import HadStanding, MergedPart, merged_profile
from services.registry.domain.organization import Organization
from services.registry.domain.profile import Account, Contact, OrganizationNames
from services.registry.domain.standing_steps import due_at
from services.registry.domain.terms import RegistryTerms
from services.registry.usecases.identifiers import search_keys
from shared.contracts.durations import WorkingCalendar
from tests.unit.registry.samples import (
    LATER,
    TODAY,
    approved,
    association,
    draft,
    folded,
    rejected,
    sent_back,
    submitted,
    suspended,
)

KIND = KINDS["association"]
OTHER = association(
    names=OrganizationNames("انجمن یکم", former=("انجمن شماره ۱",)),
    legal_id="14005893875",
    contact=Contact(telephone="05131111111"),
    districts=("8", "7"),
    purpose="هدف دیگر",
)


def duplicate() -> Organization:
    return submitted(OTHER, id="org-2")


def merged(*parts: MergedPart, survivor: Organization | None = None) -> Organization:
    events = merge(
        duplicate(), survivor or approved(), KIND, parts, "یکی است.", by="registrar-1", now=LATER, today=TODAY
    )
    return folded(events, duplicate())


def absorbed(*parts: MergedPart) -> Organization:
    survivor, other = approved(), merged(*parts)
    keys = search_keys(merged_profile(survivor.profile, other.profile, parts).names)
    return folded(absorb(survivor, other, keys, now=LATER), survivor)


def test_the_merged_one_stays_on_record_points_to_the_survivor_and_has_no_standing() -> None:
    state = merged("contact")
    assert state.merger is not None
    assert (state.merger.survivor, state.merger.reason, state.status) == ("org-1", "یکی است.", "rejected")
    assert state.profile == OTHER
    assert state.claimed_legal_id is None
    assert not state.standing.may_be_paid.allowed
    assert domain.resemblance(approved(), state) == ()


def test_the_survivor_takes_over_the_named_parts_and_no_others() -> None:
    state = absorbed("contact")
    assert state.profile == replace(approved().profile, contact=OTHER.contact)
    assert (state.absorbed, state.status, state.standing) == (("org-2",), "approved", approved().standing)


def test_names_become_former_ones_and_districts_come_beside_its_own() -> None:
    state = absorbed("names", "districts")
    assert state.profile.names.fa == "انجمن شماره ۱"
    assert state.profile.names.former == ("انجمن یکم",)
    assert state.profile.districts == ("7", "8")
    assert "انجمن یکم" in state.keys.names


def test_merging_again_changes_nothing() -> None:
    state = absorbed("contact")
    assert absorb(state, merged("contact"), state.keys, now=LATER) == []
    assert absorb(submitted(id="org-3"), merged("contact"), state.keys, now=LATER) == []


def test_the_timer_looks_after_a_merger_until_it_is_completed() -> None:
    state = merged("contact")
    assert due_at(state) == LATER
    done = folded(complete(state, now=LATER), state)
    assert due_at(done) is None
    assert complete(done, now=LATER) == []


@pytest.mark.parametrize("state", [approved(), suspended()], ids=lambda state: state.status)
def test_whoever_had_a_standing_may_have_money_pending_and_is_not_merged(state: Organization) -> None:
    for had in (state, replace(submitted(), renewing=True)):
        with pytest.raises(HadStanding):
            merge(had, approved(id="org-2"), KIND, (), "یکی است.", by="r", now=LATER, today=TODAY)


@pytest.mark.parametrize("state", [draft(), rejected()], ids=lambda state: state.status)
def test_only_what_is_under_verification_is_merged(state: Organization) -> None:
    with pytest.raises(domain.WrongStatus):
        merge(state, approved(id="org-2"), KIND, (), "یکی است.", by="r", now=LATER, today=TODAY)
    assert merge(sent_back("/names"), approved(id="org-2"), KIND, (), "یکی است.", by="r", now=LATER, today=TODAY)


def test_it_is_merged_only_into_a_living_one_that_it_resembles() -> None:
    stranger = approved(
        association(names=OrganizationNames("دیگر"), account=Account("IR062960000000100324200001", "organization")),
        id="org-3",
    )
    for survivor in (stranger, rejected(), duplicate()):
        with pytest.raises(domain.NotALikelyDuplicate):
            merged(survivor=survivor)


def test_a_survivor_with_a_standing_stays_complete() -> None:
    incomplete = folded(domain.submit(draft(OTHER, id="org-2"), KIND, now=LATER, today=TODAY), draft(OTHER, id="org-2"))
    incomplete = replace(incomplete, profile=replace(OTHER, purpose=None))
    with pytest.raises(domain.ProfileIncomplete):
        merge(incomplete, approved(), KIND, ("purpose",), "یکی است.", by="r", now=LATER, today=TODAY)


def test_a_merger_is_no_refusal_and_is_not_appealed() -> None:
    with pytest.raises(NothingToAppeal):
        appeal(merged(), "دلیل", RegistryTerms(), WorkingCalendar(), by="owner-1", now=LATER)
