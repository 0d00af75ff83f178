"""What a request's way costs, as recorded in a real run: per call and per event the commands to MongoDB and the messages published.

``recorded.json`` is made by ``python -m bench --record`` (bench/recording.py counts) and read by bench/bare_app.py, which does the same
numbers with the same sizes and nothing else.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

FILE = Path(__file__).with_name("recorded.json")

By = Literal["id", "ids", "other"]
Kind = tuple[str, str, By, bool, bool]


class Counted(BaseModel):
    """One kind of MongoDB command of an operation. Counts and sizes are means; sizes are bytes of BSON.

    by: how documents are found: one id, several ids, anything else. missed: updates that found nothing (lost races).
    per_call: commands per call. documents: returned, updated statements or inserted, per command. bytes: of the reply for a find, of the
    command for a write. history, outbox: bytes pushed there. sets: which other indexed fields an update changes, as shares of them.
    """

    command: str
    collection: str
    by: By
    missed: bool = False
    per_call: float
    documents: float
    bytes: float
    history: float = 0
    outbox: float = 0
    sets: Mapping[str, float] = Field(default_factory=dict)


class Operation(BaseModel):
    """One kind of call or event handled. answer: bytes of the HTTP body answered; publishes: event type → number per call."""

    calls: int
    answer: float = 0
    commands: Sequence[Counted]
    publishes: Mapping[str, float]


class Score(BaseModel):
    """The whole recording. messages: event type → mean bytes of its message; relays: per published event of each service."""

    how: str
    requests: int
    versions: Mapping[str, str]
    operations: Mapping[str, Operation]
    relays: Mapping[str, Operation]
    messages: Mapping[str, float]
    documents: Mapping[str, float]


def load() -> Score:
    """Return the recording of the repository."""
    return Score.model_validate_json(FILE.read_text())


def counted(commands: Sequence[Mapping[str, Any]], calls: int) -> list[Counted]:
    """Return the means over all commands of ``calls`` calls, finds first, in the order in which kinds first appeared."""
    kinds: dict[Kind, list[Mapping[str, Any]]] = defaultdict(list)
    for command in commands:
        marks = command["by"] == "ids" and bool(command["sets"])  # a relay's two updates differ in this alone
        kinds[command["command"], command["collection"], command["by"], command["missed"], marks].append(command)
    made = [_mean(kind, group, calls) for kind, group in kinds.items()]
    return sorted(made, key=lambda one: one.command != "find")


def _mean(kind: Kind, group: Sequence[Mapping[str, Any]], calls: int) -> Counted:
    def mean(name: str) -> float:
        return round(sum(float(command[name]) for command in group) / len(group), 2)

    fields = sorted({field for command in group for field in command["sets"]})
    command, collection, by, missed, _marks = kind
    return Counted(
        command=command,
        collection=collection,
        by=by,
        missed=missed,
        per_call=round(len(group) / calls, 3),
        documents=mean("documents"),
        bytes=mean("bytes"),
        history=mean("history"),
        outbox=mean("outbox"),
        sets={field: round(sum(field in c["sets"] for c in group) / len(group), 2) for field in fields},
    )
