"""Questions and answers of a dated call over HTTP (REQ-2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.component.test_programmes_http import CALL, opened
from tests.component.test_requests_http import DAY, City, told

QUESTION = {"text": "علی احمدی هستم؛ آیا هزینه رفت‌وآمد پذیرفته است؟"}


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        await told(world)
        yield world


async def asked(city: City, call: str, who: str = "nobody") -> str:
    answer = await city.call("POST", f"/programmes/{call}/questions", who, QUESTION)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def listed(city: City, call: str, query: str = "", who: str | None = None) -> list[dict[str, Any]]:
    path = f"/programmes/{call}/questions?{query}"
    answer = await (city.client.get(path) if who is None else city.call("GET", path, who))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_who_is_signed_in_asks_and_all_see_the_answer_and_not_who_asked(city: City) -> None:
    call = await opened(city, **CALL)
    id = await asked(city, call)
    assert await listed(city, call) == []
    assert [q["id"] for q in await listed(city, call, "status=asked", "office")] == [id]
    answered = await city.call(
        "POST",
        f"/programmes/{call}/questions/{id}/answer",
        "office",
        {"text": "آیا هزینه رفت‌وآمد پذیرفته است؟", "answer": "بله"},
    )
    assert answered.json()["status"] == "answered"
    (shown,) = await listed(city, call)
    assert (shown["text"], shown["answer"]) == ("آیا هزینه رفت‌وآمد پذیرفته است؟", "بله")
    assert "nobody" not in str(shown)
    data = next(e["data"] for e in city.stores.events if e["type"] == "question.answered.v1")
    assert "nobody" not in str(data)
    assert "احمدی" not in str(data)


async def test_who_asked_finds_the_own_question_before_it_is_answered(city: City) -> None:
    call = await opened(city, **CALL)
    id = await asked(city, call, "ali")
    assert [q["id"] for q in await listed(city, call, "mine=true", "ali")] == [id]
    assert await listed(city, call, "mine=true", "other") == []
    assert (await city.client.get(f"/programmes/{call}/questions?mine=true")).status_code == 403


async def test_questions_close_before_the_deadline_and_are_still_answered_after_it(city: City) -> None:
    call = await opened(city, **CALL)  # its end is on the eighth day
    id = await asked(city, call)
    city.now += 5 * DAY
    late = await city.call("POST", f"/programmes/{call}/questions", "ali", QUESTION)
    assert (late.status_code, late.json()["code"]) == (409, "questions_closed")
    rolling = await opened(city)
    none = await city.call("POST", f"/programmes/{rolling}/questions", "ali", QUESTION)
    assert (none.status_code, none.json()["code"]) == (409, "questions_only_of_calls")
    city.now += 9 * DAY
    await city.uses.sweep()
    path = f"/programmes/{call}/questions/{id}/answer"
    assert (await city.call("POST", path, "office", {"answer": "بله"})).status_code == 200
    assert len(await listed(city, call)) == 1


async def test_only_the_office_answers_and_only_in_the_question_s_own_call(city: City) -> None:
    call, other = await opened(city, **CALL), await opened(city, **CALL)
    id = await asked(city, call)
    for who in ("ali", "auditor", "secretary7"):
        answer = await city.call("POST", f"/programmes/{call}/questions/{id}/answer", who, {"answer": "بله"})
        assert answer.status_code == 403
    elsewhere = await city.call("POST", f"/programmes/{other}/questions/{id}/answer", "office", {"answer": "بله"})
    assert elsewhere.status_code == 404
