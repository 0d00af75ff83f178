"""Requests keeps the announced heads of the books as a witness: append-only, contradictions beside what they contradict (BUD-10, F14)."""

from typing import Any

import pytest

from shared.contracts.budget import BookHeadPublished
from tests.component.test_requests_http import START, City

BOOK = "district:7/1405"


async def announce(city: City, seq: int, digit: str, book: str = BOOK) -> None:
    head = BookHeadPublished(book=book, seq=seq, hash=digit * 64, at=START)
    await city.hear(head, seq, subject=f"head/{book}")


async def kept(city: City, query: str) -> dict[str, Any]:
    answer = await city.client.get(f"/book-heads?{query}")  # without a token: it is public
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_every_announced_head_is_kept_and_anyone_can_read_it() -> None:
    city = City()
    for seq in (9, 120, 11, 9):
        await announce(city, seq, "a")
    await announce(city, 5, "c", "district:70/1405")
    found = await kept(city, f"book={BOOK}")
    assert [(head["seq"], head["contradicts"]) for head in found["items"]] == [(9, False), (11, False), (120, False)]
    assert found["items"][0] == {
        "book": BOOK,
        "seq": 9,
        "hash": "a" * 64,
        "at": "2026-11-22T08:30:00Z",
        "contradicts": False,
    }
    assert (found["total"], found["next"]) == (3, None)


async def test_a_head_that_contradicts_a_kept_one_is_kept_beside_it_with_an_alarm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    city = City()
    for digit in ("a", "b", "b", "a"):
        await announce(city, 9, digit)
    found = await kept(city, f"book={BOOK}")
    assert [(head["hash"][0], head["contradicts"]) for head in found["items"]] == [("a", False), ("b", True)]
    assert {record.alarm for record in caplog.records if hasattr(record, "alarm")} == {"book_rewritten"}


async def test_heads_are_read_page_by_page_and_only_of_one_book() -> None:
    city = City()
    for seq in range(1, 6):
        await announce(city, seq, "a")
        await announce(city, seq, "b", "city/1405")
    await announce(city, 3, "c")
    seen, cursor = [], ""
    while True:
        page = await kept(city, f"book={BOOK}&limit=2{cursor}")
        assert page["total"] == 6
        seen += [(head["seq"], head["hash"][0]) for head in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [(1, "a"), (2, "a"), (3, "a"), (3, "c"), (4, "a"), (5, "a")]


async def test_a_cursor_that_is_none_of_ours_is_refused_and_another_books_shows_nothing_else() -> None:
    city = City()
    await announce(city, 1, "a")
    await announce(city, 1, "b", "city/1405")
    await announce(city, 2, "b", "city/1405")
    assert (await city.client.get(f"/book-heads?book={BOOK}&cursor=x")).status_code == 422
    assert (await city.client.get("/book-heads?book=nowhere")).status_code == 422
    cursor = (await kept(city, "book=city/1405&limit=1"))["next"]
    assert [head["hash"][0] for head in (await kept(city, f"book={BOOK}&cursor={cursor}"))["items"]] == ["a"]
