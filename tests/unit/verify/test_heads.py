"""Kept heads against books: only they show a book that was written anew with correct hashes (F14)."""

from typing import Any

from ops.verify.heads import check_all_kept, check_heads, check_kept

BOOK = "district:7/1405"
Document = dict[str, Any]


def entries(*hashes: str) -> list[Document]:
    return [{"seq": seq, "hash": digest} for seq, digest in enumerate(hashes, 1)]


def head(seq: int, digest: str, *, contradicts: bool = False) -> Document:
    id = f"{BOOK}@{seq:020}" + (f"!{digest}" if contradicts else "")
    return {"_id": id, "sequence": seq, "book": BOOK, "hash": digest, "contradicts": contradicts}


def said(books: dict[str, list[Document]], *kept: Document) -> list[str]:
    return [str(finding) for finding in check_kept(books, kept)]


def test_a_book_that_contains_every_kept_head_is_in_order() -> None:
    assert said({BOOK: entries("a", "b", "c", "d")}, head(2, "b"), head(3, "c")) == []


def test_a_rewritten_book_is_named_with_the_first_head_that_it_lacks() -> None:
    (finding,) = said({BOOK: entries("a", "b", "x", "y")}, head(4, "d"), head(2, "b"), head(3, "c"))
    assert finding.startswith("I2 district:7/1405 seq 3: the book was rewritten at or before this entry")
    assert finding.endswith("up to seq 2 it agrees")


def test_a_book_that_is_shorter_than_its_head_or_gone_is_named() -> None:
    (short,) = said({BOOK: entries("a")}, head(2, "b"))
    assert "no such entry" in short
    (gone,) = said({}, head(1, "a"))
    assert gone.startswith("I2 district:7/1405 seq 1")


def test_a_contradiction_and_a_head_under_another_id_are_named() -> None:
    books = {BOOK: entries("a", "b")}
    (second,) = said(books, head(2, "b"), head(2, "x", contradicts=True))
    assert "two heads were announced" in second
    (moved,) = said(books, head(2, "b") | {"_id": "elsewhere"})
    assert "another id" in moved


def test_heads_of_the_archive_are_compared_alike() -> None:
    (finding,) = check_heads({BOOK: entries("a", "x")}, [(BOOK, 2, "b")], "the archive")
    assert "the archive keeps the head b" in finding.what


def test_an_announced_head_has_to_be_kept() -> None:
    assert list(check_all_kept([head(2, "b")], {BOOK: 2, "city/1405": 0})) == []
    (finding,) = check_all_kept([head(2, "b")], {BOOK: 4})
    assert finding.where == f"{BOOK} seq 4"
