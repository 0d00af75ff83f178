"""What was measured, as committed in ``costs.json``: written by ``make capacity RECORD=1``, read by the pages and the city model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from bench.score import Score

FILE: Final = Path(__file__).with_name("costs.json")


class Service(BaseModel):
    """One service's part of one request, from submission to commitment.

    processor: seconds; calls: over HTTP; reads, writes: commands to the database; published, taken: events; stored: bytes by which its
    documents have grown; answered: bytes of HTTP bodies; sent: bytes of the messages published.
    """

    processor: float
    calls: float
    reads: float
    writes: float
    published: float
    taken: float
    stored: float
    answered: float
    sent: float


class Request(BaseModel):
    """One request through everything. processor: seconds of services' servers; archived: bytes that stay in the archive for ever."""

    services: Mapping[str, Service]
    database: float
    broker: float
    archived: float
    requests: int
    per_second: float


class Checked(BaseModel):
    """One number of replicas: events a second as predicted and as measured. others: cores used by what is not ours."""

    replicas: int
    predicted: float
    measured: float
    others: float

    @property
    def off(self) -> float:
        """The difference as a part of what was measured."""
        return self.predicted / self.measured - 1


class Event(BaseModel):
    """One event through one replica of review, as the simulation has it: seconds. work: injected; slept: what it takes really."""

    service: float
    database: float
    broker: float
    waiting: float
    work: float
    slept: float


class Costs(BaseModel):
    """The whole recording."""

    how: str
    machine: str
    versions: Mapping[str, str]
    request: Request
    event: Event
    checked: list[Checked]
    entries_per_second: float
    """Of one book's journal, 64 waiting (bench/ledger.py)."""


def load() -> Costs:
    """Return the recording of the repository."""
    return Costs.model_validate_json(FILE.read_text())


def save(costs: Costs) -> None:
    """Write it."""
    FILE.write_text(costs.model_dump_json(indent=1) + "\n")


def counted(score: Score, service: str) -> Mapping[str, float]:
    """Return a service's counts per request from the recording of the life bench (bench/recorded.json)."""
    calls = reads = writes = published = taken = stored = answered = sent = 0.0
    for name, operation in score.operations.items():
        if not name.startswith(f"{service} "):
            continue
        times = operation.calls / score.requests
        taking = name.startswith(f"{service} takes ")
        calls += 0 if taking else times
        taken += times if taking else 0
        answered += times * operation.answer
        for event, number in operation.publishes.items():
            published += times * number
            sent += times * number * score.messages.get(event, 0)
        for command in operation.commands:
            each = times * command.per_call
            reads += each if command.command == "find" else 0
            writes += each if command.command != "find" else 0
            if command.collection == "entries" and command.command == "insert":
                stored += each * command.bytes
    relay = score.relays.get(service)
    for command in relay.commands if relay is not None else ():
        writes += published * command.per_call
    collection = {"requests": "requests", "review": "cases"}.get(service)
    if collection is not None:
        stored += score.documents[f"{collection} after"] - score.documents[f"{collection} before"]
    return {
        "calls": calls, "reads": reads, "writes": writes, "published": published,
        "taken": taken, "stored": stored, "answered": answered, "sent": sent,
    }  # fmt: skip
