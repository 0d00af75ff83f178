"""The tables of docs/scaling.md, made of costs.json: everything between the marks is rewritten."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.capacity.cities import COPIES, DEMANDS, Need, limits, need
from bench.capacity.costs import Costs
from ops.local.places import ROOT

PAGE: Final = ROOT / "docs" / "scaling.md"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def measured(costs: Costs) -> str:
    """Where and how it was measured."""
    versions = ", ".join(f"{name} {number}" for name, number in costs.versions.items())
    return f"Measured on {costs.machine}; {versions}. {costs.request.per_second:.1f} requests/s with everything on that machine."


def a_request(costs: Costs) -> str:
    """What one request costs."""
    services = costs.request.services
    rows = [
        [
            name,
            f"{1000 * part.processor:.0f}",
            f"{part.calls:.0f}",
            f"{part.reads:.0f}",
            f"{part.writes:.0f}",
            f"{part.taken:.0f}",
            f"{part.published:.0f}",
            f"{part.stored / 1000:.1f}",
            f"{part.answered / 1000:.1f}",
            f"{part.sent / 1000:.1f}",
        ]
        for name, part in services.items()
    ]
    rows.append(["database", f"{1000 * costs.request.database:.0f}", *[""] * 8])
    rows.append(["broker", f"{1000 * costs.request.broker:.0f}", *[""] * 8])
    head = [
        "",
        "processor, ms",
        "calls",
        "reads",
        "writes",
        "events taken",
        "announced",
        "stored, kB",
        "answered, kB",
        "sent, kB",
    ]
    return table(head, rows)


def cities(costs: Costs) -> str:
    """What 1, 100 and 1,400 cities need."""
    needs = [need(costs, demand) for demand in DEMANDS]
    lines: list[tuple[str, Callable[[int], str]]] = [
        ("requests a year", lambda n: f"{needs[n].demand.per_year:,}"),
        ("requests/s in the fullest hour", lambda n: _short(needs[n].demand.per_second)),
        ("HTTP calls/s", lambda n: _short(needs[n].calls_per_second)),
        ("events/s", lambda n: _short(needs[n].messages_per_second)),
        ("database commands/s", lambda n: _short(needs[n].commands_per_second)),
        ("entries/s of one book", lambda n: f"{needs[n].book_entries_per_second:.4f}"),
        *((f"replicas of {name}", _replicas(needs, name)) for name in costs.request.services),
        ("cores of the database", lambda n: _short(needs[n].database)),
        ("cores of the broker", lambda n: _short(needs[n].broker)),
        (f"database disk, GB a year, {COPIES} copies", lambda n: _short(needs[n].stored)),
        (f"archive disk, GB a year, {COPIES} copies", lambda n: _short(needs[n].archived)),
    ]
    head = ["", *(f"{demand.cities:,} {'city' if demand.cities == 1 else 'cities'}" for demand in DEMANDS)]
    return table(head, [[name, *(value(n) for n in range(len(DEMANDS)))] for name, value in lines])


def _replicas(needs: Sequence[Need], name: str) -> Callable[[int], str]:
    return lambda n: str(needs[n].replicas[name])


def saturation(costs: Costs) -> str:
    """Where each part is full."""
    rows = [[limit.part, _short(limit.per_second), limit.of, limit.lever] for limit in limits(costs)]
    return table(["part", "full at, requests/s", "measured", "next lever"], rows)


def checked(costs: Costs) -> str:
    """What the simulation predicts, and what was measured."""
    one = costs.checked[0]
    rows = [
        [
            str(run.replicas),
            f"{run.predicted:.1f}",
            f"{run.measured:.1f}",
            f"{run.off:+.0%}",
            f"{run.measured / one.measured:.2f}",
            f"{run.others:.1f}",
        ]
        for run in costs.checked
    ]
    event = costs.event
    said = (
        f"One event, without the injected work: {1000 * event.service:.1f} ms in the replica, "
        f"{1000 * event.database:.1f} ms in the database, {1000 * event.broker:.1f} ms in the broker, "
        f"{1000 * event.waiting:.1f} ms of waiting. A sleep of {1000 * event.work:.0f} ms takes {1000 * event.slept:.1f} ms."
    )
    head = ["replicas", "predicted, events/s", "measured", "off by", "times one replica", "cores used by others"]
    return f"{said}\n\n{table(head, rows)}"


TABLES: Final[Mapping[str, Callable[[Costs], str]]] = {
    "measured": measured,
    "a request": a_request,
    "cities": cities,
    "saturation": saturation,
    "checked": checked,
}


def written(text: str, costs: Costs) -> str:
    """Return the page with its tables made anew. Raises KeyError for a mark that no table has."""

    def made(found: re.Match[str]) -> str:
        return f"{found['begin']}\n{TABLES[found['name']](costs)}\n{found['end']}"

    marks = r"(?P<begin><!-- table: (?P<name>[a-z ]+) -->)\n.*?(?P<end><!-- end -->)"
    return re.sub(marks, made, text, flags=re.DOTALL)


def write(costs: Costs, page: Path = PAGE) -> None:
    """Rewrite the tables of the page."""
    page.write_text(written(page.read_text("utf-8"), costs), "utf-8")


def _short(number: float) -> str:
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 1 else f"{number:.2g}"
