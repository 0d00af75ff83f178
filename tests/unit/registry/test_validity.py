"""REG-4 and REG-8: an approval ends by itself, is warned of before, and is renewed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.flag_steps import raise_flag
from services.registry.domain.kinds import KINDS
from services.registry.domain.organization import Organization
from services.registry.domain.profile import Account, Licence
from services.registry.domain.standing_steps import answer_suspension, due_at, on_time, revoke
from services.registry.domain.suspension import AlreadyAnswered, AnswerOverdue, SuspensionAnswered
from services.registry.domain.terms import RegistryTerms
from services.registry.domain.validity import Expired, ExpiryWarned, Validity, validity_of
from services.registry.outbound.announce import announce_organization
from shared.contracts.durations import Duration, WorkingCalendar
from tests.unit.registry.samples import (
    ALL_YES,
    LATER,
    NOW,
    TODAY,
    approved,
    association,
    checked,
    folded,
    mosque_group,
    sent_back,
    submitted,
)

KIND = KINDS["association"]
CALENDAR = WorkingCalendar()
UNTIL = NOW + timedelta(days=100)
VALIDITY = Validity(UNTIL, (UNTIL - timedelta(days=60), UNTIL - timedelta(days=15)))
OVER = UNTIL + timedelta(days=1)


def valid() -> Organization:
    return folded(domain.approve(checked(), KIND, [], by="r", now=NOW, today=TODAY, validity=VALIDITY), checked())


def expired() -> Organization:
    return folded(on_time(valid(), now=UNTIL), valid())


def renewing() -> Organization:
    return folded(domain.submit(expired(), KIND, now=OVER, today=TODAY), expired())


def permissions(state: Organization) -> list[str]:
    return [
        step
        for step in ("may_submit", "may_be_decided", "may_be_committed", "may_be_paid")
        if getattr(state.standing, step).allowed
    ]


def test_an_approval_lasts_through_the_last_day_of_the_licence_in_the_citys_time() -> None:
    profile = association(licence=Licence("1", "فرمانداری", date(2025, 3, 21), date(2028, 3, 19)))
    found = validity_of(profile, KIND, RegistryTerms(), CALENDAR, since=NOW)
    until = datetime(2028, 3, 19, 20, 30, tzinfo=UTC)  # midnight in Tehran
    assert found == Validity(until, (until - timedelta(days=60), until - timedelta(days=15)))


@pytest.mark.parametrize(
    ("licence_days", "term", "days"), [(None, None, None), (None, 30, 30), (10, 30, 10), (90, 30, 30)]
)
def test_the_licence_or_the_kinds_own_term_ends_it_whichever_is_first(
    licence_days: int | None, term: int | None, days: int | None
) -> None:
    until = None if licence_days is None else TODAY + timedelta(days=licence_days)
    licence = None if until is None else Licence("1", "فرمانداری", TODAY, until)
    kind = replace(KINDS["mosque_group"], registration_lasts=None if term is None else Duration(days=term))
    found = validity_of(mosque_group(licence=licence), kind, RegistryTerms(), CALENDAR, since=NOW)
    if days is None:
        assert found is None
    else:
        assert found is not None
        assert abs(found.until - (NOW + timedelta(days=days))) < timedelta(days=1)


def test_it_expires_when_it_is_over_and_not_before() -> None:
    state = folded(on_time(valid(), now=UNTIL - timedelta(days=1)), valid())
    assert state.status == "approved"
    assert on_time(valid(), now=UNTIL) == [Expired(UNTIL)]
    assert on_time(expired(), now=OVER) == []
    assert due_at(expired()) is None


def test_expired_means_no_new_submission_or_commitment_and_accepted_work_is_paid() -> None:
    state = expired()
    assert (state.status, permissions(state)) == ("expired", ["may_be_decided", "may_be_paid"])
    assert state.standing.may_submit.reasons == ["organization_expired"]
    assert state.standing.may_be_paid == valid().standing.may_be_paid


@pytest.mark.parametrize(
    ("days", "warned", "left"), [(39, False, 0), (40, True, 60), (60, True, 40), (85, True, 15), (99, True, 1)]
)
def test_the_end_is_warned_of_sixty_and_fifteen_days_before(days: int, warned: bool, left: int) -> None:
    now = NOW + timedelta(days=days)
    events = on_time(valid(), now=now)
    assert events == ([ExpiryWarned(UNTIL, left, now)] if warned else [])


def test_each_warning_is_given_once_and_a_late_one_stands_for_those_before_it() -> None:
    state, given = valid(), []
    for day in range(100):
        events = on_time(state, now=NOW + timedelta(days=day))
        state = folded(events, state)
        given += [event.days_left for event in events if isinstance(event, ExpiryWarned)]
        due = due_at(state)
        assert due is not None
        assert due > NOW + timedelta(days=day)
    assert given == [60, 15]
    late = folded(on_time(valid(), now=UNTIL - timedelta(days=5)), valid())
    assert late.validity == Validity(UNTIL)


def test_an_approval_without_an_end_never_expires() -> None:
    assert on_time(approved(), now=NOW + timedelta(days=10_000)) == []
    assert due_at(approved()) is None


def test_a_renewal_keeps_what_an_expired_organisation_may_until_it_is_decided() -> None:
    state = renewing()
    assert (state.status, state.renewing) == ("submitted", True)
    assert permissions(state) == ["may_be_decided", "may_be_paid"]
    back = folded(domain.request_changes(state, [domain.Correction("/names", "نام")], by="r", now=OVER), state)
    assert permissions(back) == permissions(state)
    assert permissions(submitted()) == permissions(sent_back("/names")) == []


def test_an_accepted_renewal_is_an_approval_with_a_new_end() -> None:
    state = folded(domain.answer_checklist(renewing(), KIND, ALL_YES, by="r", now=OVER), renewing())
    later = Validity(OVER + timedelta(days=365))
    state = folded(domain.approve(state, KIND, [], by="r", now=OVER, today=TODAY, validity=later), state)
    assert (state.status, state.validity, state.renewing) == ("approved", later, False)
    assert len(permissions(state)) == 4


def test_a_refused_renewal_leaves_the_organisation_expired() -> None:
    state = folded(domain.reject(renewing(), "مدارک کامل نیست.", by="r", now=OVER), renewing())
    assert (state.status, permissions(state)) == ("expired", ["may_be_decided", "may_be_paid"])
    assert state.decision is not None
    assert state.decision.reason == "مدارک کامل نیست."
    assert state.claimed_legal_id == "10380284790"


def test_for_a_renewal_everything_but_the_account_can_be_changed() -> None:
    state = expired()
    longer = replace(state.profile, licence=Licence("2", "فرمانداری", date(2026, 3, 21), date(2030, 3, 19)))
    assert domain.edit(state, longer, state.keys)
    moved = replace(state.profile, account=Account("IR062960000000100324200001", "organization"))
    with pytest.raises(domain.FieldsNotOpen) as refused:
        domain.edit(state, moved, state.keys)
    assert [error.pointer for error in refused.value.errors] == ["/account/sheba"]


@pytest.mark.parametrize("state", [valid(), expired(), renewing()], ids=lambda state: state.status)
def test_whoever_has_a_standing_can_be_suspended(state: Organization) -> None:
    after = folded(domain.suspend(state, "دلیل", by="r", now=OVER), state)
    assert (after.status, after.renewing, permissions(after)) == ("suspended", False, [])
    assert folded(raise_flag(state, "red", "دلیل", by="o", now=OVER), state).status == "suspended"


def test_who_is_reinstated_after_the_end_is_expired() -> None:
    state = folded(domain.suspend(valid(), "دلیل", by="r", now=LATER), valid())
    assert on_time(state, now=OVER) == []
    assert folded(domain.reinstate(state, "دلیل", by="r", now=LATER), state).status == "approved"
    assert folded(domain.reinstate(state, "دلیل", by="r", now=OVER), state).status == "expired"


def test_a_revoked_organisation_has_no_standing_for_good_and_keeps_its_legal_id() -> None:
    for state in (valid(), folded(domain.suspend(valid(), "دلیل", by="r", now=LATER), valid())):
        after = folded(revoke(state, "هزینه‌کرد خارج از موضوع.", by="office", now=LATER), state)
        assert (after.status, permissions(after)) == ("revoked", [])
        assert after.revocation is not None
        assert after.revocation.reason == "هزینه‌کرد خارج از موضوع."
        assert after.claimed_legal_id == "10380284790"
        with pytest.raises(domain.WrongStatus):
            domain.reinstate(after, "دلیل", by="r", now=OVER)
        with pytest.raises(domain.WrongStatus):
            domain.submit(after, KIND, now=OVER, today=TODAY)


@pytest.mark.parametrize("state", [submitted(), expired()], ids=lambda state: state.status)
def test_only_who_is_approved_or_suspended_is_revoked(state: Organization) -> None:
    with pytest.raises(domain.WrongStatus):
        revoke(state, "دلیل", by="office", now=LATER)


def test_a_suspended_organisation_answers_once_and_in_time() -> None:
    answer_by = LATER + timedelta(days=14)
    state = folded(domain.suspend(valid(), "دلیل", by="r", now=LATER, answer_by=answer_by), valid())
    with pytest.raises(AnswerOverdue):
        answer_suspension(state, "گزارش در راه است.", by="owner-1", now=answer_by + timedelta(seconds=1))
    answered = folded(answer_suspension(state, "گزارش در راه است.", by="owner-1", now=answer_by), state)
    assert answered.suspension is not None
    assert answered.suspension.answer is not None
    assert (answered.suspension.answer.text, answered.suspension.answer.at) == ("گزارش در راه است.", answer_by)
    with pytest.raises(AlreadyAnswered):
        answer_suspension(answered, "باز هم", by="owner-1", now=answer_by)
    with pytest.raises(domain.WrongStatus):
        answer_suspension(valid(), "گزارش", by="owner-1", now=LATER)


@pytest.mark.parametrize(
    ("before", "event", "announced"),
    [
        (valid(), Expired(UNTIL), ["organization.expired.v1", "organization.standing_changed.v1"]),
        (valid(), ExpiryWarned(UNTIL, 60, NOW), ["organization.expiry_warned.v1"]),
        (
            valid(),
            revoke(valid(), "دلیل", by="o", now=NOW)[0],
            ["organization.revoked.v1", "organization.standing_changed.v1"],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_ends_a_standing_is_announced_with_it_and_a_warning_without(
    before: Organization, event: domain.OrganizationEvent, announced: list[str]
) -> None:
    assert [told.event_type for told in announce_organization(folded([event], before), event)] == announced


def test_that_an_organisation_answered_is_announced_and_what_it_says_is_not() -> None:
    state = folded(domain.suspend(valid(), "دلیل", by="r", now=LATER), valid())
    (event,) = answer_suspension(state, "نماینده ۱ بیمار بود.", by="owner-1", now=LATER)
    assert isinstance(event, SuspensionAnswered)
    (told,) = announce_organization(folded([event], state), event)
    assert told.event_type == "organization.suspension_answered.v1"
    assert "نماینده" not in told.model_dump_json()


def test_warnings_count_backwards_so_they_are_not_in_working_days() -> None:
    with pytest.raises(ValueError, match="backwards"):
        RegistryTerms(warn_before=(Duration(working_days=5),))
