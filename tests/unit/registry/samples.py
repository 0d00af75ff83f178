"""Profiles and organisations for registry's tests; no real or invented persons, only numbered ones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.registry.domain import organization as domain
from services.registry.domain.checklist import QUESTIONS, Answer
from services.registry.domain.fold import evolve
from services.registry.domain.kinds import KINDS
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.domain.profile import (
    Account,
    Address,
    Contact,
    Licence,
    OrganizationNames,
    Profile,
    Representative,
)
from services.registry.usecases.identifiers import search_keys

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
TODAY = date(2026, 11, 22)
ALL_YES: dict[str, Answer] = {question: Answer("yes") for question in QUESTIONS}


def association(**changes: Any) -> Profile:
    """A complete profile of a kind with a legal id."""
    profile = Profile(
        names=OrganizationNames("انجمن شماره ۱", "Association 1"),
        kind="association",
        districts=("7",),
        topics=("addiction",),
        legal_id="10380284790",
        licence=Licence("1404/1", "فرمانداری", date(2025, 3, 21), date(2028, 3, 19)),
        address=Address("خیابان نمونه، پلاک ۱", "محله نمونه", "1619735744"),
        contact=Contact(telephone="05130000000"),
        account=Account("IR820540102680020817909002", "organization"),
        representatives=(
            Representative("نماینده ۱", "مدیر", "0010350829", "09123456789"),
            Representative("نماینده ۲", "خزانه‌دار", "0076229645", "09123456780"),
        ),
        purpose="پیشگیری از اعتیاد در محله",
    )
    return replace(profile, **changes)


def mosque_group(**changes: Any) -> Profile:
    """A complete profile of a kind that may have no legal id, no licence and no account."""
    profile = association(
        names=OrganizationNames("گروه مسجدی شماره ۱"),
        kind="mosque_group",
        legal_id=None,
        no_legal_id_reason="گروه مسجدی، ثبت‌نشده",
        licence=None,
        account=None,
    )
    return replace(profile, **changes)


def folded(events: Iterable[OrganizationEvent], state: Organization | None = None) -> Organization:
    """Return the state after the events."""
    for event in events:
        state = evolve(state, event)
    assert state is not None
    return state


def draft(profile: Profile | None = None, id: str = "org-1") -> Organization:
    """An organisation in draft, owned by ``owner-1``."""
    profile = profile or association()
    keys = search_keys(profile.names)
    return folded(domain.register(None, id=id, owner="owner-1", profile=profile, keys=keys, now=NOW))


def submitted(profile: Profile | None = None, id: str = "org-1") -> Organization:
    """An organisation that asked to be verified."""
    state = draft(profile, id)
    return folded(domain.submit(state, KINDS[state.profile.kind], now=NOW, today=TODAY), state)


def checked(profile: Profile | None = None, id: str = "org-1") -> Organization:
    """A submitted organisation whose checklist passed."""
    state = submitted(profile, id)
    kind = KINDS[state.profile.kind]
    return folded(domain.answer_checklist(state, kind, ALL_YES, by="registrar-1", now=NOW), state)


def approved(profile: Profile | None = None, id: str = "org-1") -> Organization:
    """An approved organisation."""
    state = checked(profile, id)
    kind = KINDS[state.profile.kind]
    return folded(domain.approve(state, kind, [], by="registrar-1", now=LATER, today=TODAY), state)


def suspended() -> Organization:
    """A suspended organisation."""
    state = approved()
    return folded(domain.suspend(state, "مهلت مجوز تمام شده است.", by="registrar-1", now=LATER), state)


def sent_back(*fields: str) -> Organization:
    """An organisation that has to correct these parts."""
    state = submitted()
    corrections = [domain.Correction(field, "لطفاً اصلاح شود.") for field in fields]
    return folded(domain.request_changes(state, corrections, by="registrar-1", now=LATER), state)


def rejected() -> Organization:
    """An organisation whose registration was refused."""
    state = submitted()
    return folded(domain.reject(state, "هدف اجتماعی نیست.", by="registrar-1", now=LATER), state)
