"""The body of every message: a CloudEvents 1.0 event in structured JSON mode (application/cloudevents+json).

Source: CloudEvents 1.0.2, with the extensions sequence, correlationid, causationid, actor and the distributed-tracing
extension's traceparent.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.contracts.base import EVENTS, EventData
from shared.contracts.ids import derive_id

CONTENT_TYPE: Final = "application/cloudevents+json"
EVENT_LIMIT: Final = 1_048_576  # bytes; as an API body: no event carries more than the command that led to it
LARGEST_SEQUENCE: Final = 2**63 - 1  # what a database's long holds
SEQUENCE_DIGITS: Final = 20  # any 64-bit number, so that sequences compare as text


class UnreadableEvent(ValueError):
    """The message is not an event of ours: not JSON, not CloudEvents, or not the data its type promises. Never retried."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something happens and who asked for it; travels from the first HTTP call through every event it leads to.

    actor: id of the originating person (token ``sub``) or ``system:<service>`` for a timer.
    correlation_id: one id for all that follows from one call.
    causation_id: id of the event or command directly before.
    traceparent: W3C trace context, if the call is traced.
    """

    actor: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


class Envelope(BaseModel):
    """One event as published."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: str = Field(default="1.0", pattern=r"^1\.0$", description="Of CloudEvents.")
    id: str = Field(
        min_length=1, max_length=80, description="Derived from source, subject and sequence: a repeat has the same id."
    )
    source: str = Field(pattern=r"^/sama/[a-z]+$", examples=["/sama/registry"], description="Who announces it.")
    type: str = Field(
        pattern=r"^[a-z_]+\.[a-z_]+\.v[0-9]+$",
        examples=["organization.approved.v1"],
        description="What happened, with the version of its contract; also the routing key.",
    )
    subject: str = Field(
        min_length=1,
        max_length=120,
        description="``<noun>/<id>`` of the aggregate, e.g. ``case/3f…``, or ``book/<id>``.",
    )
    time: AwareDatetime = Field(description="When it was decided, UTC.")
    datacontenttype: str = Field(default="application/json", description="Of data.")
    dataschema: str = Field(default="", description="Relative reference of the JSON Schema of data.")
    data: dict[str, Any] = Field(description="What happened; its fields depend on the type.")
    sequence: str = Field(pattern=r"^[0-9]{20}$", description="The event's number in its aggregate, zero-padded.")
    correlationid: str = Field(min_length=1, max_length=80, description="One id for all that follows from one call.")
    causationid: str | None = Field(
        default=None, max_length=80, description="Id of the event or command directly before."
    )
    actor: str = Field(
        min_length=1,
        max_length=120,
        description="Id of the person who asked for it, or ``system:<service>`` for a timer.",
    )
    traceparent: str | None = Field(
        default=None, max_length=80, description="W3C trace context, if the call is traced."
    )

    @property
    def number(self) -> int:
        """The sequence as a number."""
        return int(self.sequence)

    @property
    def announcer(self) -> str:
        """The service that announced it: ``registry`` for ``/sama/registry``."""
        return self.source.removeprefix("/sama/")

    @property
    def cause(self) -> Cause:
        """What an effect of this event names as its cause."""
        return Cause(self.actor, self.correlationid, self.id, self.traceparent)

    def payload(self) -> EventData:
        """Return the data as its contract model.

        Raises UnreadableEvent for an unknown type, another service's type, or data that breaks the schema.
        """
        model = EVENTS.get(self.type)
        if model is None:
            raise UnreadableEvent(f"no contract for event type {self.type}")
        if model.announcer != self.announcer:
            raise UnreadableEvent(f"{self.type} {self.id} is announced by {model.announcer}, not by {self.announcer}")
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise UnreadableEvent(f"{self.type} {self.id}: {error}") from error


def envelop(data: EventData, *, subject: str, number: int, at: datetime, cause: Cause) -> dict[str, Any]:
    """Return the event as a JSON-ready mapping, the form kept in outboxes. ``at`` is aware; it is stored as UTC milliseconds."""
    source = f"/sama/{data.announcer}"
    sequence = str(number).zfill(SEQUENCE_DIGITS)
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": derive_id(source, subject, sequence),
        "source": source,
        "type": data.event_type,
        "subject": subject,
        "time": instant(at),
        "datacontenttype": "application/json",
        "dataschema": f"schemas/{data.event_type}.json",
        "data": data.model_dump(mode="json"),
        "sequence": sequence,
        "correlationid": cause.correlation_id,
        "actor": cause.actor,
    }
    if cause.causation_id is not None:
        event["causationid"] = cause.causation_id
    if cause.traceparent is not None:
        event["traceparent"] = cause.traceparent
    return event


def instant(at: datetime) -> str:
    """Format an aware time as UTC with milliseconds and Z, e.g. ``2026-11-22T08:30:00.000Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(event: dict[str, Any]) -> bytes:
    """Serialise an event for the wire."""
    return orjson.dumps(event)


def decode(body: bytes) -> Envelope:
    """Parse a message body. Raises UnreadableEvent with the reason when it is not an event."""
    if len(body) > EVENT_LIMIT:
        raise UnreadableEvent(f"not an event of ours: {len(body)} bytes, more than {EVENT_LIMIT}")
    try:
        event = Envelope.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableEvent(f"not a CloudEvents event: {error}") from error
    if not 1 <= event.number <= LARGEST_SEQUENCE:
        # A copy that believed a number beyond its source's would take no later event.
        raise UnreadableEvent(f"{event.id}: sequence {event.sequence} is not from 1 to {LARGEST_SEQUENCE}")
    return event
