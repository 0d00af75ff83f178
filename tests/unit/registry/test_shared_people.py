"""Representatives whom organisations share (REG-5)."""

from dataclasses import replace

import pytest

from services.registry.domain.organization import LIVING, SearchKeys, register
from services.registry.domain.shared_people import shared_representatives
from shared.contracts.registry import OrganizationStatus
from tests.unit.registry.samples import NOW, association, folded

KEYS = SearchKeys((), ())
ONE = folded(register(None, id="one", owner="a", profile=association(), keys=KEYS, now=NOW))
OTHER = replace(ONE, id="other", status="approved")


def test_the_places_of_those_who_represent_both_are_told() -> None:
    assert shared_representatives(ONE, OTHER) == (0, 1)
    second = OTHER.profile.representatives[1]
    assert shared_representatives(ONE, replace(OTHER, profile=association(representatives=(second,)))) == (1,)


def test_who_is_not_known_by_a_code_is_shared_with_nobody() -> None:
    unknown = tuple(replace(person, national_code=None) for person in ONE.profile.representatives)
    nameless = replace(ONE, profile=association(representatives=unknown))
    assert shared_representatives(nameless, replace(OTHER, profile=nameless.profile)) == ()


@pytest.mark.parametrize("status", ["draft", "rejected", "revoked", "approved", "submitted"])
def test_only_living_organisations_share_people(status: OrganizationStatus) -> None:
    assert bool(shared_representatives(ONE, replace(OTHER, status=status))) is (status in LIVING)


def test_nobody_is_shared_with_oneself() -> None:
    assert shared_representatives(ONE, replace(ONE, status="approved")) == ()
