"""The budget's HTTP API over fakes: commands of the city office, public reads, downloads that verify (BUD-1 to BUD-5, BUD-10)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from ops.verify.books import verify_book, verify_city
from services.budget.domain.commands import ReceiveAllotment
from services.budget.inbound.events import subscribe
from services.budget.inbound.http import router
from services.budget.inbound.texts import TEXTS
from services.budget.outbound.writer import Journal
from services.budget.usecases import UseCases
from shared.messaging.subscriptions import Subscriptions
from shared.storage.ports import Unavailable
from shared.web.app import WebParts, build_app
from shared.web.caller import Caller, Grant
from shared.web.problems import Unauthenticated
from tests.fakes.journal import Meddling, MemoryEntries
from tests.fakes.storage import MemoryCopies
from tests.unit.budget.build import Clock, decided, enveloped, no_wait, standing

YEAR = {"fiscal_year": "1405"}
DISTRICT_BOOK = {**YEAR, "currency": "IRR", "district": "7"}
APPROPRIATION = {
    **YEAR,
    "amount": 50_000_000_000,
    "approval_number": "5/1405/218",
    "approved_on": "2026-04-11",
    "budget_code": "30104",
}


class Tokens:
    """Verifies a token that is a role and nothing else; signatures are tested in tests/unit/web."""

    async def caller(self, authorization: str | None) -> Caller:
        if not authorization:
            raise Unauthenticated("no token")
        role = authorization.removeprefix("Bearer ")
        return Caller(f"person-{role}", (Grant(role),))


class Api:
    """The application over fakes and a client that signs in as the city office."""

    def __init__(self) -> None:
        self.entries = Meddling(MemoryEntries())
        self.journal = Journal(self.entries, Clock(), wait=no_wait)
        self.uses = UseCases(
            journal=self.journal,
            entries=self.entries,
            standings=MemoryCopies("standings"),
            stops=MemoryCopies("payment_stops"),
            calls=MemoryCopies("decided_calls"),
            clock=Clock(),
        )
        self.app = build_app(
            WebParts(
                name="budget",
                summary="",
                routers=[router(self.uses)],
                texts=TEXTS,
                verifier=Tokens(),  # type: ignore[arg-type]
                lifespan=_nothing,
                problems=_no_problems,
            )
        )
        transport = httpx.ASGITransport(app=self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://budget")
        self._keys = 0

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        role: str = "city_office",
        language: str = "en",
    ) -> httpx.Response:
        self._keys += 1
        headers = {
            "Authorization": f"Bearer {role}",
            "Idempotency-Key": key or f"key-{self._keys}",
            "Accept-Language": language,
        }
        return await self.client.post(path, json=body, headers=headers)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def approve(self, request: str, amount: int) -> None:
        data = decided(request, amount)
        await self.uses.following.on_case_decided(data, enveloped(data))


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


async def _no_problems() -> list[str]:
    return []


@pytest_asyncio.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    async with api.client:
        yield api


@pytest_asyncio.fixture
async def opened(api: Api) -> Api:
    """The city's book with 50 billion, and the books of two districts."""
    for body in ({**YEAR, "currency": "IRR"}, DISTRICT_BOOK, {**DISTRICT_BOOK, "district": "samen"}):
        assert (await api.post("/books", body)).status_code == 201
    assert (await api.post("/appropriations", APPROPRIATION)).status_code == 201
    return api


# ---------------------------------------------------------------- commands


async def test_a_book_is_opened_with_its_terms(api: Api) -> None:
    answer = await api.post("/books", {**DISTRICT_BOOK, "waiting_rule": "first_fit", "max_skips": 5})
    assert answer.status_code == 201
    assert answer.json() == {"id": "district:7/1405", "status": "open", "version": 1}
    assert answer.headers["location"] == "/books/district:7/1405"
    book = await api.get("/books/district:7/1405")
    assert (book["currency"], book["waiting_rule"], book["max_skips"], book["seq"]) == ("IRR", "first_fit", 5, 1)


async def test_first_fit_is_the_default_and_the_citys_book_has_no_rule(opened: Api) -> None:
    assert (await opened.get("/books/district:7/1405"))["waiting_rule"] == "first_fit"
    assert (await opened.get("/books/city/1405"))["waiting_rule"] is None


