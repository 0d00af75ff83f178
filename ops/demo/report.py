"""What the demo prints at its end, read from the services: per district, the waiting lists, the books' heads, the verification."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rich.table import Table

from ops.demo.stage import Stage
from ops.play import books, people
from ops.play.verifying import Verified, verify_all
from shared.contracts.ids import city_book

WAITERS_SHOWN: Final = 3  # of each list: enough to see the order; the API has all
VIOLATIONS_SHOWN: Final = 20
COLUMNS: Final = ("requests", "approved", "rejected", "waiting", "allotted", "committed", "available")


@dataclass
class Line:
    """One district's numbers."""

    requests: int = 0
    approved: int = 0
    rejected: int = 0
    waiting: int = 0
    allotted: int = 0
    committed: int = 0
    available: int = 0
    funded: int = 0


@dataclass
class Report:
    """Everything that is printed."""

    lines: dict[str, Line]
    organizations: int
    no_quorum_moves: int
    verified: Verified
    statuses: dict[str, int] = field(default_factory=dict)
    """Requests by status, drafts left out."""
    standings: dict[str, int] = field(default_factory=dict)
    """Organisations by status."""
    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def total(self, column: str) -> int:
        """Return the sum of a column."""
        return sum(getattr(line, column) for line in self.lines.values())

    def as_json(self, currency: str, seconds: float) -> dict[str, Any]:
        """Return the demo's last line."""
        return {
            "districts": len(self.lines),
            "organizations": self.organizations,
            "requests": self.total("requests"),
            "approved": self.total("approved"),
            "rejected": self.total("rejected"),
            "no_quorum_moves": self.no_quorum_moves,
            "funded": self.total("funded"),
            "waiting": self.total("waiting"),
            "allotted": self.total("allotted"),
            "committed": self.total("committed"),
            "currency": currency,
            "books_verified": self.verified.books,
            "violations": len(self.verified.violations),
            "seconds": round(seconds, 1),
        }


async def gather_report(stage: Stage) -> Report:
    """Read everything through the APIs, download and verify every book, and verify the databases."""
    sama = stage.sama
    lines = {district: Line() for district in stage.example.districts}
    titles: dict[str, str] = {}
    statuses: Counter[str] = Counter()
    async for request in sama.requests.items("/requests", by=people.AUDITOR):
        if request["revision"]:  # a draft is not a request yet
            lines[request["district"]].requests += 1
            titles[request["id"]] = request["title"]
            statuses[request["status"]] += 1
    moves = 0
    async for case in sama.review.items("/cases", by=people.AUDITOR):
        moves += case["deadline_moves"]
        if case["status"] == "decided":
            line = lines[case["district"]]
            if case["result"]["outcome"] == "approved":
                line.approved += 1
            else:
                line.rejected += 1
    organizations = sama.registry.items("/organizations", by=people.AUDITOR)
    standings = Counter([organization["status"] async for organization in organizations])
    verified = await verify_all(sama, stage.stack, stage.example.year)
    report = Report(lines, standings.total(), moves, verified, dict(statuses), dict(standings), titles=titles)
    await _read_books(stage, report)
    return report


async def _read_books(stage: Stage, report: Report) -> None:
    shown = await books.read_all(stage.sama, stage.example.year)
    for district, line in report.lines.items():
        id = stage.book(district)
        balance: Mapping[str, int] = shown[id]["balance"]
        line.waiting, line.funded = shown[id]["waiting"], report.verified.downloaded.commitments(id)
        line.allotted, line.committed, line.available = (
            balance[part] for part in ("allotted", "committed", "available")
        )
        report.waiting[district] = await books.waiting_list(stage.sama, id)


def show(stage: Stage, report: Report) -> None:
    """Print the report."""
    tell = stage.narrator
    tell.chapter("What became of it")
    table = Table(title=f"Mashhad {stage.example.year}, amounts in rials ({stage.example.currency})")
    table.add_column("district", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for district, line in report.lines.items():
        names = stage.example.districts[district]
        table.add_row(names.name, *(f"{getattr(line, column):,}" for column in COLUMNS))
    table.add_section()
    table.add_row("all", *(f"{report.total(column):,}" for column in COLUMNS))
    tell.console.print(table)
    tell.say("Requests by status: " + _counted(report.statuses))
    tell.say("Organisations by standing: " + _counted(report.standings))
    _show_waiting(stage, report)
    _show_heads(stage, report)
    _show_verification(stage, report)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in sorted(counts.items()))


def _show_waiting(stage: Stage, report: Report) -> None:
    tell = stage.narrator
    tell.say(
        f"\nWaiting lists (the first {WAITERS_SHOWN} of each; a list is served in its order whenever money comes):"
    )
    for district, waiting in report.waiting.items():
        if not waiting:
            continue
        tell.say(f"  {stage.example.districts[district].name}: {len(waiting)} wait")
        for waiter in waiting[:WAITERS_SHOWN]:
            paused = " (paused: its organisation is suspended)" if waiter["paused"] else ""
            tell.say(
                f"    {waiter['place']:>2}. {tell.money(waiter['amount'])}  «{report.titles.get(waiter['request'], '')}»{paused}"
            )


def _show_heads(stage: Stage, report: Report) -> None:
    tell = stage.narrator
    tell.say("\nHeads of the books' hash chains (note them down elsewhere, and a rewritten book is found out):")
    for book in (city_book(stage.example.year), *map(stage.book, report.lines)):
        read = report.verified.downloaded.reports[book]
        tell.say(f"  {book:<22} {read.entries:>4} entries  {read.head}")
    city = report.verified.downloaded.reports[city_book(stage.example.year)].balances
    tell.say(
        f"\nThe city appropriated {tell.money(city['appropriated'])}: {tell.money(city['allotted'])} allotted, "
        f"{tell.money(city['unallotted'])} unallotted."
    )


def _show_verification(stage: Stage, report: Report) -> None:
    tell, verified = stage.narrator, report.verified
    tell.say(
        f"Verified: {verified.books} books downloaded and checked from hash to waiting rule, {verified.entries:,} entries and "
        f"{verified.cases} cases in the databases: {len(verified.violations)} violations (I1, I2, I3, I6, I8)."
    )
    for violation in list(verified.violations)[:VIOLATIONS_SHOWN]:
        tell.say(f"VIOLATION {violation}")
