"""What cities need, from what one request costs: pure functions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.capacity.costs import Costs
from shared.replicas import UTILISATION


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of an installation. Stated, not measured.

    cities: of this kind; requests: a year and city; districts: of a city; rush: the part of a year's requests that comes in its fullest
    hour, in all cities at once; each is then submitted, and decided as fast.
    """

    cities: int
    requests: int = 2_000
    districts: int = 13
    rush: float = 0.05

    @property
    def per_second(self) -> float:
        """Requests a second in the fullest hour."""
        return self.cities * self.requests * self.rush / 3600

    @property
    def per_year(self) -> int:
        """Requests a year."""
        return self.cities * self.requests


DEMANDS: Final = (Demand(1), Demand(100), Demand(1_400))
DATA_SHARE: Final = 0.5  # of a stored byte's disk that is the document; the rest is indexes, journal and free space
COPIES: Final = 3  # of everything stored: a replica set, a cluster
GB: Final = 1e9


@dataclass(frozen=True, slots=True)
class Need:
    """What a demand needs in its fullest hour, and in a year.

    replicas: by service; database, broker: cores; stored, archived: GB a year.
    """

    demand: Demand
    replicas: dict[str, int]
    database: float
    broker: float
    commands_per_second: float
    messages_per_second: float
    calls_per_second: float
    book_entries_per_second: float
    stored: float
    archived: float


@dataclass(frozen=True, slots=True)
class Limit:
    """A part, and the requests a second at which it is full. of: what was measured."""

    part: str
    per_second: float
    of: str
    lever: str


def need(costs: Costs, demand: Demand) -> Need:
    """Return what the demand needs, each part used to UTILISATION at most."""
    request, rate = costs.request, demand.per_second
    services = request.services.values()
    return Need(
        demand=demand,
        replicas={name: replicas(service.processor * rate) for name, service in request.services.items()},
        database=request.database * rate / UTILISATION,
        broker=request.broker * rate / UTILISATION,
        commands_per_second=sum(service.reads + service.writes for service in services) * rate,
        messages_per_second=sum(service.published for service in services) * rate,
        calls_per_second=sum(service.calls for service in services) * rate,
        book_entries_per_second=request.services["budget"].published * rate / demand.cities / demand.districts,
        stored=sum(service.stored for service in services) / DATA_SHARE * COPIES * demand.per_year / GB,
        archived=request.archived * COPIES * demand.per_year / GB,
    )


def replicas(cores: float) -> int:
    """Return how many one-core processes do so much work at UTILISATION at most; at least one."""
    return max(1, math.ceil(cores / UTILISATION - 1e-9))


def limits(costs: Costs) -> Sequence[Limit]:
    """Return where each part is full, the narrowest first."""
    request, event = costs.request, costs.event
    entries = request.services["budget"].published
    hop = event.service + event.database + event.broker + event.waiting
    services = [
        Limit(
            f"one replica of {name}",
            1 / service.processor,
            f"{1000 * service.processor:.0f} ms of processor a request",
            "one active consumer a queue: queues by district (consistent-hash exchange)"
            if name == "budget"
            else "more replicas",
        )
        for name, service in request.services.items()
        if service.processor > 0.001
    ]
    found = [
        *services,
        Limit(
            "the consumers of one queue, one event at a time each",
            1 / hop,
            f"{1000 * hop:.1f} ms an event",
            "more at once (`SAMA_PREFETCH`, 32 by default), then more replicas",
        ),
        Limit(
            "one book's journal",
            costs.entries_per_second / entries,
            f"{costs.entries_per_second:,.0f} entries/s, {entries:.1f} a request",
            "none is needed: a book is one district's",
        ),
        Limit(
            "one core of the broker",
            1 / request.broker,
            f"{1000 * request.broker:.0f} ms of processor a request",
            "more cores, then a virtual host for each group of cities on brokers of their own",
        ),
        Limit(
            "the database (SecantusDB: one core)",
            1 / request.database,
            f"{1000 * request.database:.0f} ms of processor a request",
            "MongoDB on more cores, a replica set for each service, then shards by district; read models apart",
        ),
    ]
    return sorted(found, key=lambda limit: limit.per_second)