async def test_a_book_is_opened_once(opened: Api) -> None:
    answer = await opened.post("/books", {**DISTRICT_BOOK, "waiting_rule": "strict"})
    assert (answer.status_code, answer.json()["code"]) == (409, "book_exists")
    assert (await opened.get("/books/district:7/1405"))["seq"] == 1


async def test_one_district_gets_what_it_is_allotted(opened: Api) -> None:
    answer = await opened.post("/allotments", {**YEAR, "district": "7", "amount": 300, "currency": "IRR"})
    assert answer.status_code == 201
    assert answer.json()["shares"][0]["amount"] == 300
    city = (await opened.get("/books/city/1405"))["balance"]
    assert city == {"appropriated": 50_000_000_000, "unallotted": 49_999_999_700, "allotted": 300}
    district = (await opened.get("/books/district:7/1405"))["balance"]
    assert (district["allotted"], district["available"]) == (300, 300)


async def test_a_split_by_weights_shows_shares_and_remainder(opened: Api) -> None:
    """BUD-4."""
    districts = [{"district": "samen", "order": 13}, {"district": "7", "order": 7}]
    answer = (await opened.post("/allotments", {**YEAR, "amount": 101, "districts": districts})).json()
    assert [(share["district"], share["amount"]) for share in answer["shares"]] == [("7", 51), ("samen", 50)]
    assert (answer["remainder"], answer["amount"], answer["currency"]) == (1, 101, "IRR")
    assert (await opened.get("/books/district:samen/1405"))["balance"]["available"] == 50


