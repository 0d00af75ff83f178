"""Representatives whom organisations share (REG-5)."""

from dataclasses import replace

import pytest

from services.registry.domain.fold import evolve
from services.registry.domain.keys import SearchKeys
from services.registry.domain.organization import LIVING, ProfileEdited, register
from services.registry.domain.shared_people import shared_representatives
from services.registry.outbound.announce import announce_organization
from services.registry.usecases.identifiers import keys_of
from shared.certifying import Certifying
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


def test_the_same_person_or_account_has_the_same_keyed_hash_and_nothing_of_either_is_in_it() -> None:
    certifying = Certifying("k" * 32)
    one = keys_of(association(), certifying).shares
    assert one == keys_of(association(legal_id=None), certifying).shares
    assert set(one).isdisjoint(keys_of(association(), Certifying("l" * 32)).shares)
    profile = association()
    assert len(one) == len(profile.representatives) + 1
    (joint,) = set(keys_of(association(representatives=profile.representatives[:1], account=None), certifying).shares)
    assert joint in one
    assert all(set(key) <= set("0123456789abcdef") and len(key) == 32 for key in one)


def test_without_the_citys_key_nobody_is_told_who_shares() -> None:
    assert keys_of(association(), Certifying()).shares == ()


def test_the_keyed_hashes_follow_the_profile_and_go_out_with_the_standing_alone() -> None:
    keys = SearchKeys((), (), ("a" * 32,))
    (registered,) = register(None, id="org-1", owner="o", profile=association(), keys=keys, now=NOW)
    state = evolve(None, registered)
    happened, standing = announce_organization(state, registered)
    assert standing.model_dump()["shares"] == ["a" * 32]
    assert "shares" not in happened.model_dump()
    edited = evolve(state, ProfileEdited(association(), SearchKeys((), ()), ()))
    assert edited.keys.shares == ()
