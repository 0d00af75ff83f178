"""I2 – every head that was announced is in its book with the same hash. A book rewritten with correct hashes is found only so (F14)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ops.verify.findings import Finding

Document = Mapping[str, Any]


def check_heads(
    books: Mapping[str, Sequence[Document]], heads: Iterable[tuple[str, int, str]], witness: str
) -> Iterator[Finding]:
    """Yield of each book the first head, as (book, seq, hash), that it does not contain. ``witness``: who kept them."""
    wrong: dict[str, tuple[int, str]] = {}
    agreed: dict[str, list[int]] = {}
    hashes = {book: {entry["seq"]: entry["hash"] for entry in entries} for book, entries in books.items()}
    for book, seq, digest in heads:
        if hashes.get(book, {}).get(seq) == digest:
            agreed.setdefault(book, []).append(seq)
        elif book not in wrong or seq < wrong[book][0]:
            wrong[book] = (seq, digest)
    for book, (seq, digest) in sorted(wrong.items()):
        found = hashes.get(book, {}).get(seq)
        last = max((earlier for earlier in agreed.get(book, ()) if earlier < seq), default=0)
        since = f"; up to seq {last} it agrees" if last else ""
        if found is None:
            yield Finding(
                "I2", f"{book} seq {seq}", f"{witness} keeps a head here, and the book has no such entry{since}"
            )
        else:
            yield Finding(
                "I2",
                f"{book} seq {seq}",
                f"the book was rewritten at or before this entry: {witness} keeps the head {digest}, the book has {found}{since}",
            )


def check_kept(books: Mapping[str, Sequence[Document]], kept: Sequence[Document]) -> Iterator[Finding]:
    """Yield what is wrong with the heads that requests keeps, which were read before the books."""
    yield from check_heads(
        books, ((head["book"], head["sequence"], head["hash"]) for head in kept if not head["contradicts"]), "requests"
    )
    for head in kept:
        if head["contradicts"]:
            yield Finding(
                "I2",
                f"{head['book']} seq {head['sequence']}",
                f"two heads were announced of it; the second is {head['hash']}",
            )
        key = f"{head['book']}@{head['sequence']:020}"
        if head["_id"] not in (key, f"{key}!{head['hash']}"):
            yield Finding(
                "I2", f"{head['book']} seq {head['sequence']}", f"its head is kept under another id: {head['_id']}"
            )


def check_all_kept(kept: Sequence[Document], announced: Mapping[str, int]) -> Iterator[Finding]:
    """Yield books whose last announced head requests does not keep."""
    known = {(head["book"], head["sequence"]) for head in kept}
    for book, seq in sorted(announced.items()):
        if seq and (book, seq) not in known:
            yield Finding("I2", f"{book} seq {seq}", "its head was announced, and requests does not keep it")
