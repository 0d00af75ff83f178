"""REG-6: after approval a profile changes by proposal: pending → accepted | denied | superseded."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.kinds import KINDS
from services.registry.domain.organization import Organization
from services.registry.domain.profile import Licence, Profile
from services.registry.domain.proposal_steps import accept_proposal, deny_proposal, propose_change, proposed_profile
from services.registry.domain.proposals import NoSuchProposal, NothingProposed, ProposalNotPending
from services.registry.domain.validity import Validity
from services.registry.outbound.announce import announce_organization
from services.registry.usecases.identifiers import search_keys
from tests.unit.registry.samples import LATER, NOW, TODAY, approved, draft, folded, rejected, submitted, suspended

KIND = KINDS["association"]
LICENCE = Licence("2", "فرمانداری", date(2026, 3, 21), date(2030, 3, 19))


def proposing(state: Organization, *parts: str, **changes: object) -> Organization:
    profile: Profile = replace(state.profile, **changes)  # type: ignore[arg-type]
    return folded(propose_change(state, parts or tuple(changes), profile, by="owner-1", now=NOW), state)


def accepted(state: Organization, number: int = 1, validity: Validity | None = None) -> Organization:
    keys = search_keys(proposed_profile(state, number).names)
    events = accept_proposal(state, number, KIND, keys, validity, by="registrar-1", now=LATER, today=TODAY)
    return folded(events, state)


def test_a_proposed_change_waits_and_changes_nothing() -> None:
    state = proposing(approved(), purpose="هدف دیگر")
    (proposal,) = state.proposals
    assert (proposal.status, proposal.fields, state.pending_proposal) == ("pending", ("/purpose",), 1)
    assert state.profile == approved().profile


def test_accepted_it_changes_the_profile_and_nothing_else_of_it() -> None:
    state = accepted(proposing(approved(), purpose="هدف دیگر"))
    assert state.profile == replace(approved().profile, purpose="هدف دیگر")
    (proposal,) = state.proposals
    assert (proposal.status, proposal.decided_by, state.pending_proposal) == ("accepted", "registrar-1", None)
    assert state.standing == approved().standing


def test_denied_it_keeps_the_reason_and_the_profile_stays() -> None:
    before = proposing(approved(), purpose="هدف دیگر")
    state = folded(deny_proposal(before, 1, "سیاسی است.", by="registrar-1", now=LATER), before)
    (proposal,) = state.proposals
    assert (proposal.status, proposal.reason, state.profile) == ("denied", "سیاسی است.", before.profile)
    with pytest.raises(ProposalNotPending):
        accepted(state)


def test_a_newer_proposal_supersedes_the_pending_one() -> None:
    state = proposing(proposing(approved(), purpose="هدف دیگر"), topics=("divorce",))
    assert [proposal.status for proposal in state.proposals] == ["superseded", "pending"]
    with pytest.raises(ProposalNotPending):
        deny_proposal(state, 1, "دلیل", by="r", now=LATER)
    assert accepted(state, 2).profile == replace(approved().profile, topics=("divorce",))
    with pytest.raises(NoSuchProposal):
        deny_proposal(state, 3, "دلیل", by="r", now=LATER)


def test_what_changes_nothing_is_no_proposal() -> None:
    with pytest.raises(NothingProposed):
        proposing(approved(), purpose=approved().profile.purpose)


@pytest.mark.parametrize("state", [draft(), submitted(), rejected()], ids=lambda state: state.status)
def test_only_after_approval_a_profile_changes_by_proposal(state: Organization) -> None:
    with pytest.raises(domain.WrongStatus):
        proposing(state, purpose="هدف دیگر")
    assert proposing(suspended(), purpose="هدف دیگر").pending_proposal == 1


def test_a_profile_that_would_be_incomplete_is_not_accepted() -> None:
    state = proposing(approved(), representatives=approved().profile.representatives[:1])
    with pytest.raises(domain.ProfileIncomplete):
        accepted(state)


def test_a_licence_that_lasts_longer_moves_the_end_and_its_warnings() -> None:
    until = NOW + timedelta(days=1000)
    longer = Validity(until, (until - timedelta(days=60),))
    assert accepted(proposing(approved(), licence=LICENCE), validity=longer).validity == longer
    warned = replace(approved(), validity=Validity(until))
    assert accepted(proposing(warned, purpose="هدف دیگر"), validity=longer).validity == Validity(until)


def test_an_accepted_legal_id_is_claimed_and_new_names_are_found() -> None:
    names = replace(approved().profile.names, fa="انجمن تازه")
    state = accepted(proposing(approved(), names=names, legal_id="14005893875"))
    assert state.claimed_legal_id == "14005893875"
    assert state.keys == search_keys(names)


def test_a_proposal_is_announced_by_its_fields_alone() -> None:
    state = proposing(approved(), purpose="نماینده ۱ می‌خواهد")
    (proposed,) = propose_change(approved(), ["purpose"], state.proposals[0].profile, by="owner-1", now=NOW)
    (told,) = announce_organization(state, proposed)
    assert told.model_dump()["fields"] == ["/purpose"]
    assert "نماینده" not in told.model_dump_json()
