"""Documents of organisations over HTTP: a file is a body as it is, and an answer that is saved and never shown."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, StringConstraints

from services.registry.domain.documents import DOCUMENT_KINDS, OrganizationDocument
from services.registry.domain.file_types import MEDIA_TYPES, FileType
from services.registry.inbound.bodies import ReasonBody
from services.registry.inbound.calls import CallDep
from services.registry.usecases import UseCases
from services.registry.usecases.documents import HandedIn
from shared.contracts.base import Names
from shared.contracts.ids import Id
from shared.web.api import CallerDep, OptionalCallerDep, Receipt, changed, created
from shared.web.files import attachment, file_body

FILE_LIMIT: Final = 10 * 1024 * 1024  # bytes
DocumentName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]*$")]
_FILE: Final = {"schema": {"type": "string", "format": "binary"}}


class WithdrawalView(BaseModel):
    """Why a document counts no more."""

    reason: str
    by: str
    at: datetime


class DocumentView(BaseModel):
    """A document without its content."""

    id: str
    kind: str = Field(description="One of GET /document-kinds.", examples=["statute"])
    name: str
    type: FileType = Field(description="By its content.")
    size: int = Field(description="Bytes.")
    sha256: str
    by: str = Field(description="Who handed it in (token subject).")
    at: datetime
    withdrawal: WithdrawalView | None

    @classmethod
    def of(cls, document: OrganizationDocument) -> "DocumentView":
        """Return the view."""
        withdrawal = document.withdrawal
        fields = {name: getattr(document, name) for name in cls.model_fields if name != "withdrawal"}
        gone = withdrawal and WithdrawalView(reason=withdrawal.reason, by=withdrawal.by, at=withdrawal.at)
        return cls(**fields, withdrawal=gone)


class DocumentList(BaseModel):
    """All documents of an organisation, oldest first; there are at most a hundred."""

    items: list[DocumentView]


class DocumentKindView(BaseModel):
    """A kind of document."""

    id: str
    names: Names


class DocumentKindList(BaseModel):
    """All kinds of document."""

    items: list[DocumentKindView]


def add_documents(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of documents."""
    documents, path = uses.documents, "/organizations/{organization}/documents"

    @routes.get("/document-kinds", tags=["documents"], summary="Kinds of document (no token needed)")
    async def list_document_kinds(_caller: OptionalCallerDep) -> DocumentKindList:
        return DocumentKindList(items=[DocumentKindView(id=id, names=names) for id, names in DOCUMENT_KINDS.items()])

    @routes.post(
        path,
        status_code=201,
        tags=["documents"],
        summary="Hand in a document (its own, registrar)",
        openapi_extra=file_body(FILE_LIMIT, "PDF, PNG, JPEG, DOCX or XLSX, recognised by its content.", "%PDF-1.7 …"),
    )
    async def add_document(
        organization: Id,
        request: Request,
        response: Response,
        call: CallDep,
        kind: Annotated[Id, Query(description="One of GET /document-kinds.", examples=["statute"])],
        name: Annotated[DocumentName, Query(description="Name of the file.", examples=["statute.pdf"])],
    ) -> Receipt:
        """The receipt is the document's. A repeat with the same key is answered with the first receipt."""
        digest = hashlib.sha256(f"{call.command.digest}\n{kind}\n{name}".encode()).hexdigest()
        call = replace(call, command=replace(call.command, digest=digest))
        stored = await documents.add(organization, HandedIn(kind, name, await request.body()), call)
        receipt = Receipt(**created(response, "", stored))
        response.headers["Location"] = f"/organizations/{organization}/documents/{receipt.id}"
        return receipt

    @routes.get(path, tags=["documents"], summary="List documents (its own, registrar, auditor)")
    async def list_documents(organization: Id, caller: CallerDep) -> DocumentList:
        found = await documents.list(organization, caller)
        return DocumentList(items=[DocumentView.of(document) for document in found])

    @routes.get(
        f"{path}/{{document}}",
        tags=["documents"],
        summary="Download a document (its own, registrar, auditor)",
        response_class=StreamingResponse,
        responses={200: {"description": "The file.", "content": dict.fromkeys(MEDIA_TYPES.values(), _FILE)}},
    )
    async def download_document(organization: Id, document: Id, caller: CallerDep) -> StreamingResponse:
        """To be saved; a browser neither shows nor runs it."""
        found, content = await documents.open(organization, document, caller)
        headers = {**attachment(_file_name(found)), "Content-Length": str(found.size)}
        return StreamingResponse(content, media_type=MEDIA_TYPES[found.type], headers=headers)

    @routes.post(
        f"{path}/{{document}}/withdraw", tags=["documents"], summary="Withdraw a document (its own, registrar)"
    )
    async def withdraw_document(
        organization: Id, document: Id, body: ReasonBody, response: Response, call: CallDep
    ) -> Receipt:
        """It counts no more and is kept. Its own people do so before a verification only."""
        return Receipt(**changed(response, await documents.withdraw(organization, document, body.reason, call)))


def _file_name(document: OrganizationDocument) -> str:
    """Return the name with the ending of what the file is."""
    endings = (".jpeg", ".jpg") if document.type == "jpeg" else (f".{document.type}",)
    return document.name if document.name.lower().endswith(endings) else f"{document.name}{endings[0]}"
