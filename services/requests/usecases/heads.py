"""Keeping the heads of the books' hash chains, as a witness apart from the books (BUD-10).

Append-only: a head that was announced is never replaced. One that contradicts a kept one – another hash for the same entry of the same
book – means that the book was rewritten; it is kept beside it, and an alarm is raised.
"""

import logging
from typing import Final

from shared.contracts.budget import BookHeadPublished
from shared.contracts.envelope import SEQUENCE_DIGITS, Envelope, instant
from shared.storage.cursors import decode_cursor, encode_cursor
from shared.storage.ports import Copies, Document, Page, Where

log = logging.getLogger("sama.heads")

BEGIN: Final = "@"  # between book and seq; no book's id has one
PAST_END: Final = "A"  # the character after it: ids of one book lie between the two


def head_key(book: str, seq: int) -> str:
    """Return the id under which a head is kept, ``<book>@<seq>`` with 20 digits: the order of ids is the order of the book."""
    return f"{book}{BEGIN}{seq:0{SEQUENCE_DIGITS}}"


class Heads:
    """The kept heads. A document is ``{_id, sequence (the seq), book, hash, at, contradicts}``."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies

    async def head_published(self, data: BookHeadPublished, event: Envelope) -> None:
        """Keep the head; a repeat changes nothing."""
        key = head_key(data.book, data.seq)
        fields = {"book": data.book, "hash": data.hash, "at": instant(data.at), "contradicts": False}
        if await self._copies.apply(key, data.seq, fields):
            return
        kept = await self._copies.get(key)
        if kept is None or kept["hash"] == data.hash:
            return
        log.error(
            "the head of book %s at %d was announced as %s and now as %s: the book was rewritten",
            data.book,
            data.seq,
            kept["hash"],
            data.hash,
            extra={"alarm": "book_rewritten"},
        )
        await self._copies.apply(f"{key}!{data.hash}", data.seq, {**fields, "contradicts": True})

    async def page(self, book: str, *, cursor: str | None, limit: int) -> Page[Document]:
        """Return kept heads of one book, oldest first; the index of ids serves it. Raises InvalidFields for a bad cursor."""
        whole: Where = {"_id": {"$gt": f"{book}{BEGIN}", "$lt": f"{book}{PAST_END}"}}
        rest: Where = whole
        if cursor is not None:
            (after,) = decode_cursor(cursor, 1)
            rest = {"_id": {**whole["_id"], "$gt": max(str(after), f"{book}{BEGIN}")}}
        found = await self._copies.find(rest, limit=limit + 1)
        items = found[:limit]
        return Page(
            items=items,
            next=encode_cursor([items[-1]["_id"]]) if len(found) > limit else None,
            total=await self._copies.count(whole),
        )
