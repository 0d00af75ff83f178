"""A ranked call through the HTTP API (BUD-5)."""

from tests.component.test_budget_http import YEAR, Api, api, opened  # noqa: F401
from tests.unit.budget.build import decided, enveloped


async def test_the_office_ranks_a_call_and_the_list_shows_who_waits_for_it(opened: Api) -> None:  # noqa: F811
    await opened.post("/allotments", {**YEAR, "district": "7", "amount": 50})
    for request, score in (("a", 100), ("b", 9000)):
        data = decided(request, 40, waiting_rule="ranked", mean_score_hundredths=score)
        await opened.uses.following.on_case_decided(data, enveloped(data))
    shown = (await opened.get("/books/district:7/1405/waiting"))["items"]
    assert [(w["request"], w["unranked"]) for w in shown] == [("a", True), ("b", True)]
    answer = await opened.post("/books/district:7/1405/rankings", {"programme": "p"}, key="r")
    assert (answer.status_code, answer.json()["order"]) == (201, ["b", "a"])
    again = await opened.post("/books/district:7/1405/rankings", {"programme": "p"}, key="r")
    assert again.json() == answer.json()
    assert (await opened.post("/books/district:7/1405/rankings", {"programme": "p"})).json()["code"] == "already_ranked"
    shown = (await opened.get("/books/district:7/1405/waiting"))["items"]
    assert [(w["request"], w["unranked"]) for w in shown] == [("a", False)]
