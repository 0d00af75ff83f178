"""REG-1: what a kind requires, and which parts changed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.registry.domain.kinds import KINDS
from services.registry.domain.profile import (
    Account,
    Address,
    Contact,
    Licence,
    Profile,
    Representative,
    changed_parts,
    lies_in,
    missing,
)
from tests.unit.registry.samples import TODAY, association, mosque_group


def faults(profile: Profile) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in missing(profile, KINDS[profile.kind], TODAY)}


def test_a_complete_profile_lacks_nothing() -> None:
    assert faults(association()) == set()
    assert faults(mosque_group()) == set()


@pytest.mark.parametrize(
    ("part", "empty"),
    [
        ("legal_id", None),
        ("licence", None),
        ("account", None),
        ("topics", ()),
        ("address", None),
        ("contact", None),
        ("purpose", None),
    ],
)
def test_a_part_that_the_kind_requires_is_named_when_it_lacks(part: str, empty: object) -> None:
    assert faults(association(**{part: empty})) == {(f"/{part}", "required_for_submission")}


def test_without_a_legal_id_a_reason_is_given() -> None:
    assert faults(mosque_group(no_legal_id_reason=None)) == {("/no_legal_id_reason", "reason_needed_without_legal_id")}
    both = mosque_group(legal_id="10380284790")
    assert faults(both) == {("/no_legal_id_reason", "reason_beside_legal_id")}


def test_a_reason_does_not_replace_a_legal_id_that_the_kind_requires() -> None:
    without = association(legal_id=None, no_legal_id_reason="نداریم")
    assert faults(without) == {("/legal_id", "required_for_submission")}


def test_what_does_not_apply_to_a_kind_is_not_given() -> None:
    group = association(kind="informal_group", no_legal_id_reason="بدون ثبت")
    assert ("/legal_id", "not_applicable_to_kind") in faults(group)
    assert ("/licence", "not_applicable_to_kind") in faults(group)


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "expected"),
    [
        (date(2026, 11, 22), date(2026, 11, 22), set()),
        (date(2025, 1, 1), None, set()),
        (date(2025, 1, 1), date(2026, 11, 21), {("/licence/valid_until", "licence_expired")}),
        (date(2026, 11, 23), None, {("/licence/valid_from", "licence_not_yet_valid")}),
    ],
)
def test_a_licence_is_valid_on_the_day(valid_from: date, valid_until: date | None, expected: set[Any]) -> None:
    assert faults(association(licence=Licence("1", "فرمانداری", valid_from, valid_until))) == expected


def test_representatives_are_enough_identified_and_named_once() -> None:
    one = association().representatives[0]
    assert ("/representatives", "too_few_representatives") in faults(association(representatives=(one,)))
    twice = association(representatives=(one, replace(one, name="نماینده ۳")))
    assert faults(twice) == {("/representatives/1/national_code", "representative_named_twice")}
    unknown = association(representatives=(one, Representative("نماینده ۲", "عضو")))
    assert faults(unknown) == {
        ("/representatives/1/national_code", "required_for_submission"),
        ("/representatives/1/mobile", "required_for_submission"),
    }


def test_a_joint_account_needs_two_representatives() -> None:
    foreign = replace(
        mosque_group(kind="foreign_organization"),
        account=Account("IR820540102680020817909002", "two_representatives"),
        representatives=(Representative("نماینده ۱", "مدیر"),),
    )
    assert faults(foreign) == {
        ("/account", "not_applicable_to_kind"),
        ("/representatives", "joint_account_needs_two_representatives"),
    }


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_kind_has_names_in_both_languages(kind: Any) -> None:
    assert kind.names.fa
    assert kind.names.en


def test_changes_are_named_as_deep_as_the_shape_is_the_same() -> None:
    before = association()
    other_code = replace(before.representatives[1], national_code="1583250689")
    after = replace(
        before,
        address=Address("خیابان نمونه، پلاک ۲", "محله نمونه", "1619735744"),
        contact=None,
        topics=("divorce", "addiction"),
        representatives=(before.representatives[0], other_code),
    )
    assert set(changed_parts(before, after)) == {
        "/address/text",
        "/contact",
        "/topics",
        "/representatives/1/national_code",
    }
    assert changed_parts(before, before) == ()
    assert changed_parts(association(contact=Contact("1")), association(contact=Contact("2"))) == (
        "/contact/telephone",
    )


def test_a_change_lies_in_a_part_or_below_it() -> None:
    assert lies_in("/address/text", ("/address",))
    assert lies_in("/address", ("/address",))
    assert not lies_in("/address", ("/address/text",))
    assert not lies_in("/addresses", ("/address",))
