"""What a run of the benches says: a line per measurement with its target, as a table for people and as one JSON object for programs."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from bench.hooks import WEBHOOKS
from bench.hop import Rate
from bench.ledger import Round
from bench.life import Lives
from bench.rest import Rest
from bench.scale import Run

LEDGER, HOP, LIFE, HOOKS = 5.0, 0.7, 0.5, 1.5
"""Least ratios: how many times as fast as the bare way."""
SCALE, UNEVEN = 3.5, 20.0
"""Four replicas against one: least ratio of events a second, most per cent that a replica's share is off an equal one."""
READY_SECONDS, REST_MIB = 30.0, 1.2 * 1024
"""Most seconds and most MiB."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. value: the figure with a target; least: the target is a least one, else a most one; figures: what lies behind."""

    name: str
    what: str
    against: str
    value: float
    unit: str
    target: float
    least: bool
    figures: Mapping[str, Any]

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.target if self.least else self.value <= self.target

    @property
    def bound(self) -> str:
        """The target in words."""
        return f"{'≥' if self.least else '≤'} {self.target:g} {self.unit}"


def ledger(rounds: Sequence[Round]) -> list[Line]:
    """Commitments through the journal against one insert at a time: the median round."""
    journal, single = (statistics.median(r) for r in zip(*((r.journal, r.one_by_one) for r in rounds), strict=True))
    ratio = statistics.median(r.ratio for r in rounds)
    figures = {"entries_per_second": round(journal), "one_by_one_per_second": round(single), "ratio": round(ratio, 2)}
    what, against = f"{journal:,.0f} entries/s through the journal", f"{single:,.0f}/s by insert_one, one at a time"
    return [Line("ledger", what, against, ratio, "×", LEDGER, True, figures)]


def hop(rounds: Sequence[tuple[Rate, Rate]]) -> list[Line]:
    """Events consumed, decided, saved and published against bare libraries, over all rounds."""
    real, bare = (
        Rate(sum(r.hops for r in rates), sum(r.seconds for r in rates)) for rates in zip(*rounds, strict=True)
    )
    more = {"rounds": [round(r.per_second / b.per_second, 2) for r, b in rounds]}
    return [_ratio("hop", "hops", real.per_second, bare.per_second, "aio-pika and Motor alone", HOP, more)]


def life(rounds: Sequence[tuple[Lives, Lives]]) -> list[Line]:
    """Requests from submit to commitment against a bare application, over all rounds."""
    real, bare = (
        Lives(sum(r.requests for r in lives), sum(r.seconds for r in lives), sum(r.calls for r in lives))
        for lives in zip(*rounds, strict=True)
    )
    more = {
        "requests": real.requests,
        "calls_per_request": round(real.calls / real.requests, 1),
        "rounds": [round(r.per_second / b.per_second, 2) for r, b in rounds],
    }
    return [_ratio("life", "requests", real.per_second, bare.per_second, "bare Starlette", LIFE, more)]


def hooks(rounds: Sequence[tuple[Rate, Rate]]) -> list[Line]:
    """Deliveries to a hundred webhooks from one reading of the stream against a reading for each, over all rounds."""
    shared, own = (
        Rate(sum(r.hops for r in rates), sum(r.seconds for r in rates)) for rates in zip(*rounds, strict=True)
    )
    more = {"webhooks": WEBHOOKS, "rounds": [round(r.per_second / b.per_second, 2) for r, b in rounds]}
    return [_ratio("webhooks", "deliveries", shared.per_second, own.per_second, "a reading each", HOOKS, more)]


def scale(rounds: Sequence[Mapping[int, Run]]) -> list[Line]:
    """Four replicas of review against one: events a second over all rounds, and how evenly the four share them."""
    one, four = ([runs[count] for runs in rounds] for count in (1, 4))
    single, together = (sum(r.events for r in runs) / sum(r.seconds for r in runs) for runs in (one, four))
    shares = [sum(shares) for shares in zip(*(run.shares for run in four), strict=True)]
    uneven = 100 * Run(len(shares), 1, shares, {}).uneven
    figures = {
        "events_per_second": round(together, 1),
        "one_replica_per_second": round(single, 1),
        "ratio": round(together / single, 2),
        "rounds": [round(b.per_second / a.per_second, 2) for a, b in zip(one, four, strict=True)],
    }
    what, against = (
        f"{together:,.1f} events/s by 4 replicas of review",
        f"{single:,.1f}/s by one, 25 ms of waiting each",
    )
    parts = {"shares": shares, "uneven_percent": round(uneven, 1)}
    return [
        Line("scale", what, against, together / single, "×", SCALE, True, figures),
        Line("shares", "a replica's share off an equal one", f"{shares}", uneven, "%", UNEVEN, False, parts),
    ]


def rest(measured: Rest) -> list[Line]:
    """The whole local stack: memory at rest (PSS), and from the command to ready."""
    sizes = {name: round(mib) for name, mib in measured.sizes.items()}
    parts = ", ".join(f"{name} {mib}" for name, mib in sizes.items())
    size = {"mib": round(measured.mib), "of": sizes, "measure": "PSS"}
    ready = {"seconds": round(measured.seconds, 1)}
    return [
        Line("rest", f"{measured.mib:,.0f} MiB PSS, all processes", parts, measured.mib, "MiB", REST_MIB, False, size),
        Line(
            "ready",
            f"{measured.seconds:.1f} s from sama up to ready",
            "",
            measured.seconds,
            "s",
            READY_SECONDS,
            False,
            ready,
        ),
    ]


def _ratio(
    name: str, what: str, real: float, bare: float, against: str, target: float, more: Mapping[str, Any]
) -> Line:
    figures = {f"{what}_per_second": round(real, 2), "bare_per_second": round(bare, 2), "ratio": round(real / bare, 2)}
    return Line(
        name,
        f"{real:,.1f} {what}/s",
        f"{bare:,.1f}/s by {against}",
        real / bare,
        "×",
        target,
        True,
        {**figures, **more},
    )


def as_table(lines: Sequence[Line]) -> Table:
    """Return the table."""
    table = Table()
    for column in ("", "measured", "against, or made of", "figure", "target", ""):
        table.add_column(column)
    for line in lines:
        figure = f"{line.value:,.2f} {line.unit}" if line.unit == "×" else f"{line.value:,.1f} {line.unit}"
        table.add_row(line.name, line.what, line.against, figure, line.bound, "met" if line.met else "NOT met")
    return table


def as_json(lines: Sequence[Line], seconds: float) -> dict[str, Any]:
    """Return the object."""
    return {
        **{line.name: {**line.figures, "target": line.bound, "met": line.met} for line in lines},
        "met": all(line.met for line in lines),
        "seconds": round(seconds),
    }
