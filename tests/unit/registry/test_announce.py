"""What registry announces: the event, and with each the whole standing."""

import json
from datetime import timedelta

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.district import District, define, evolve
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.outbound.announce import announce_district, announce_organization
from shared.contracts.base import Names
from shared.contracts.refusals import InvalidFields
from shared.contracts.registry import StandingChanged
from tests.unit.registry.samples import (
    LATER,
    NOW,
    approved,
    association,
    checked,
    draft,
    folded,
    submitted,
    suspended,
)

CORRECTION = domain.Correction("/names/fa", "نام با مدرک یکی نیست.")
STEPS: list[tuple[str | None, Organization | None, OrganizationEvent]] = [
    ("organization.registered.v1", None, domain.Registered("o", "owner-1", association(), draft().keys, NOW)),
    ("organization.submitted.v1", draft(), domain.Submitted(1, NOW)),
    ("organization.changes_requested.v1", submitted(), domain.ChangesRequested((CORRECTION,), "r", NOW)),
    ("organization.approved.v1", checked(), domain.Approved("r", NOW)),
    ("organization.rejected.v1", submitted(), domain.Rejected("دلیل", "r", NOW)),
    ("organization.suspended.v1", approved(), domain.Suspended("دلیل", "r", NOW)),
    ("organization.reinstated.v1", suspended(), domain.Reinstated("دلیل", "r", NOW)),
    (None, draft(), domain.ProfileEdited(association(), draft().keys, ("/purpose",))),
    (None, submitted(), domain.ChecklistAnswered({}, "r", NOW)),
    (None, checked(), domain.FoundDifferent(domain.Distinction("x", ("same_name",), "دلیل", "r", NOW))),
]


@pytest.mark.parametrize(("announced", "before", "event"), STEPS, ids=[type(step[2]).__name__ for step in STEPS])
def test_each_status_is_announced_with_the_whole_standing(
    announced: str | None, before: Organization | None, event: OrganizationEvent
) -> None:
    state = folded([event], before)
    events = announce_organization(state, event)
    if announced is None:
        assert list(events) == []
        return
    happened, standing_changed = events
    assert happened.event_type == announced
    assert isinstance(standing_changed, StandingChanged)
    assert standing_changed.standing == state.standing
    assert standing_changed.standing.status == state.status
    told = json.dumps([event.model_dump(mode="json") for event in events], ensure_ascii=False)
    for personal in ("0010350829", "09123456789", "IR820540102680020817909002", "نماینده", "05130000000"):
        assert personal not in told


SEVEN = District("7", Names(fa="منطقه ۷", en="District 7"), 7, NOW, None, "07")


def test_a_district_is_announced_whole() -> None:
    (event,) = define(None, SEVEN)
    (told,) = announce_district(evolve(None, event), event)
    assert told.model_dump() == {
        "district": "7",
        "names": {"fa": "منطقه ۷", "en": "District 7"},
        "order": 7,
        "valid_from": NOW,
        "valid_to": None,
        "external_code": "07",
    }


def test_a_district_that_is_so_already_is_not_announced_again() -> None:
    assert define(SEVEN, SEVEN) == []
    assert define(SEVEN, District("7", SEVEN.names, 8, NOW)) != []


def test_a_district_does_not_end_before_it_begins() -> None:
    for valid_to in (NOW, NOW - timedelta(days=1)):
        with pytest.raises(InvalidFields):
            define(None, District("7", SEVEN.names, 7, NOW, valid_to))
    assert define(None, District("7", SEVEN.names, 7, NOW, LATER))
