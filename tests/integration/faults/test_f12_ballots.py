"""F12: six members cast at one instant; and a ballot, the signature and a withdrawal meet: one decision, of all ballots, or none."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson

from ops.client import Person
from ops.play import cases, people, requests
from shared.contracts.review import CaseDecided, CaseWithdrawn
from tests.integration.faults.city import City, fresh_key
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.traffic import Traffic
from tests.integration.live import ASKED, CITY

ROUNDS: Final = 3


async def test_ballots_of_one_instant_all_count_and_a_race_for_the_end_has_one_winner(city: City) -> None:
    await city.add("review")
    waits = requests.Waits(60)
    (district,) = await city.districts(1, ROUNDS * ASKED)
    organization = await city.organization_in([district])
    by_request: dict[str, str] = {}
    for _ in range(ROUNDS):
        request = await requests.draft(city.sama, organization, city.content_for(district))
        await requests.submit_when_known(city.sama, request, waits)
        case = await requests.case_of(city.sama, request, waits)
        by_request[request.id] = case
        for seat in people.SEATS:
            await cases.declare(city.sama, case, district, seat)

        answers = await asyncio.gather(*(_cast(city, case, district, seat) for seat in people.SEATS))
        assert [answer.status_code for answer in answers] == [200] * len(people.SEATS), [a.text for a in answers]
        await cases.draft_reason(city.sama, case, district, "با اولویت محله هم‌خوان است.")

        etag = answers[0].headers["etag"]
        ended = await asyncio.gather(
            _call(city, "review", "POST", f"/cases/{case}/summary/sign", people.chair(district)),
            _call(city, "review", "POST", f"/cases/{case}/summary/sign", people.chair(district)),
            _cast(city, case, district, people.SEATS[0], vote="reject", etag=etag),
            _call(
                city,
                "requests",
                "POST",
                f"/requests/{request.id}/withdraw",
                organization.applicant,
                {"reason": "انصراف"},
            ),
        )
        assert all(answer.status_code < 500 for answer in ended), [answer.text for answer in ended]
    await quiet(city)
    async with Traffic.of(city) as traffic:
        events = [orjson.loads(event.body) for event in await traffic.archived()]
    for id, case in by_request.items():
        ends = [e["type"] for e in events if e["subject"] == f"case/{case}" and e["type"] in _ENDS]
        assert len(ends) == 1, f"case {case} ended by {ends}"
        seen = (await city.sama.requests.get(f"/requests/{id}", by=organization.applicant)).body
        assert seen["status"] == "withdrawn"
    book = (await city.sama.budget.get(f"/books/district:{district}/1405")).body
    assert book["balance"]["available"] == ROUNDS * ASKED, "what was reserved for a withdrawn request is free again"
    await check(city)


_ENDS: Final = frozenset({CaseDecided.event_type, CaseWithdrawn.event_type})


async def _cast(
    city: City, case: str, district: str, seat: int, vote: str = "approve", etag: str | None = None
) -> httpx.Response:
    amount = ASKED if vote == "approve" else None
    body = cases.ballot(cases.Criteria(CITY.weights), vote, amount=amount)
    which = {"If-Match": etag} if etag else {"If-None-Match": "*"}
    path = f"/cases/{case}/seats/{seat}/ballot"
    return await _call(city, "review", "PUT", path, people.seat_holder(district, seat), body, which)


async def _call(
    city: City,
    service: str,
    method: str,
    path: str,
    by: Person,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Call with one key until the service is not too busy."""
    given = headers or {"Idempotency-Key": fresh_key()}
    token = {"Authorization": f"Bearer {city.token(by, service)}"}
    while True:
        url = f"{city.address(service)}{path}"
        answer = await city.http.request(method, url, json=body, headers={**token, **given})
        if answer.status_code not in (429, 503):
            return answer
        await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