async def test_more_than_is_unallotted_is_refused_and_nothing_is_allotted(opened: Api) -> None:
    """BUD-2."""
    answer = await opened.post("/allotments", {**YEAR, "district": "7", "amount": 50_000_000_001})
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_unallotted")
    assert answer.json()["params"]["unallotted"] == 50_000_000_000
    assert (await opened.get("/books/city/1405"))["seq"] == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/books", {**DISTRICT_BOOK, "district": "9"}),
        ("/appropriations", APPROPRIATION),
        ("/allotments", {**YEAR, "amount": 100, "districts": [{"district": "7"}, {"district": "samen"}]}),
    ],
)
async def test_a_repeat_with_the_same_key_gets_the_first_answer_and_another_body_is_422(
    opened: Api, path: str, body: dict[str, Any]
) -> None:
    """F13."""
    first = await opened.post(path, body, key="once")
    await opened.approve("r", 10)
    again = await opened.post(path, body, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await opened.post(path, {**body, "fiscal_year": "1406"}, key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await opened.post("/books", {**YEAR, "currency": "EUR", "district": "x"}, key="once")
    assert elsewhere.status_code == 422
    stranger = await opened.post("/books", {**YEAR, "currency": "EUR", "district": "y"}, key="once", role="hq")
    assert stranger.status_code == 403


async def test_two_books_with_one_key_at_once_open_one_of_them(api: Api) -> None:
    bodies = [{**DISTRICT_BOOK, "district": district} for district in ("1", "2")]
    answers = await asyncio.gather(*(api.post("/books", body, key="once") for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert (await api.get("/books"))["total"] == 1


@pytest.mark.parametrize("role", ["applicant", "hq", "treasurer", "secretary", "auditor", "operator"])
async def test_only_the_city_office_moves_money(opened: Api, role: str) -> None:
    before = await opened.get("/books/city/1405")
    calls: dict[str, dict[str, Any]] = {
        "/books": {**YEAR, "currency": "IRR", "district": "9"},
        "/appropriations": APPROPRIATION,
        "/allotments": {**YEAR, "district": "7", "amount": 1},
    }
    for path, body in calls.items():
        answer = await opened.post(path, body, role=role)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await opened.client.post("/books", json=DISTRICT_BOOK, headers={"Idempotency-Key": "k"})).status_code == 401
    assert await opened.get("/books/city/1405") == before


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("/books", {"waiting_rule": "strict"}, "/waiting_rule", "rule_is_for_districts"),
    ("/books", {"district": "9", "waiting_rule": "strict", "max_skips": 1}, "/max_skips", "max_skips_needs_first_fit"),
    ("/books", {"district": "Nine!"}, "/district", "string_pattern_mismatch"),
    ("/books", {"currency": "rial"}, "/currency", "string_pattern_mismatch"),
    ("/appropriations", {"amount": 0}, "/amount", "greater_than_equal"),
    ("/appropriations", {"amount": "100"}, "/amount", "int_type"),
    ("/appropriations", {"amount": 2**63}, "/amount", "less_than_equal"),
    ("/appropriations", {"approved_on": "farvardin"}, "/approved_on", "date_from_datetime_parsing"),
    ("/appropriations", {"approval_number": "   "}, "/approval_number", "string_too_short"),
    ("/appropriations", {"surprise": 1}, "/surprise", "extra_forbidden"),
    ("/allotments", {"amount": 1}, "/districts", "one_of_district_or_districts"),
    ("/allotments", {"amount": 1, "district": "7", "districts": [{"district": "7"}]}, "/districts", "one_of_district_or_districts"),
    ("/allotments", {"amount": 1, "districts": [{"district": "7"}, {"district": "7"}]}, "/districts/1/district", "duplicate_district"),
    ("/allotments", {"amount": 1, "districts": [{"district": "7", "weight": 0}]}, "/districts/0/weight", "greater_than_equal"),
]  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "/books": {**YEAR, "currency": "IRR"},
    "/appropriations": APPROPRIATION,
    "/allotments": YEAR,
}


@pytest.mark.parametrize(("path", "change", "pointer", "code"), BAD)
async def test_a_wrong_field_is_named_and_nothing_changes(
    api: Api, path: str, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await api.post(path, {**GOOD[path], **change}, language="fa")
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert "مقدار درست نیست." not in error["message"] or code in ("string_pattern_mismatch",)
    assert (await api.get("/books"))["total"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/appropriations", {**APPROPRIATION, "fiscal_year": "1406"}, 404, "book_not_found"),
        ("/appropriations", {**APPROPRIATION, "currency": "EUR"}, 409, "currency_differs"),
        ("/appropriations", {**APPROPRIATION, "amount": 2**63 - 1}, 409, "amount_too_large"),
        ("/allotments", {**YEAR, "district": "9", "amount": 1}, 404, "book_not_found"),
        ("/allotments", {**YEAR, "district": "7", "amount": 1, "currency": "EUR"}, 409, "currency_differs"),
    ],
)
async def test_what_the_books_do_not_allow_is_said(
    opened: Api, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await opened.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "{" not in answer.json()["title"], "the text is filled"
    assert (await opened.get("/books/city/1405"))["seq"] == 2


async def test_an_allotment_that_a_crash_stopped_halfway_is_delivered_by_the_sweep(opened: Api) -> None:
    submit = opened.journal.submit

    async def stopped(command: Any, cause: Any) -> Any:
        if isinstance(command, ReceiveAllotment):
            raise Unavailable("away just now")
        return await submit(command, cause)

    opened.journal.submit = stopped  # type: ignore[method-assign]
    answer = await opened.post("/allotments", {**YEAR, "district": "7", "amount": 300})
    assert answer.status_code == 201, "the money has left the city's book: it is done"
    assert (await opened.get("/books/district:7/1405"))["balance"]["available"] == 0
    opened.journal.submit = submit  # type: ignore[method-assign]
    assert await opened.uses.sweep() == 1
    assert (await opened.get("/books/district:7/1405"))["balance"]["available"] == 300


# ---------------------------------------------------------------- reads


async def test_books_are_listed_city_first_filtered_and_paged_without_a_token(opened: Api) -> None:
    listed = await opened.get("/books")
    assert [book["id"] for book in listed["items"]] == ["city/1405", "district:7/1405", "district:samen/1405"]
    assert (await opened.get("/books", district="samen"))["total"] == 1
    assert (await opened.get("/books", fiscal_year="1404"))["items"] == []
    page = await opened.get("/books", limit=2)
    rest = await opened.get("/books", limit=2, cursor=page["next"])
    assert ([b["id"] for b in rest["items"]], rest["next"], rest["total"]) == (["district:samen/1405"], None, 3)


async def test_the_waiting_list_is_public_and_in_order(opened: Api) -> None:
    """BUD-5."""
    for request, amount in (("r", 50), ("s", 30)):
        await opened.approve(request, amount)
    listed = await opened.get("/books/district:7/1405/waiting")
    assert [(w["place"], w["request"], w["amount"], w["paused"]) for w in listed["items"]] == [
        (1, "r", 50, False),
        (2, "s", 30, False),
    ]
    assert (listed["total"], listed["currency"], listed["waiting_rule"]) == (2, "IRR", "first_fit")
    page = await opened.get("/books/district:7/1405/waiting", limit=1)
    rest = await opened.get("/books/district:7/1405/waiting", limit=1, cursor=page["next"])
    assert ([w["request"] for w in rest["items"]], rest["next"]) == (["s"], None)


async def test_entries_are_paged_and_name_no_person(opened: Api) -> None:
    await opened.post("/allotments", {**YEAR, "district": "7", "amount": 300})
    await opened.approve("r", 50)
    page = await opened.get("/books/district:7/1405/entries", limit=2)
    rest = await opened.get("/books/district:7/1405/entries", after_seq=page["next"], limit=2)
    kinds = [entry["kind"] for entry in [*page["items"], *rest["items"]]]
    assert (kinds, rest["next"], rest["total"]) == (["opening", "allotment_in", "reservation_made"], None, 3)
    assert rest["items"][0]["amount"] == 50
    assert rest["items"][0]["currency"] == "IRR"
    assert "person-" not in str(page) + str(rest)
    assert "private" not in rest["items"][0]


@pytest.mark.parametrize("how", [{"params": {"format": "jsonl"}}, {"headers": {"Accept": "application/jsonl"}}])
async def test_a_downloaded_book_verifies_and_its_head_is_the_published_one(opened: Api, how: dict[str, Any]) -> None:
    """BUD-10."""
    await opened.post("/allotments", {**YEAR, "amount": 600, "districts": [{"district": "7"}, {"district": "samen"}]})
    for n in range(450):
        await opened.approve(f"r{n}", 1)
    reports = []
    for book in ("city/1405", "district:7/1405", "district:samen/1405"):
        answer = await opened.client.get(f"/books/{book}/entries", **how)
        assert answer.headers["content-type"] == "application/jsonl"
        assert "person-" not in answer.text
        head = await opened.get(f"/books/{book}/head")
        report = verify_book(answer.text.splitlines(), head=(head["seq"], head["hash"]))
        assert report.ok, str(report.violation)
        reports.append(report)
    assert verify_city(reports) == []
    assert (reports[1].entries, len(reports[1].waiting)) == (452, 150)


@pytest.mark.parametrize("path", ["", "/entries", "/waiting", "/head", "/entries?format=jsonl"])
async def test_an_unknown_book_is_404_and_an_impossible_id_422(opened: Api, path: str) -> None:
    assert (await opened.client.get(f"/books/district:99/1405{path}")).status_code == 404
    assert (await opened.client.get(f"/books/county:1/1405{path}")).status_code == 422
    assert "district:99/1405" not in opened.journal._lines  # asked for by anyone, remembered for nobody


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "Wy0xXQ", "W3RydWVd"])
async def test_a_made_up_cursor_is_refused(opened: Api, cursor: str) -> None:
    for path in ("/books", "/books/district:7/1405/waiting"):
        assert (await opened.client.get(path, params={"cursor": cursor})).status_code == 422


