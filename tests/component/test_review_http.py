"""Review through its HTTP API, over storage in memory and real tokens: what callers get, and what stays sealed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from ops.keys import Issuer, local_issuer
from services.review.domain.case import case_id
from services.review.inbound.http import router
from services.review.inbound.texts import TEXTS
from services.review.usecases import UseCases
from services.review.wiring import use_cases
from shared.certifying import Certifying
from shared.contracts.envelope import Envelope, envelop
from shared.contracts.refusals import Refusal
from shared.contracts.registry import Permission, Standing, StandingChanged
from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier
from shared.web.caller import Grant
from shared.web.texts import Catalogue
from tests.fakes.storage import MemoryStores
from tests.unit.review.builders import ASKED, CALENDAR, CAUSE, NOW, ORGANIZATION, submission

NUMBERS = count(1)
CASE = case_id("req-1", 1)
SEATS = [
    {"seat": 1, "kind": "deputy", "chair": True},
    *({"seat": n, "kind": "expert"} for n in (2, 3, 4)),
    *({"seat": n, "kind": "neighbourhood_member"} for n in (5, 6)),
]
RULE_SET = {
    "id": "mashhad",
    "names": {"fa": "آیین‌نامهٔ کارگروه‌ها"},
    "rules": {"seats": SEATS, "case_within": {"seconds": 3600}, "sign_within": {"seconds": 600}},
}
TOPICS = [{"topic": "addiction", "names": {"fa": "اعتیاد"}, "weight": 30}]
BALLOT = {"scores": {"need": 30, "plan": 25, "cost": 20}, "comment": "نظر کلی", "vote": "approve", "amount": ASKED}
FIRST = {"If-None-Match": "*"}


class Person:
    """Somebody with a token, calling the API. Idempotency keys are numbered unless given."""

    def __init__(self, client: AsyncClient, token: str, name: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._name = name

    async def get(self, path: str, **params: Any) -> Response:
        return await self._client.get(path, params=params, headers=self._headers)

    async def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Response:
        headers = {**self._headers, "Idempotency-Key": key or f"{self._name}-{next(NUMBERS)}", **headers}
        return await self._client.post(path, json=body, headers=headers)

    async def put(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Response:
        return await self._client.put(path, json=body, headers={**self._headers, **(headers or {})})


class District:
    """Review over storage in memory, and the people of district 7."""

    def __init__(self, uses: UseCases, stores: MemoryStores, client: AsyncClient, issuer: Issuer) -> None:
        self.uses = uses
        self.stores = stores
        self._client = client
        self._issuer = issuer
        self.now = NOW
        self.city_office = self.person("city-office", Grant("city_office"))
        self.hq = self.person("hq", Grant("hq"))
        self.secretary = self.person("secretary-7", Grant("secretary", "7"))
        self.auditor = self.person("auditor", Grant("auditor"))
        self.operator = self.person("operator", Grant("operator"))
        self.elsewhere = self.person("secretary-8", Grant("secretary", "8"))
        self.nobody = Person(client, "", "nobody")
        self.members = {n: self.person(f"person-{n}", Grant("chair" if n == 1 else "member", "7")) for n in range(1, 7)}

    def person(self, subject: str, *grants: Grant, audience: str = "sama-review") -> Person:
        return Person(self._client, self._issuer.token(subject, grants, [audience], datetime.now(UTC)), subject)

    async def with_group(self) -> None:
        await done(self.city_office.post("/rule-sets", RULE_SET), 201)
        body = {"district": "7", "rule_set": {"id": "mashhad", "version": 1}}
        group = await done(self.city_office.post("/working-groups", body), 201)
        for seat in range(1, 7):
            term = {
                "holder": f"person-{seat}",
                "name": f"عضو {seat}",
                "from": "2026-03-21T00:00:00Z",
                "until": "2028-03-20T00:00:00Z",
            }
            await done(self.city_office.post(f"/working-groups/{group['id']}/seats/{seat}", term))

    async def with_case(self) -> None:
        await self.with_group()
        allowed = Permission(allowed=True, since=NOW)
        standing = StandingChanged(
            organization=ORGANIZATION,
            name="انجمن همیاران",
            kind="association",
            districts=["7"],
            standing=Standing(
                status="approved",
                may_submit=allowed,
                may_be_decided=allowed,
                may_be_committed=allowed,
                may_be_paid=allowed,
            ),
        )
        await self.uses.cases.standing_changed(standing, _event(standing))
        await self.uses.cases.submitted(submission(), _event(submission()))

    async def declare(self, seat: int, conflict: str = "none") -> dict[str, Any]:
        path = f"/cases/{CASE}/seats/{seat}/declaration"
        return dict(await done(self.members[seat].post(path, {"conflict": conflict})))

    async def cast(self, seat: int, **changes: Any) -> Response:
        await self.declare(seat)
        answer = await self.members[seat].put(f"/cases/{CASE}/seats/{seat}/ballot", BALLOT | changes, FIRST)
        assert answer.status_code == 200, answer.text
        return answer


def _event(data: Any) -> Envelope:
    return Envelope.model_validate(envelop(data, subject="any/1", number=1, at=NOW, cause=CAUSE))


async def done(answering: Any, status: int = 200) -> Any:
    answer = await answering
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(answering: Any, status: int, code: str) -> Any:
    answer = await answering
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return local_issuer(Path(tmp_path_factory.mktemp("keys")))


@asynccontextmanager
async def no_lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def district(issuer: Issuer) -> AsyncIterator[District]:
    stores = MemoryStores()
    made: list[District] = []
    uses = use_cases(stores, lambda: made[0].now if made else NOW, CALENDAR, Certifying("k" * 32))

    async def no_problems() -> list[str]:
        return []

    app = build_app(
        WebParts(
            name="review",
            summary="",
            routers=[router(uses)],
            texts=TEXTS,
            verifier=Verifier(Keys(str(issuer.jwks)), issuer=issuer.name, audience="sama-review"),
            lifespan=no_lifespan,
            problems=no_problems,
        )
    )
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://review") as client:
        made.append(District(uses, stores, client, issuer))
        yield made[0]


async def test_a_request_is_reviewed_from_opening_to_decision(district: District) -> None:
    await district.with_case()
    listed = await done(district.members[2].get("/cases", mine="true"))
    assert (listed["total"], listed["items"][0]["id"]) == (1, CASE)
    for seat in range(1, 7):
        answer = await district.cast(seat, amount=ASKED - seat)
    assert answer.json() == {"id": CASE, "status": "closed"}

    view = await done(district.secretary.get(f"/cases/{CASE}"))
    assert view["result"]["outcome"] == "approved"
    assert view["result"]["amount"] == ASKED - 4  # the lower median of six
    assert view["decision"] is None
    draft = await done(district.secretary.post(f"/cases/{CASE}/summary", {"reason": "طرح با اولویت محله هم‌خوان است."}))
    assert draft == {"id": CASE, "status": "closed", "draft": 1}
    await refused(district.members[2].post(f"/cases/{CASE}/summary/sign"), 403, "not_the_signer")
    await refused(district.members[1].post(f"/cases/{CASE}/summary/sign", {"draft": 2}), 409, "draft_changed")
    signed = await done(district.members[1].post(f"/cases/{CASE}/summary/sign", {"draft": 1}))
    assert signed["status"] == "decided"

    view = await done(district.hq.get(f"/cases/{CASE}"))
    assert (view["decision"]["signed"], view["result"]["tally"]["approve"]) == (True, 6)
    history = await done(district.secretary.get(f"/cases/{CASE}/history"))
    assert {item["actor"] for item in history["items"]} == {None}
    whole = await done(district.auditor.get(f"/cases/{CASE}/history"))
    assert [i["actor"] for i in whole["items"] if i["type"] == "BallotCast"] == [f"person-{n}" for n in range(1, 7)]
    decided = district.stores.events[-1]
    assert (decided["type"], decided["data"]["amount"], decided["actor"]) == ("case.decided.v1", ASKED - 4, "person-1")


async def test_a_case_answers_the_same_bytes_and_headers_before_and_after_ballots(district: District) -> None:
    await district.with_case()
    for seat in range(1, 7):
        await district.declare(seat)
    readers = [district.secretary, district.auditor, district.hq, district.city_office, *district.members.values()]

    async def seen() -> list[tuple[bytes, list[tuple[str, str]]]]:
        answers = [
            await reader.get(path) for reader in readers for path in (f"/cases/{CASE}", "/cases", "/cases?status=open")
        ]
        return [(a.content, [h for h in a.headers.items() if h[0] != "x-correlation-id"]) for a in answers]

    before = await seen()
    assert all("etag" not in dict(headers) for _, headers in before)
    for seat, vote in ((1, "approve"), (3, "reject"), (5, "abstain")):
        await district.cast(seat, vote=vote, amount=ASKED if vote == "approve" else None)
    assert await seen() == before


async def test_no_receipt_or_refusal_of_a_case_tells_its_version(district: District) -> None:
    await district.with_case()
    receipt = await district.declare(2)
    answer = await district.cast(3)
    assert receipt == answer.json() == {"id": CASE, "status": "open"}
    assert answer.headers["etag"] == '"ballot-3-1"'
    await refused(district.auditor.get(f"/cases/{CASE}/history"), 409, "case_not_decided")


async def test_a_ballot_has_its_own_etag(district: District) -> None:
    await district.with_case()
    path = f"/cases/{CASE}/seats/2/ballot"
    member = district.members[2]
    await district.declare(2)
    await refused(member.get(path), 404, "not_found")
    await refused(member.put(path, BALLOT), 428, "ballot_precondition_required")
    await refused(member.put(path, BALLOT, {"If-Match": '"ballot-2-1"'}), 412, "ballot_changed")
    first = await member.put(path, BALLOT, FIRST)
    other = BALLOT | {"comment": "نظر دوم"}
    await refused(member.put(path, other, FIRST), 412, "ballot_changed")
    await refused(member.put(path, other, {"If-Match": '"3"'}), 412, "ballot_changed")
    assert (await member.put(path, BALLOT, FIRST)).headers["etag"] == first.headers["etag"]  # a repeat
    second = await member.put(path, other, {"If-Match": first.headers["etag"]})
    assert second.headers["etag"] == '"ballot-2-2"'
    own = await member.get(path)
    assert (own.json()["comment"], own.headers["etag"]) == ("نظر دوم", '"ballot-2-2"')
    for reader in (district.members[3], district.secretary, district.auditor, district.operator):
        assert (await reader.get(path)).status_code == 403


async def test_a_faulty_ballot_names_its_fields(district: District) -> None:
    await district.with_case()
    await district.declare(2)
    path = f"/cases/{CASE}/seats/2/ballot"
    bad = {"scores": {"need": 41, "plan": 1, "cost": 20}, "comment": "نظر", "vote": "reject", "amount": 5}
    body = await refused(district.members[2].put(path, bad, FIRST), 422, "ballot_incomplete")
    assert {e["pointer"] for e in body["errors"]} == {"/scores/need", "/comments/plan", "/amount"}
    for wrong in ({"scores": "x"}, {"vote": "maybe"}, {"amount": 1.5}, {"comment": ""}, {"extra": 1}):
        body = await refused(district.members[2].put(path, BALLOT | wrong, FIRST), 422, "invalid_fields")
        assert body["errors"][0]["pointer"].startswith("/" + next(iter(wrong)))


async def test_the_inner_file_is_closed_until_no_conflict_is_declared(district: District) -> None:
    await district.with_case()
    member = district.members[4]
    sealed = await member.get(f"/cases/{CASE}")
    assert sealed.json()["file"] is None
    assert "متن درونی پرونده" not in sealed.text
    await refused(member.put(f"/cases/{CASE}/seats/4/ballot", BALLOT, FIRST), 409, "not_declared")
    await district.declare(4)
    assert (await member.get(f"/cases/{CASE}")).json()["file"]["lessens"] == "متن درونی پرونده"
    await district.declare(4, "family")
    assert (await member.get(f"/cases/{CASE}")).json()["file"] is None
    await refused(member.put(f"/cases/{CASE}/seats/4/ballot", BALLOT, FIRST), 403, "recused_from_case")


async def test_the_secretary_sends_back_before_any_ballot_only(district: District) -> None:
    await district.with_case()
    body = {"fields": [{"pointer": "/budget_lines", "reason": "ریز هزینه‌ها روشن نیست."}]}
    path = f"/cases/{CASE}/request-changes"
    await refused(district.members[1].post(path, body), 403, "forbidden")
    await refused(district.elsewhere.post(path, body), 403, "forbidden")
    await refused(district.secretary.post(path, {"fields": []}), 422, "invalid_fields")
    await district.cast(1)
    await refused(district.secretary.post(path, body), 409, "review_has_begun")


async def test_changes_requested_end_the_case(district: District) -> None:
    await district.with_case()
    body = {"fields": [{"pointer": "/budget_lines", "reason": "ریز هزینه‌ها روشن نیست."}]}
    done_once = await done(district.secretary.post(f"/cases/{CASE}/request-changes", body, key="once"))
    assert done_once["status"] == "changes_requested"
    assert await done(district.secretary.post(f"/cases/{CASE}/request-changes", body, key="once")) == done_once
    other = {"fields": [{"pointer": "/title", "reason": "روشن نیست."}]}
    await refused(
        district.secretary.post(f"/cases/{CASE}/request-changes", other, key="once"), 422, "idempotency_key_reused"
    )
    assert district.stores.events[-1]["data"]["fields"] == body["fields"]


async def test_rule_sets_have_versions_that_everybody_reads(district: District) -> None:
    first = await district.city_office.post("/rule-sets", RULE_SET, key="first")
    assert (first.status_code, first.headers["location"]) == (201, "/rule-sets/mashhad/versions/1")
    assert (await district.city_office.post("/rule-sets", RULE_SET, key="first")).json() == first.json()
    changed = {**RULE_SET, "rules": {**RULE_SET["rules"], "deadline_moves": 2}}  # type: ignore[dict-item]
    await refused(district.city_office.post("/rule-sets", changed, **{"If-Match": '"7"'}), 412, "stale_version")
    second = await done(district.city_office.post("/rule-sets", changed, **{"If-Match": first.headers["etag"]}), 201)
    assert second["version"] == 2
    now = await done(district.nobody.get("/rule-sets/mashhad"))
    assert (now["version"], now["versions"], now["rules"]["deadline_moves"]) == (2, [1, 2], 2)
    old = await done(district.nobody.get("/rule-sets/mashhad/versions/1"))
    assert old["rules"]["deadline_moves"] == 1
    await refused(district.nobody.get("/rule-sets/mashhad/versions/3"), 404, "no_such_version")
    assert (await done(district.nobody.get("/rule-sets")))["total"] == 1
    await refused(district.secretary.post("/rule-sets", RULE_SET), 403, "forbidden")
    typo = {**RULE_SET, "rules": {**RULE_SET["rules"], "quorums": {}}}  # type: ignore[dict-item]
    body = await refused(district.city_office.post("/rule-sets", typo), 422, "invalid_fields")
    assert body["errors"][0]["pointer"] == "/rules/quorums"


async def test_priority_lists_of_city_and_district(district: District) -> None:
    await done(district.hq.post("/priority-lists", {"topics": TOPICS}), 201)
    own = {"district": "7", "topics": TOPICS, "minutes_number": "1405/3"}
    adopted = await done(district.secretary.post("/priority-lists", own), 201)
    assert adopted["id"] == "district:7"
    assert (await done(district.nobody.get("/priority-lists/district:7")))["minutes_number"] == "1405/3"
    assert (await done(district.nobody.get("/priority-lists", district="7")))["total"] == 1
    assert (await done(district.nobody.get("/priority-lists/city/versions/1")))["topics"][0]["weight"] == 30
    body = await refused(
        district.secretary.post("/priority-lists", {"district": "7", "topics": TOPICS}), 422, "invalid_fields"
    )
    assert body["errors"][0]["pointer"] == "/minutes_number"
    await refused(district.elsewhere.post("/priority-lists", own), 403, "forbidden")
    await refused(district.secretary.post("/priority-lists", {"topics": TOPICS}), 403, "forbidden")


async def test_seats_are_filled_for_terms_and_holders_are_public_by_name(district: District) -> None:
    await district.with_group()
    path = "/working-groups/wg-7"
    public = await done(district.nobody.get(path))
    assert (public["status"], public["seats"][1]["name"], public["seats"][1]["holder"]) == ("complete", "عضو 2", None)
    inside = await done(district.city_office.get(path))
    assert inside["seats"][1]["holder"] == "person-2"
    term = {"holder": "person-3", "from": "2026-03-21T00:00:00Z", "until": "2028-03-20T00:00:00Z"}
    await refused(district.city_office.post(f"{path}/seats/2", term), 409, "seat_taken")
    emptied = await done(district.city_office.post(f"{path}/seats/2/empty", {"reason": "استعفا"}))
    assert emptied["status"] == "incomplete"
    await refused(district.city_office.post(f"{path}/seats/2", term), 409, "holds_another_seat")
    await refused(district.city_office.post(f"{path}/seats/9", term), 404, "no_such_seat")
    for odd in ({"from": "0001-01-01T00:00:00+14:00"}, {"until": "9999-12-31T23:59:59-12:00"}):
        await refused(district.city_office.post(f"{path}/seats/2", term | odd), 422, "invalid_fields")
    await refused(district.secretary.post(f"{path}/seats/2", term), 403, "forbidden")
    body = {"district": "7", "rule_set": {"id": "mashhad", "version": 1}}
    await refused(district.city_office.post("/working-groups", body), 409, "working_group_exists")
    assert "person-" not in str([e["data"] for e in district.stores.events if e["type"] == "working_group.changed.v1"])


async def test_who_has_no_business_here_gets_nothing(district: District) -> None:
    await district.with_case()
    await refused(district.nobody.get(f"/cases/{CASE}"), 401, "unauthenticated")
    other_audience = district.person("x", Grant("auditor"), audience="sama-budget")
    await refused(other_audience.get(f"/cases/{CASE}"), 401, "unauthenticated")
    applicant = district.person("applicant", Grant("applicant", None, ORGANIZATION))
    for reader in (applicant, district.operator, district.elsewhere):
        await refused(reader.get(f"/cases/{CASE}"), 403, "forbidden")
        await refused(reader.get(f"/cases/{CASE}/history"), 403, "forbidden")
    await refused(district.elsewhere.get("/cases", district="7"), 403, "forbidden")
    assert (await done(district.elsewhere.get("/cases")))["total"] == 0
    await refused(district.secretary.get("/cases/unknown"), 404, "not_found")
    await refused(
        district.members[3].post(f"/cases/{CASE}/seats/2/declaration", {"conflict": "none"}), 403, "not_your_seat"
    )


async def test_a_case_without_signature_issues_when_the_term_is_over(district: District) -> None:
    await district.with_case()
    for seat in range(1, 7):
        await district.cast(seat)
    district.now += timedelta(seconds=600)
    await district.uses.sweep()
    view = await done(district.secretary.get(f"/cases/{CASE}"))
    assert (view["status"], view["decision"]["signed"]) == ("decided", False)


def _refusals(of: type[Refusal]) -> list[type[Refusal]]:
    return [one for sub in of.__subclasses__() for one in (sub, *_refusals(sub))]


def test_every_refusal_of_review_has_its_texts() -> None:
    catalogue = Catalogue(TEXTS)
    own = [refusal for refusal in _refusals(Refusal) if refusal.__module__.startswith("services.review")]
    assert len(own) > 20
    assert [refusal.code for refusal in own if not catalogue.knows(refusal.code)] == []
