"""The first chapter: one organisation, from a neighbourhood's topic to money committed in its district's book."""

from typing import Any, Final

from ops.demo.example import ExampleDistrict
from ops.demo.generate import Generator, PlannedRequest
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import books, cases, founding, organizations, people, requests
from ops.play.requests import Request

DISTRICT: Final = "samen"
NEIGHBOURHOOD: Final = "نوغان"
AMOUNT: Final = 420_000_000
RECUSED, ABSTAINS, LAST = 3, 4, 6  # seats
VOTERS: Final = (1, 2, 4, 5, 6)
RECOMMENDED: Final = {1: 400_000_000, 2: 420_000_000, 5: 380_000_000, 6: 400_000_000}
REASON: Final = "کارگروه طرح را با اولویت محله هم‌خوان و برنامه را روشن دانست و مبلغ میانهٔ پیشنهادها را تصویب کرد."
SHORT_REASON: Final = "گروه مسجدی ثبت‌نشده است."


async def one_organization(stage: Stage, generator: Generator) -> Request:
    """Play the chapter; returns the request, whose money is committed. Raises WentWrong if anything is not as the rules say."""
    stage.narrator.chapter("One organisation, step by step")
    district = stage.example.districts[DISTRICT]
    await _topic(stage, district)
    request, planned = await _registration(stage, generator, district)
    case = await _submission(stage, request)
    await _ballots(stage, case, request)
    await _decision(stage, case, request, planned)
    return request


async def _topic(stage: Stage, district: ExampleDistrict) -> None:
    tell, topic = stage.narrator, district.own_topic
    tell.step(
        f"The social participation council of the neighbourhood «{NEIGHBOURHOOD}» names an issue of its own: "
        f"«{topic.fa}» ({topic.en}). The secretary of {district.name} enters the district's priority list with the council's minutes."
    )
    await founding.adopt_own_list(stage.sama, DISTRICT, [topic.as_body()], "1405/1")
    shown = (await stage.sama.review.get(f"/priority-lists/district:{DISTRICT}")).body
    tell.seen(f"version {shown['version']} of the district's list is in force, after the city's own three topics.")


async def other_lists(stage: Stage) -> None:
    """Have every other district adopt its own topic, too, so that requests may name it."""
    lists = {
        district.id: district.own_topic for district in stage.example.districts.values() if district.id != DISTRICT
    }
    for number, (district, topic) in enumerate(lists.items(), 2):
        await founding.adopt_own_list(stage.sama, district, [topic.as_body()], f"1405/{number}")
    names = ", ".join(f"«{fa}»" for fa in dict.fromkeys(topic.fa for topic in lists.values()))
    stage.narrator.step(f"The other districts adopt what they put first, too: {names}.")


