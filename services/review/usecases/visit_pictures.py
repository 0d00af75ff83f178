"""Pictures of field visits: handed in by those who go, read with the file, taken out for good if somebody is on them (REV-13)."""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from services.review.domain import visit
from services.review.domain.picture import Picture, PictureNotFound, PicturesShowNoPersons, Removal, picture_type
from services.review.domain.visit import Visit, VisitEvent
from services.review.usecases.visits import VisitAccess
from shared.clock import Clock, new_id
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.refusals import Refusal
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Files, Stored
from shared.web.caller import Caller


class VisitPictures:
    """Keep, hand out and take out pictures."""

    def __init__(
        self, visits: Aggregates[Visit, VisitEvent], access: VisitAccess, files: Files | None, clock: Clock
    ) -> None:
        self._visits = visits
        self._access = access
        self._kept = files
        self._clock = clock

    @property
    def _files(self) -> Files:
        if self._kept is None:
            raise AssertionError("these use cases were made without a store for files")
        return self._kept

    async def add(
        self,
        id: str,
        content: bytes,
        *,
        caption: str,
        without_persons: bool,
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[Visit]:
        """Keep a picture: first its content, then that the visit has it, so that none is known without its content.

        Raises NotFound, NotAVisitor, PicturesShowNoPersons, NotAPicture, VisitOver, TooManyPictures.
        """
        stored = await self._access.write(id, caller)
        if not without_persons:
            raise PicturesShowNoPersons()
        now = self._clock()
        picture = Picture(
            id=derive_id("picture", id, caller.subject, command.key),
            caption=caption,
            type=picture_type(content),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            file=new_id(),
            by=caller.subject,
            at=now,
        )

        def decide(state: Visit) -> Sequence[VisitEvent]:
            return visit.add_picture(state, picture)

        if all(known.id != picture.id for known in stored.state.pictures):
            decide(stored.state)  # what will be refused is not kept first
        await self._files.put(picture.file, content)
        try:
            after = await self._visits.change(
                id, decide, cause=cause, now=now, command=command, answer=_receipt(picture.id, "kept")
            )
        except Refusal:
            await self._files.remove(picture.file)
            raise
        if after.replayed:
            await self._files.remove(picture.file)
        return after

    async def remove(
        self, id: str, picture: str, *, reason: str, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Visit]:
        """Take a picture out, then erase its content; a repeat erases what a crash left. Raises NotFound, NotAVisitor, PictureNotFound."""
        await self._access.write(id, caller)
        now = self._clock()
        removal = Removal(reason, caller.subject, now)
        after = await self._visits.change(
            id,
            lambda state: visit.remove_picture(state, picture, removal),
            cause=cause,
            now=now,
            command=command,
            answer=_receipt(picture, "removed"),
        )
        await self._files.remove(after.state.picture(picture).file)
        return after

    async def open(self, id: str, picture: str, *, caller: Caller) -> tuple[Picture, AsyncIterator[bytes]]:
        """Return a picture and its content in parts. Raises what VisitAccess.read raises, PictureNotFound."""
        found = (await self._access.read(id, caller)).state.picture(picture)
        if found.removal is not None:
            raise PictureNotFound(id=picture)
        return found, await self._files.open(found.file)


def _receipt(picture: str, status: str) -> Callable[[Stored[Visit]], dict[str, Any]]:
    return lambda stored: {"id": picture, "status": status, "version": stored.version}
