"""The life of an organisation: REG-1, REG-2, REG-5."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.checklist import Answer
from services.registry.domain.kinds import KINDS
from services.registry.domain.organization import Correction, Organization, OrganizationEvent
from services.registry.domain.profile import Account, OrganizationNames
from services.registry.usecases.identifiers import search_keys
from shared.contracts.refusals import InvalidFields
from tests.unit.registry.samples import (
    ALL_YES,
    LATER,
    NOW,
    TODAY,
    approved,
    association,
    checked,
    draft,
    folded,
    mosque_group,
    rejected,
    sent_back,
    submitted,
    suspended,
)

STATES = {
    "draft": draft,
    "submitted": submitted,
    "changes_requested": lambda: sent_back("/names"),
    "approved": approved,
    "rejected": rejected,
    "suspended": suspended,
}
ASSOCIATION = KINDS["association"]


def renamed(state: Organization) -> Sequence[OrganizationEvent]:
    profile = replace(state.profile, names=OrganizationNames("انجمن شماره ۲"))
    return domain.edit(state, profile, search_keys(profile.names))


VERBS: dict[str, tuple[Callable[[Organization], Sequence[OrganizationEvent]], set[str]]] = {
    "edit": (renamed, {"draft", "changes_requested"}),
    "submit": (lambda s: domain.submit(s, ASSOCIATION, now=LATER, today=TODAY), {"draft", "changes_requested"}),
    "answer_checklist": (
        lambda s: domain.answer_checklist(s, ASSOCIATION, ALL_YES, by="r", now=LATER),
        {"submitted"},
    ),
    "find_different": (
        lambda s: domain.find_different(s, approved(id="org-2"), "دیگر است", by="r", now=LATER),
        {"submitted"},
    ),
    "request_changes": (
        lambda s: domain.request_changes(s, [Correction("/names", "نام")], by="r", now=LATER),
        {"submitted"},
    ),
    "reject": (lambda s: domain.reject(s, "دلیل", by="r", now=LATER), {"submitted"}),
    "suspend": (lambda s: domain.suspend(s, "دلیل", by="r", now=LATER), {"approved"}),
    "reinstate": (lambda s: domain.reinstate(s, "دلیل", by="r", now=LATER), {"suspended"}),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", STATES)
def test_each_step_is_done_only_in_its_statuses(verb: str, status: str) -> None:
    decide, statuses = VERBS[verb]
    state = STATES[status]()
    if status in statuses:
        assert decide(state)
    else:
        with pytest.raises(domain.WrongStatus) as refused:
            decide(state)
        assert refused.value.params["status"] == status


@pytest.mark.parametrize("status", sorted(set(STATES) - {"submitted"}))
def test_only_a_submitted_organisation_is_approved(status: str) -> None:
    state = replace(STATES[status](), checklist=dict(ALL_YES))
    with pytest.raises(domain.WrongStatus):
        domain.approve(state, ASSOCIATION, [], by="r", now=LATER, today=TODAY)


def test_an_id_is_registered_once() -> None:
    with pytest.raises(domain.AlreadyRegistered):
        domain.register(
            draft(), id="org-1", owner="o", profile=association(), keys=search_keys(association().names), now=NOW
        )


def test_an_edit_that_changes_nothing_is_nothing() -> None:
    state = draft()
    assert domain.edit(state, state.profile, state.keys) == []


def test_only_the_parts_named_for_correction_may_change() -> None:
    state = sent_back("/address/postal_code", "/names")
    assert renamed(state)
    assert state.profile.address is not None
    moved = replace(state.profile, address=replace(state.profile.address, text="جای دیگر"), purpose="هدف دیگر")
    with pytest.raises(domain.FieldsNotOpen) as refused:
        domain.edit(state, moved, state.keys)
    assert [e.pointer for e in refused.value.errors] == ["/address/text", "/purpose"]


def test_an_incomplete_organisation_is_not_submitted_and_every_gap_is_named() -> None:
    with pytest.raises(domain.ProfileIncomplete) as refused:
        domain.submit(draft(association(purpose=None, licence=None)), ASSOCIATION, now=NOW, today=TODAY)
    assert {e.pointer for e in refused.value.errors} == {"/licence", "/purpose"}


def test_a_correction_is_submitted_as_the_next_revision_and_verified_anew() -> None:
    state = checked()
    state = folded(domain.request_changes(state, [Correction("/names", "نام")], by="r", now=LATER), state)
    state = folded(renamed(state), state)
    state = folded(domain.submit(state, ASSOCIATION, now=LATER, today=TODAY), state)
    assert state.revision == 2
    assert state.corrections == ()
    assert state.checklist is None
    assert state.keys.names == ("انجمن شماره 2",)


def test_later_answers_replace_earlier_ones() -> None:
    state = submitted()
    for answer in (Answer("no", "مدرک نیست"), Answer("yes")):
        events = domain.answer_checklist(state, ASSOCIATION, {"identity_matches": answer}, by="r", now=LATER)
        state = folded(events, state)
    assert state.checklist == {"identity_matches": Answer("yes")}
    with pytest.raises(InvalidFields):
        domain.answer_checklist(state, ASSOCIATION, {"purpose_social": Answer("no")}, by="r", now=LATER)


def test_approval_keeps_verifier_and_date() -> None:
    state = approved()
    assert state.decision == domain.Decision("approved", "registrar-1", LATER)


@pytest.mark.parametrize(
    ("answers", "open_questions"),
    [
        ({**ALL_YES, "account_ok": Answer("no", "شخصی")}, ["/checklist/account_ok"]),
        ({q: a for q, a in ALL_YES.items() if q != "purpose_social"}, ["/checklist/purpose_social"]),
    ],
)
def test_approval_is_refused_while_an_answer_is_no_or_lacks(
    answers: dict[str, Answer], open_questions: list[str]
) -> None:
    state = submitted()
    state = folded(domain.answer_checklist(state, ASSOCIATION, answers, by="r", now=NOW), state)
    with pytest.raises(domain.ChecklistNotPassed) as refused:
        domain.approve(state, ASSOCIATION, [], by="r", now=LATER, today=TODAY)
    assert [e.pointer for e in refused.value.errors] == open_questions


def test_approval_is_refused_when_the_licence_expired_meanwhile() -> None:
    state = checked()
    with pytest.raises(domain.ProfileIncomplete):
        domain.approve(state, ASSOCIATION, [], by="r", now=LATER, today=TODAY.replace(year=2029))


SAME_SHEBA = Account("IR820540102680020817909002", "host_organization")
OTHER_SHEBA = Account("IR062960000000100324200001", "organization")


@pytest.mark.parametrize(
    ("changes", "grounds"),
    [
        ({"account": OTHER_SHEBA}, ("same_name",)),
        ({"account": OTHER_SHEBA, "districts": ("8",)}, ()),
        ({"account": OTHER_SHEBA, "districts": ("8", "7")}, ("same_name",)),
        ({"account": OTHER_SHEBA, "names": OrganizationNames("انجمن  شمارة 1")}, ("same_name",)),
        ({"account": OTHER_SHEBA, "names": OrganizationNames("نو", former=("انجمن شماره ۱",))}, ("same_name",)),
        ({"account": OTHER_SHEBA, "names": OrganizationNames("انجمن شماره ۲")}, ()),
        ({"account": SAME_SHEBA, "districts": ("8",)}, ("same_sheba",)),
        ({"account": SAME_SHEBA}, ("same_name", "same_sheba")),
        ({"account": None, "districts": ("8",)}, ()),
    ],
)
def test_same_name_in_the_district_or_same_sheba_is_a_likely_duplicate(
    changes: dict[str, Any], grounds: tuple[str, ...]
) -> None:
    other = submitted(mosque_group(**({"names": association().names} | changes)), id="org-2")
    assert domain.resemblance(checked(), other) == grounds


@pytest.mark.parametrize("status", STATES)
def test_only_living_organisations_are_duplicates(status: str) -> None:
    other = replace(STATES[status](), id="org-2")
    assert bool(domain.resemblance(checked(), other)) == (status not in ("draft", "rejected"))


def test_an_organisation_is_not_its_own_duplicate() -> None:
    assert domain.resemblance(checked(), checked()) == ()


def test_approval_waits_until_each_likely_duplicate_was_found_different() -> None:
    state, other = checked(), approved(id="org-2")
    with pytest.raises(domain.DuplicatesUnresolved) as refused:
        domain.approve(state, ASSOCIATION, [other], by="r", now=LATER, today=TODAY)
    assert refused.value.params["organizations"] == "org-2"
    state = folded(domain.find_different(state, other, "نشانی و نمایندگان دیگر", by="r", now=LATER), state)
    assert domain.approve(state, ASSOCIATION, [other], by="r", now=LATER, today=TODAY)


def test_the_word_of_the_other_side_counts_too() -> None:
    state, other = checked(), checked(id="org-2")
    other = folded(domain.find_different(other, state, "دیگر است", by="r", now=LATER), other)
    assert domain.unresolved_grounds(state, other) == ()


def test_a_word_on_the_name_does_not_cover_a_sheba_that_came_later() -> None:
    other = approved(mosque_group(names=association().names), id="org-2")
    state = checked()
    state = folded(domain.find_different(state, other, "دیگر است", by="r", now=LATER), state)
    other = replace(other, profile=replace(other.profile, account=SAME_SHEBA))
    assert domain.unresolved_grounds(state, other) == ("same_sheba",)


def test_what_does_not_resemble_is_not_resolved() -> None:
    with pytest.raises(domain.NotALikelyDuplicate):
        domain.find_different(submitted(), submitted(mosque_group(), id="org-2"), "دیگر", by="r", now=LATER)


@pytest.mark.parametrize("status", STATES)
def test_the_legal_id_is_claimed_from_submission_until_rejection(status: str) -> None:
    """REG-5: unique among living organisations; a draft takes nothing from anybody."""
    expected = None if status in ("draft", "rejected") else "10380284790"
    assert STATES[status]().claimed_legal_id == expected
