"""REG-4: standing is four permissions with reasons and dates."""

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.organization import Organization
from services.registry.domain.standing import standing
from shared.contracts.registry import Permission, Standing
from tests.unit.registry.samples import (
    LATER,
    NOW,
    approved,
    draft,
    folded,
    rejected,
    sent_back,
    submitted,
    suspended,
)


def permissions(state: Standing) -> list[Permission]:
    return [state.may_submit, state.may_be_decided, state.may_be_committed, state.may_be_paid]


@pytest.mark.parametrize(
    "state", [draft(), submitted(), sent_back("/names"), rejected(), suspended()], ids=lambda state: state.status
)
def test_without_approval_nothing_is_allowed_and_the_reason_says_so(state: Organization) -> None:
    assert state.standing.status == state.status
    for permission in permissions(state.standing):
        assert not permission.allowed
        assert permission.reasons == [f"organization_{state.status}"]
        assert permission.since == state.status_since


def test_an_approved_organisation_may_do_everything_since_its_approval() -> None:
    for permission in permissions(approved().standing):
        assert permission == Permission(allowed=True, reasons=[], since=LATER)


def test_a_reinstated_organisation_may_do_everything_again() -> None:
    state = suspended()
    again = folded(domain.reinstate(state, "مجوز تمدید شد.", by="registrar-1", now=LATER), state)
    assert again.status == "approved"
    assert all(permission.allowed for permission in permissions(again.standing))
    assert again.suspension is None


def test_a_permission_that_does_not_change_keeps_its_date() -> None:
    first = standing("draft", NOW, None)
    assert standing("draft", LATER, first) == first
    assert standing("submitted", LATER, first).may_submit.since == LATER
