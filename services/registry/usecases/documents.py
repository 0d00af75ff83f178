"""Documents of an organisation: handed in, listed, read and withdrawn by those who see the organisation in full (REG-1)."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.registry.domain import documents as domain
from services.registry.domain.documents import OrganizationDocument, Withdrawal
from services.registry.domain.file_types import file_type
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.usecases import access
from services.registry.usecases.organizations import Call
from shared.clock import Clock, new_id
from shared.contracts.ids import derive_id
from shared.contracts.refusals import Refusal
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Files, Stored
from shared.web.caller import Caller


class UnknownFileType(Refusal):
    """The content is not of a type that is taken, whatever the name says."""

    code = "unknown_file_type"
    kind = "unprocessable"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file as somebody hands it in."""

    kind: str
    name: str
    content: bytes


class DocumentUseCases:
    """Use cases of documents. Commands raise Forbidden or NotFound before anything else is told."""

    def __init__(self, organizations: Aggregates[Organization, OrganizationEvent], files: Files, clock: Clock) -> None:
        self._organizations = organizations
        self._files = files
        self._clock = clock

    async def add(self, id: str, given: HandedIn, call: Call) -> Stored[Organization]:
        """Keep a document: first its content, then that the organisation has it, so that none is known without its content.

        Raises UnknownFileType, InvalidFields, DocumentsClosed, TooManyDocuments.
        """
        stored = await self._organizations.require(id)
        access.require_party(call.caller, stored.state)
        type = file_type(given.content)
        if type is None:
            raise UnknownFileType()
        by, now = call.caller.subject, self._clock()
        document = OrganizationDocument(
            id=derive_id("document", id, by, call.command.key),
            kind=given.kind,
            name=given.name,
            type=type,
            size=len(given.content),
            sha256=hashlib.sha256(given.content).hexdigest(),
            file=new_id(),
            by=by,
            at=now,
        )

        def decide(state: Organization) -> Sequence[OrganizationEvent]:
            access.require_party(call.caller, state)
            return domain.add_document(state.documents, state.status, document)

        if all(known.id != document.id for known in stored.state.documents):
            decide(stored.state)  # what will be refused is not kept first
        await self._files.put(document.file, given.content)
        try:
            after = await self._organizations.change(
                id, decide, cause=call.cause, now=now, command=call.command, answer=_receipt(document.id, "kept")
            )
        except Refusal:
            await self._files.remove(document.file)
            raise
        if after.replayed:
            await self._files.remove(document.file)
        return after

    async def withdraw(self, id: str, document: str, reason: str, call: Call) -> Stored[Organization]:
        """Let a document count no more. Raises DocumentNotFound, DocumentsClosed."""
        now = self._clock()

        def decide(state: Organization) -> Sequence[OrganizationEvent]:
            access.require_party(call.caller, state)
            withdrawal = Withdrawal(reason, call.caller.subject, now)
            by_office = not access.is_own(call.caller, state)
            return domain.withdraw_document(state.documents, state.status, document, withdrawal, by_office=by_office)

        return await self._organizations.change(
            id, decide, cause=call.cause, now=now, command=call.command, answer=_receipt(document, "withdrawn")
        )

    async def list(self, id: str, caller: Caller) -> Sequence[OrganizationDocument]:
        """Return all documents, oldest first, withdrawn ones too. Raises NotFound, Forbidden."""
        stored = await self._organizations.require(id)
        access.require_full_sight(caller, stored.state)
        return stored.state.documents

    async def open(self, id: str, document: str, caller: Caller) -> tuple[OrganizationDocument, AsyncIterator[bytes]]:
        """Return a document and its content in parts. Raises NotFound, Forbidden, DocumentNotFound."""
        stored = await self._organizations.require(id)
        access.require_full_sight(caller, stored.state)
        found = domain.find_document(stored.state.documents, document)
        return found, await self._files.open(found.file)


def _receipt(document: str, status: str) -> Any:
    return lambda stored: {"id": document, "status": status, "version": stored.version}
