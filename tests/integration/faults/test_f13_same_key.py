"""F13: the same Idempotency-Key twenty times at once, to two replicas, has one effect and one answer."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import httpx

from ops.client import SERVICES
from tests.integration.faults.city import City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.stored import Facts, facts
from tests.integration.live import Call

TIMES: Final = 20
BUSY: Final = 503
CHANGED: Final[Mapping[str, Mapping[str, Any]]] = {
    "registry": {"purpose": "هدف دیگر"},
    "requests": {"title": "عنوان دیگر"},
    "review": {"topics": [{"topic": "divorce", "names": {"fa": "طلاق"}, "weight": 1}]},
    "budget": {"amount": 1_001},
}


async def test_a_key_used_twenty_times_at_once_has_one_effect_and_one_answer(city: City) -> None:
    await asyncio.gather(*(city.add(service) for service in SERVICES))
    (district,) = await city.districts(1, 1_000)
    organization = await city.organization_in([district])
    before = await facts(city)
    calls = city.writes(organization)
    for call in calls:
        answers = await asyncio.gather(*(_insist(city, call) for _ in range(TIMES)))
        assert {answer.status_code for answer in answers} == {201}, {answer.text for answer in answers}
        assert len({answer.text for answer in answers}) == 1, call.path
        other = await _send(city, call, {**call.body, **CHANGED[call.service]})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    await quiet(city)
    made = _effects(before, await facts(city))
    assert made == {"registry": 1, "requests": 1, "review": 1, "budget": 1, "webhooks": 0}
    await check(city)


def _effects(before: Facts, after: Facts) -> Mapping[str, int]:
    """Return how many aggregates or entries of each service are new or changed."""
    found: Counter[str] = Counter()
    for name, now in after.items():
        found[name.partition(".")[0]] += sum(before[name].get(id) != fact for id, fact in now.items())
    return found


async def _insist(city: City, call: Call) -> httpx.Response:
    """Send until the service is not too busy to answer: that is no effect."""
    while True:
        answer = await _send(city, call, call.body)
        if answer.status_code != BUSY:
            return answer
        await asyncio.sleep(float(answer.headers["retry-after"]))


async def _send(city: City, call: Call, body: Mapping[str, Any]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {city.token(call.by, call.service)}", "Idempotency-Key": call.key}
    return await city.http.post(f"{city.address(call.service)}{call.path}", json=dict(body), headers=headers)
