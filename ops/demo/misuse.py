"""The third chapter: a suspended organisation is stopped, and a changed book is found out."""

import json
from pathlib import Path
from typing import Final

from ops.demo.generate import Generator
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import books, organizations, requests
from ops.play.waiting import Patience
from ops.verify.books import verify_book

DISTRICT: Final = "7"
BOOK_OF: Final = "samen"
REASON: Final = "گزارش‌های مالی سال پیش هنوز تحویل نشده است."
CHANGED: Final = "commitment_made"


async def suspended(stage: Stage, generator: Generator) -> None:
    """Show that a suspended organisation cannot submit and is told its standing."""
    tell, sama = stage.narrator, stage.sama
    district = stage.example.districts[DISTRICT]
    tell.chapter("A suspended organisation")
    planned = generator.request(generator.organization(district))
    request = await stage.draft(planned)
    organization = request.organization
    await organizations.decide(sama, organization, "suspend", REASON)
    tell.step(
        f"«{organization.name}» of {district.name} is approved and has drafted a request. The registrar suspends it: «{REASON}»"
    )
    problem = await stage_refusal(stage, request)
    tell.step("It tries to submit the request:")
    tell.seen(f"{problem['status']} {problem['code']}: {problem['title']}")
    tell.seen(f"its standing: {problem['organization_status']}, because of {problem['reasons']}")


async def stage_refusal(stage: Stage, request: requests.Request) -> dict[str, str]:
    """Wait until the suspension has reached the requests service and return the refusal of a submission."""

    async def known() -> dict[str, str] | None:
        problem = await refused(requests.submit(stage.sama, request), "standing_forbids")
        if problem.params.get("organization_status") != "suspended":
            return None  # the approval has not even arrived yet
        return {
            "status": str(problem.status),
            "code": problem.code,
            "title": problem.title,
            "organization_status": str(problem.params["organization_status"]),
            "reasons": str(problem.params["reasons"]),
        }

    async def look() -> dict[str, str] | None:
        seen = await stage.sama.registry.get(
            f"/organizations/{request.organization.id}", by=request.organization.applicant
        )
        return await known() if seen["status"] == "suspended" else None

    return await Patience(60).until(look, "the suspension reaching the requests service")


async def changed_book(stage: Stage, folder: Path) -> None:
    """Show that a changed entry in a copy of a downloaded book is named by the verifier."""
    tell, book = stage.narrator, stage.book(BOOK_OF)
    tell.chapter("A changed book")
    lines = (await books.download(stage.sama, book)).decode().splitlines()
    copy = folder / f"{book.replace(':', '-').replace('/', '-')}.jsonl"
    good = verify_book(lines)
    tell.step(
        f"Anyone downloads the book {book} ({len(lines)} entries) and verifies it: {'no violation' if good.ok else good.violation}."
    )
    entries = [json.loads(line) for line in lines]
    place = next(n for n, entry in enumerate(entries) if entry["kind"] == CHANGED)
    before = entries[place]["amount"]
    entries[place]["amount"] = str(int(before) // 2)
    copy.write_text("\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries) + "\n", encoding="utf-8")
    bad = verify_book(copy.read_text(encoding="utf-8").splitlines())
    if not good.ok or bad.violation is None or bad.violation.entry != entries[place]["_id"]:
        raise WentWrong(f"The verifier did not name the changed entry: {bad.violation}")
    tell.step(
        f"In a copy somebody halves the amount of one commitment: {int(before):,} becomes {int(before) // 2:,}. "
        f"`sama verify --book {book} --entries {copy.name}` names the entry:"
    )
    tell.seen(f"WRONG: {bad.violation}")