async def _registration(
    stage: Stage, generator: Generator, district: ExampleDistrict
) -> tuple[Request, PlannedRequest]:
    tell, sama = stage.narrator, stage.sama
    planned = generator.organization(district, "mosque_group", NEIGHBOURHOOD)
    whole = dict(planned.profile)
    profile = {**whole, "no_legal_id_reason": SHORT_REASON}
    tell.step(
        f"«{planned.name}» of «{NEIGHBOURHOOD}» registers. It has no legal id, and says why instead of inventing a number."
    )
    organization = await organizations.register(sama, profile, planned.owner)
    await organizations.submit(sama, organization)
    wish = generator.request(planned, amount=AMOUNT, topic=district.own_topic, fate="approve")
    request = await requests.draft(sama, organization, stage.content(wish))
    problem = await refused(requests.submit(sama, request), "standing_forbids")
    tell.step(
        "Anyone may draft: it writes its request already. Submitting it is refused, because it is not approved yet:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    correction = {"field": "/no_legal_id_reason", "reason": "بفرمایید کدام شورا گروه را معرفی می‌کند."}
    await sama.registry.post(
        f"/organizations/{organization.id}/request-changes", {"corrections": [correction]}, by=organization.registrar
    )
    tell.step(
        "The registrar sends the registration back: the reason must say which council introduces the group. Only that field opens."
    )
    seen = await sama.registry.get(f"/organizations/{organization.id}", by=organization.applicant)
    await sama.registry.patch(
        f"/organizations/{organization.id}",
        {"no_legal_id_reason": whole["no_legal_id_reason"]},
        by=organization.owner,
        version=seen.etag,
    )
    await organizations.submit(sama, organization)
    tell.step("The group corrects the field and submits again.")
    await organizations.verify(sama, organization, whole)
    await organizations.approve(sama, organization)
    seen = await sama.registry.get(f"/organizations/{organization.id}", by=organization.applicant)
    if seen["standing"]["may_submit"]["allowed"] is not True:
        raise WentWrong("The approved organisation may not submit.")
    tell.step(
        "The registrar answers the checklist (identity, licence, purpose, representatives, account) and approves."
    )
    tell.seen("its standing: may submit, be decided, be committed and be paid.")
    return request, wish


async def _submission(stage: Stage, request: Request) -> str:
    tell, sama = stage.narrator, stage.sama
    await requests.submit_when_known(sama, request, stage.waits)
    seen = await requests.read(sama, request)
    tell.step(
        f"Now the request is submitted: «{seen['title']}», {tell.money(AMOUNT)}, «{stage.example.districts[DISTRICT].own_topic.fa}»."
    )
    id = await requests.case_of(sama, request, stage.waits)
    case = (await sama.review.get(f"/cases/{id}", by=people.secretary(DISTRICT))).body
    tell.seen(
        f"a case is open before the working group's {len(case['seats'])} seats; it has frozen version {case['rule_set']['version']} of the "
        f"rules, {case['city_priorities']} of the city's list and {case['district_priorities']} of the district's."
    )
    return id


async def _ballots(stage: Stage, case: str, request: Request) -> None:
    tell, sama = stage.narrator, stage.sama
    member = people.seat_holder(DISTRICT, 2)
    before = (await sama.review.get(f"/cases/{case}", by=member))["file"]
    await cases.declare(
        sama, case, DISTRICT, RECUSED, "recent_joint_work", "سال گذشته با این گروه برنامهٔ مشترک داشته‌ام."
    )
    tell.step(
        f"The expert in seat {RECUSED} declares recent joint work with the group and is out of the case; the base is now five."
    )
    await cases.declare(sama, case, DISTRICT, 2)
    after = (await sama.review.get(f"/cases/{case}", by=member))["file"]
    if before is not None or after is None:
        raise WentWrong("The inner file must be closed before the declaration and open after it.")
    tell.step(
        "The others declare no conflict. Before its declaration the inner file was closed to seat 2; now it is open."
    )
    for seat in VOTERS:
        if seat == LAST:
            await _sealed(stage, case)
        if seat != 2:
            await cases.declare(sama, case, DISTRICT, seat)
        await cases.cast(sama, case, DISTRICT, seat, _form(stage, seat))
    closed = (await sama.review.get(f"/cases/{case}", by=people.secretary(DISTRICT))).body
    tally = closed["result"]["tally"]
    if (closed["status"], tally["approve"], closed["result"]["amount"]) != ("closed", 4, 400_000_000):
        raise WentWrong(f"The case closed with {tally} and {closed['result']['amount']}.")
    tell.step("The last seat votes: the case closes by itself, the ballots are opened and the result is fixed.")
    tell.seen(
        f"{tally['approve']} approve, {tally['abstain']} abstains, {tally['recused']} recused; recommended were "
        + ", ".join(f"{amount // 1_000_000}" for amount in sorted(RECOMMENDED.values()))
        + f" million, the lower median is {tell.money(closed['result']['amount'])}. The applicant is told nothing yet."
    )
    if (await requests.read(sama, request))["amount_approved"] is not None:
        raise WentWrong("The outcome was told before the decision was issued.")


async def _sealed(stage: Stage, case: str) -> None:
    tell, sama = stage.narrator, stage.sama
    seen = (await sama.review.get(f"/cases/{case}", by=people.chair(DISTRICT))).body
    if seen["result"] is not None or seen["version"] is not None:
        raise WentWrong("An open case shows its result or its version.")
    path = f"/cases/{case}/seats/5/ballot"
    problem = await refused(sama.review.get(path, by=people.seat_holder(DISTRICT, 2)), "not_your_seat")
    tell.step(
        "Four have voted. The ballots are sealed: even the chair sees neither votes nor how many there are; "
        "seat 2 asks for seat 5's ballot in vain:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")


def _form(stage: Stage, seat: int) -> dict[str, Any]:
    if seat == ABSTAINS:
        return cases.ballot(stage.criteria, "abstain")
    return cases.ballot(stage.criteria, "approve", amount=RECOMMENDED[seat], percent=70 + 3 * seat)


async def _decision(stage: Stage, case: str, request: Request, planned: PlannedRequest) -> None:
    tell, sama = stage.narrator, stage.sama
    await cases.draft_reason(sama, case, DISTRICT, REASON)
    await cases.sign(sama, case, DISTRICT)
    tell.step(f"The secretary drafts the reason, the chair signs it, and the decision is issued: «{REASON}»")
    seen = await requests.until_status(sama, request, ("reserved",), stage.waits.decision)
    book = await books.read(sama, stage.book(DISTRICT))
    tell.step(f"The district's book reserves the money by itself: {tell.money(seen['amount_reserved'])}.")
    tell.seen(_balance(stage, book["balance"]))
    await requests.accept(sama, request)
    seen = await requests.until_status(sama, request, ("in_progress",), stage.waits.commitment)
    book = await books.read(sama, stage.book(DISTRICT))
    asked, approved = planned.amount, seen["amount_approved"]
    if (approved, seen["amount_committed"], book["balance"]["committed"]) != (400_000_000,) * 3:
        raise WentWrong("The committed amount is not the approved one.")
    tell.step(
        f"The group accepts the award; the reservation becomes a commitment. Asked {tell.money(asked)}, committed {tell.money(approved)}."
    )
    tell.seen(_balance(stage, book["balance"]))


def _balance(stage: Stage, balance: dict[str, int]) -> str:
    parts = ", ".join(f"{name} {balance[name]:,}" for name in ("allotted", "available", "reserved", "committed"))
    return f"book {stage.book(DISTRICT)}: {parts}"
