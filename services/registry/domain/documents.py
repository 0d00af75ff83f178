"""Documents of an organisation (REG-1): what they are, how many, and that they are withdrawn and never deleted.

Decisions look at the organisation's documents alone, so that organization.py can fold them without knowing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.registry.domain.file_types import FileType
from services.registry.domain.kinds import Kind
from shared.contracts.base import Names
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.registry import OrganizationStatus

DOCUMENTS_LIMIT: Final = 100  # of one organisation, withdrawn ones counted: each of up to ten megabytes
_CLOSED: Final[tuple[OrganizationStatus, ...]] = ("rejected", "revoked")
_BEFORE_VERIFICATION: Final[tuple[OrganizationStatus, ...]] = ("draft", "changes_requested")

DOCUMENT_KINDS: Final[Mapping[str, Names]] = {
    "statute": Names(fa="اساسنامه", en="Statute"),
    "licence": Names(fa="مجوز فعالیت", en="Licence"),
    "registration_notice": Names(fa="آگهی ثبت", en="Notice of registration"),
    "mandate": Names(fa="معرفی‌نامه نمایندگان", en="Mandate of the representatives"),
    "account_letter": Names(fa="گواهی حساب بانکی", en="Letter of the bank about the account"),
    "other": Names(fa="سند دیگر", en="Another document"),
}
"""Kinds of document by id; a kind of organisation says which it requires (kinds.py)."""


@dataclass(frozen=True)
class Withdrawal:
    """Why a document counts no more, by whom and since when."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class OrganizationDocument:
    """A document. kind: of DOCUMENT_KINDS; size: bytes; sha256: of the content; file: where the content is kept."""

    id: str
    kind: str
    name: str
    type: FileType
    size: int
    sha256: str
    file: str
    by: str
    at: datetime
    withdrawal: Withdrawal | None = None


Documents = tuple[OrganizationDocument, ...]


@dataclass(frozen=True)
class DocumentAdded:
    """A document was handed in."""

    document: OrganizationDocument


@dataclass(frozen=True)
class DocumentWithdrawn:
    """A document counts no more; it is kept."""

    id: str
    withdrawal: Withdrawal


DocumentEvent = DocumentAdded | DocumentWithdrawn


class DocumentsClosed(Refusal):
    """In this status nobody, or only the office, changes the documents."""

    code = "documents_closed"


class TooManyDocuments(Refusal):
    """The organisation has as many documents as it may."""

    code = "too_many_documents"


class DocumentNotFound(Refusal):
    """The organisation has no such document."""

    code = "document_not_found"
    kind = "not_found"


def add_document(
    documents: Documents, status: OrganizationStatus, document: OrganizationDocument
) -> Sequence[DocumentEvent]:
    """Hand a document in. Raises InvalidFields for an unknown kind, DocumentsClosed, TooManyDocuments."""
    if document.kind not in DOCUMENT_KINDS:
        kinds = ", ".join(DOCUMENT_KINDS)
        raise InvalidFields(errors=[FieldError("kind", "unknown_document_kind", {"kinds": kinds})])
    if status in _CLOSED:
        raise DocumentsClosed(status=status)
    if len(documents) >= DOCUMENTS_LIMIT:
        raise TooManyDocuments(limit=DOCUMENTS_LIMIT)
    return [DocumentAdded(document)]


def withdraw_document(
    documents: Documents, status: OrganizationStatus, id: str, withdrawal: Withdrawal, *, by_office: bool
) -> Sequence[DocumentEvent]:
    """Let a document count no more; withdrawn already, nothing happens.

    Its own people do so before a verification only, since what was verified has to stay. Raises DocumentNotFound, DocumentsClosed.
    """
    found = find_document(documents, id)
    if status in _CLOSED or (not by_office and status not in _BEFORE_VERIFICATION):
        raise DocumentsClosed(status=status)
    return [] if found.withdrawal is not None else [DocumentWithdrawn(id, withdrawal)]


def find_document(documents: Documents, id: str) -> OrganizationDocument:
    """Return the document. Raises DocumentNotFound."""
    for document in documents:
        if document.id == id:
            return document
    raise DocumentNotFound(id=id)


def missing_documents(documents: Documents, kind: Kind) -> tuple[FieldError, ...]:
    """Return what keeps the documents from being complete for the kind; one that was withdrawn does not count."""
    present = {document.kind for document in documents if document.withdrawal is None}
    return tuple(
        FieldError("/documents", "document_required", {"kind": required})
        for required in kind.documents
        if required not in present
    )


def evolve_documents(documents: Documents, event: DocumentEvent) -> Documents:
    """Fold one event."""
    if isinstance(event, DocumentAdded):
        return (*documents, event.document)
    return tuple(
        replace(document, withdrawal=event.withdrawal) if document.id == event.id else document
        for document in documents
    )