async def test_a_year_named_like_a_part_of_a_book_is_still_a_year(api: Api) -> None:
    await api.post("/books", {"fiscal_year": "entries", "currency": "IRR"})
    assert (await api.get("/books/city/entries"))["id"] == "city/entries"
    assert (await api.get("/books/city/entries/entries"))["total"] == 1


async def test_a_paused_waiter_is_shown_as_paused(opened: Api) -> None:
    suspended = standing("org-r", allowed=False)
    await opened.uses.following.on_standing_changed(suspended, enveloped(suspended, 4))
    await opened.approve("r", 50)
    (waiter,) = (await opened.get("/books/district:7/1405/waiting"))["items"]
    assert waiter["paused"]


def test_it_listens_with_one_active_consumer_per_queue_and_a_prefetch_of_128() -> None:
    subscriptions = Subscriptions("budget")
    subscribe(subscriptions, Api().uses)
    assert [(edge.queue, edge.prefetch, edge.single_active) for edge in subscriptions.edges] == [
        ("budget.registry", 128, True),
        ("budget.requests", 128, True),
        ("budget.review", 128, True),
    ]


def test_every_refusal_has_its_text_in_both_languages() -> None:
    from services.budget.domain import refusals
    from shared.contracts.refusals import Refusal

    codes = {
        value.code
        for value in vars(refusals).values()
        if isinstance(value, type) and issubclass(value, Refusal) and value is not Refusal
    }
    assert codes <= set(TEXTS)
    assert all(fa and en for fa, en in TEXTS.values())
