"""The neighbourhoods speak: a council, its concerns, the order of topics that follows, an obstacle and a meeting's minutes."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.demo.stage import Stage, WentWrong
from ops.play import people

DISTRICT: Final = "1"
PLACE: Final = "sajjad"
COUNCIL_NAME: Final = "شورای مشارکت‌های اجتماعی محلهٔ سجاد"
QUESTION: Final = "چرا سالن فرهنگ‌سرا فقط در ساعت اداری در اختیار تشکل‌ها است؟"
ANSWER: Final = "از این پس سالن در روزهای تعطیل هم در اختیار تشکل‌ها است."


async def neighbourhoods(stage: Stage) -> None:
    """Play the chapter."""
    stage.narrator.chapter("The neighbourhoods speak")
    await _council(stage)
    await _concerns(stage)
    await _obstacle(stage)
    await _meeting(stage)


async def _council(stage: Stage) -> None:
    tell, sama = stage.narrator, stage.sama
    body = {"district": DISTRICT, "neighbourhood": PLACE, "names": {"fa": COUNCIL_NAME}}
    made = await sama.review.post("/councils", body, by=people.CITY_OFFICE)
    member = {"holder": people.council_member(DISTRICT).subject, **stage.example.plan.seat_term}
    await sama.review.post(f"/councils/{made['id']}/members", member, by=people.CITY_OFFICE)
    tell.step(f"The city office sets up the «{COUNCIL_NAME}» and appoints its members for their term.")


async def _concerns(stage: Stage) -> None:
    tell, sama, member = stage.narrator, stage.sama, people.council_member(DISTRICT)
    own = stage.example.districts[DISTRICT].own_topic
    for severity in (3, 5):
        body = {
            "district": DISTRICT,
            "neighbourhood": PLACE,
            "topic": own.id,
            "severity": severity,
            "evidence": "در گشت‌های هفتگی شورا دیده شد.",
        }
        made = await sama.review.post("/concerns", body, by=member)
    await sama.review.post(f"/concerns/{made['id']}/monitor", {"reason": "گشت هفتگی ادامه دارد."}, by=member)
    drawn = await sama.review.post("/priority-proposals", {"district": DISTRICT}, by=people.secretary(DISTRICT))
    shown = (await sama.review.get(f"/priority-proposals/{drawn['id']}")).body
    first = shown["topics"][0]
    if first["topic"] != own.id:
        raise WentWrong(
            f"The most severe concerns were about {own.id}, the proposed order begins with {first['topic']}."
        )
    adopted = {
        "district": DISTRICT,
        "topics": [own.as_body()],
        "minutes_number": "1405/21",
        "proposal": drawn["id"],
    }
    await sama.review.post("/priority-lists", adopted, by=people.secretary(DISTRICT))
    tell.step(
        f"The council reports two concerns about «{own.fa}» and looks after one. The roll-up of the district's concerns proposes an "
        f"order of topics, led by «{own.fa}»; the district adopts its list from it."
    )


async def _obstacle(stage: Stage) -> None:
    tell, sama = stage.narrator, stage.sama
    body = {"district": DISTRICT, "question": QUESTION}
    made = await sama.review.post("/obstacles", body, by=people.council_member(DISTRICT))
    path = f"/obstacles/{made['id']}"
    office = {"office": "ادارهٔ فرهنگی منطقه", "role": "secretary"}
    await sama.review.post(f"{path}/assign", office, by=people.CITY_OFFICE)
    await sama.review.post(f"{path}/answer", {"answer": ANSWER}, by=people.secretary(DISTRICT))
    tell.step(f"An obstacle to participation is reported («{QUESTION}»), given to an office and answered in time:")
    tell.seen(f"«{(await sama.review.get(path)).body['answer']}»")


async def _meeting(stage: Stage) -> None:
    tell, sama, secretary = stage.narrator, stage.sama, people.secretary(DISTRICT)
    begun = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    agenda: list[dict[str, Any]] = [{"title": "گزارش دبیر"}, {"title": "مسئله‌های اولویت‌دار محله‌ها"}]
    body = {"district": DISTRICT, "starts_at": begun, "place": "سالن جلسات منطقه", "agenda": agenda}
    made = await sama.review.post("/meetings", body, by=secretary)
    path = f"/meetings/{made['id']}"
    await sama.review.post(f"{path}/attendance", {"seats": [1, 2, 3, 5]}, by=secretary)
    minutes = {"number": "1405/21", "date": "2026-11-20", "text": "گزارش دبیر شنیده و فهرست اولویت‌ها بررسی شد."}
    drafted = await sama.review.post(f"{path}/minutes", minutes, by=secretary)
    await sama.review.post(f"{path}/minutes/adopt", {"edition": drafted["edition"]}, by=people.chair(DISTRICT))
    shown = (await sama.review.get(path)).body
    tell.step(
        f"The working group meets; the chair adopts the minutes {shown['minutes']['number']}. The public sees number, date and agenda."
    )
