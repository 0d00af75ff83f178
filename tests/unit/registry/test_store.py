"""Registry's states and events survive the database's own encoding, and the state is the fold of its history."""

from datetime import UTC
from typing import Any

import bson
import pytest

from services.registry.domain import organization as domain
from services.registry.domain.district import Defined, District
from services.registry.domain.documents import DocumentAdded, DocumentWithdrawn, OrganizationDocument, Withdrawal
from services.registry.domain.organization import Organization
from services.registry.outbound.store import DISTRICTS, ORGANIZATIONS
from shared.contracts.base import Names
from shared.storage.codec import from_document, to_document
from tests.unit.registry.samples import (
    ALL_YES,
    NOW,
    approved,
    association,
    checked,
    draft,
    rejected,
    sent_back,
    submitted,
    suspended,
)

OPTIONS: Any = bson.CodecOptions(tz_aware=True, tzinfo=UTC)
SEVEN = District("7", Names(fa="منطقه ۷"), 7, NOW)
DISTINCTION = domain.Distinction("x", ("same_name",), "دلیل", "r", NOW)
DOCUMENT = OrganizationDocument("d", "statute", "a.pdf", "pdf", 3, "0" * 64, "f", "o", NOW)
WITHDRAWAL = Withdrawal("دلیل", "r", NOW)
CORRECTION = domain.Correction("/names/fa", "نام")


@pytest.mark.parametrize(
    "value",
    [
        draft(),
        submitted(),
        checked(),
        approved(),
        rejected(),
        suspended(),
        sent_back("/names"),
        SEVEN,
        Defined(SEVEN),
        domain.Registered("o", "owner", association(), draft().keys, NOW),
        domain.Registered("o", "owner", association(), draft().keys, NOW, domain.Imported("i", 2)),
        domain.ProfileEdited(association(), draft().keys, ("/names/fa",)),
        domain.Submitted(1, NOW),
        domain.ChecklistAnswered(ALL_YES, "r", NOW),
        domain.FoundDifferent(DISTINCTION),
        domain.ChangesRequested((CORRECTION,), "r", NOW),
        domain.Approved("r", NOW),
        domain.Rejected("دلیل", "r", NOW),
        domain.Suspended("دلیل", "r", NOW),
        domain.Reinstated("دلیل", "r", NOW),
        DocumentAdded(DOCUMENT),
        DocumentWithdrawn("d", WITHDRAWAL),
    ],
    ids=lambda value: value.status if isinstance(value, Organization) else type(value).__name__,
)
def test_what_is_stored_is_read_back_the_same(value: Any) -> None:
    stored = bson.decode(bson.encode(to_document(value)), OPTIONS)
    assert from_document(stored, type(value)) == value


def test_every_event_has_a_place_in_history() -> None:
    assert set(ORGANIZATIONS.events) == set(domain.OrganizationEvent.__args__)
    assert DISTRICTS.events == (Defined,)
