"""Pictures of field visits over HTTP: a file is a body as it is, and an answer that is saved and never shown."""

import hashlib
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from services.review.domain.picture import MEDIA_TYPES
from services.review.inbound.visits_http import CancelVisitBody
from services.review.usecases import UseCases
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, changed, created
from shared.web.files import attachment, file_body
from shared.web.strict import StrictRoute

PICTURE_LIMIT: Final = 5 * 1024 * 1024  # bytes
AnyId = Annotated[str, Path(min_length=1, max_length=80)]
Caption = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
_FILE: Final = {"schema": {"type": "string", "format": "binary"}}


def visit_pictures_router(uses: UseCases) -> APIRouter:
    """Return the routes of pictures."""
    api = APIRouter(route_class=StrictRoute, prefix="/visits/{id}/pictures", tags=["visits"])

    @api.post(
        "",
        status_code=201,
        response_model=Receipt,
        summary="Hand a picture in (visitors, secretary)",
        openapi_extra=file_body(PICTURE_LIMIT, "PNG or JPEG, recognised by its content.", "‰PNG …"),
    )
    async def add(
        id: AnyId,
        request: Request,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        caption: Annotated[Caption, Query(description="What is seen.", examples=["سالن از در ورودی"])],
        without_persons: Annotated[
            bool,
            Query(description="The caller says that nobody can be recognised on it. Without that it is not taken."),
        ] = False,
    ) -> dict[str, Any]:
        """The receipt is the picture's. A repeat with the same key is answered with the first receipt."""
        digest = hashlib.sha256(f"{command.digest}\n{caption}\n{without_persons}".encode()).hexdigest()
        stored = await uses.visit_pictures.add(
            id,
            await request.body(),
            caption=caption,
            without_persons=without_persons,
            caller=caller,
            command=replace(command, digest=digest),
            cause=cause,
        )
        receipt = created(response, "", stored)
        response.headers["Location"] = f"/visits/{id}/pictures/{receipt['id']}"
        return receipt

    @api.get(
        "/{picture}",
        response_class=StreamingResponse,
        responses={200: {"description": "The file.", "content": dict.fromkeys(MEDIA_TYPES.values(), _FILE)}},
        summary="Download a picture (who sees the visit)",
    )
    async def download(id: AnyId, picture: AnyId, caller: CallerDep) -> StreamingResponse:
        """To be saved; a browser neither shows nor runs it."""
        found, content = await uses.visit_pictures.open(id, picture, caller=caller)
        headers = {**attachment(f"{found.id}.{found.type}"), "Content-Length": str(found.size)}
        return StreamingResponse(content, media_type=MEDIA_TYPES[found.type], headers=headers)

    @api.post(
        "/{picture}/remove", response_model=Receipt, summary="Take a picture out and erase it (visitors, secretary)"
    )
    async def remove(
        id: AnyId,
        picture: AnyId,
        body: CancelVisitBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.visit_pictures.remove(
            id, picture, reason=body.reason, caller=caller, command=command, cause=cause
        )
        return changed(response, stored)

    return api
