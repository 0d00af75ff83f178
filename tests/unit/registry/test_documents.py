"""Documents: bounded in number, required by the kind, withdrawn and never deleted."""

from dataclasses import replace
from functools import reduce
from typing import Any, get_args

import pytest

from services.registry.domain import organization as domain
from services.registry.domain.documents import (
    DOCUMENT_KINDS,
    DOCUMENTS_LIMIT,
    DocumentNotFound,
    Documents,
    DocumentsClosed,
    OrganizationDocument,
    TooManyDocuments,
    Withdrawal,
    add_document,
    evolve_documents,
    missing_documents,
    withdraw_document,
)
from services.registry.domain.kinds import KINDS
from shared.contracts.refusals import InvalidFields
from shared.contracts.registry import OrganizationStatus
from tests.unit.registry.samples import NOW, TODAY, draft, folded, rejected

DOCUMENT = OrganizationDocument("d", "statute", "a.pdf", "pdf", 3, "0" * 64, "f", "o", NOW)
WITHDRAWAL = Withdrawal("دلیل", "r", NOW)
OPEN = ("draft", "changes_requested")
CLOSED = ("rejected", "revoked")
STATUSES: tuple[OrganizationStatus, ...] = get_args(OrganizationStatus)
STATUTE = replace(KINDS["association"], documents=("statute", "licence"))


def after(documents: Documents, events: Any) -> Documents:
    return reduce(evolve_documents, events, documents)


def test_an_organisation_has_a_bounded_number_of_documents() -> None:
    documents: Documents = ()
    for number in range(DOCUMENTS_LIMIT):
        documents = after(documents, add_document(documents, "draft", replace(DOCUMENT, id=str(number))))
    documents = after(documents, withdraw_document(documents, "draft", "0", WITHDRAWAL, by_office=False))
    with pytest.raises(TooManyDocuments):
        add_document(documents, "draft", DOCUMENT)


@pytest.mark.parametrize("status", STATUSES)
def test_documents_are_handed_in_until_the_registration_is_over(status: OrganizationStatus) -> None:
    if status in CLOSED:
        with pytest.raises(DocumentsClosed):
            add_document((), status, DOCUMENT)
    else:
        assert after((), add_document((), status, DOCUMENT)) == (DOCUMENT,)


def test_a_document_is_of_a_known_kind() -> None:
    with pytest.raises(InvalidFields):
        add_document((), "draft", replace(DOCUMENT, kind="photo"))


@pytest.mark.parametrize("status", STATUSES)
def test_its_own_people_withdraw_before_a_verification_only_and_the_office_also_after_it(
    status: OrganizationStatus,
) -> None:
    for by_office in (True, False):
        if status in OPEN or (by_office and status not in CLOSED):
            events = withdraw_document((DOCUMENT,), status, "d", WITHDRAWAL, by_office=by_office)
            assert after((DOCUMENT,), events) == (replace(DOCUMENT, withdrawal=WITHDRAWAL),)
        else:
            with pytest.raises(DocumentsClosed):
                withdraw_document((DOCUMENT,), status, "d", WITHDRAWAL, by_office=by_office)


def test_withdrawing_twice_is_withdrawing_once_and_what_is_not_there_is_not_withdrawn() -> None:
    gone = replace(DOCUMENT, withdrawal=WITHDRAWAL)
    later = replace(WITHDRAWAL, reason="دیگر")
    assert withdraw_document((gone,), "draft", "d", later, by_office=False) == []
    with pytest.raises(DocumentNotFound):
        withdraw_document((gone,), "draft", "x", later, by_office=False)


def test_a_document_that_the_kind_requires_is_named_when_it_lacks_or_was_withdrawn() -> None:
    def named(*documents: OrganizationDocument) -> list[object]:
        return [error.params["kind"] for error in missing_documents(documents, STATUTE)]

    licence = replace(DOCUMENT, id="e", kind="licence")
    assert named() == ["statute", "licence"]
    assert named(DOCUMENT) == ["licence"]
    assert named(DOCUMENT, licence) == []
    assert named(replace(DOCUMENT, withdrawal=WITHDRAWAL), licence) == ["statute"]
    assert all(required in DOCUMENT_KINDS for kind in KINDS.values() for required in kind.documents)


def test_an_organisation_without_its_required_documents_is_not_submitted() -> None:
    with pytest.raises(domain.ProfileIncomplete) as refused:
        domain.submit(draft(), STATUTE, now=NOW, today=TODAY)
    assert {(error.pointer, error.code) for error in refused.value.errors} == {("/documents", "document_required")}
    state = draft()
    for kind in STATUTE.documents:
        state = folded(add_document(state.documents, state.status, replace(DOCUMENT, id=kind, kind=kind)), state)
    assert domain.submit(state, STATUTE, now=NOW, today=TODAY)


def test_nothing_else_of_an_organisation_changes_with_its_documents() -> None:
    state = draft()
    after_it = folded(add_document(state.documents, state.status, DOCUMENT), state)
    assert replace(after_it, documents=()) == state
    assert rejected().documents == ()
