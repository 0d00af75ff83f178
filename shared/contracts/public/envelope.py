"""The body of every public message: a CloudEvents 1.0 event in structured JSON mode, without whoever and whatever caused it."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.contracts.envelope import EVENT_LIMIT, SEQUENCE_DIGITS, UnreadableEvent
from shared.contracts.ids import derive_id
from shared.contracts.public.base import PUBLIC_EVENTS, PublicData

SOURCE: Final = "/sama/public/"


class PublicEnvelope(BaseModel):
    """One public event as published. (source, id) is unique: a repeat has both again."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: str = Field(default="1.0", pattern=r"^1\.0$", description="Of CloudEvents.")
    id: str = Field(
        min_length=1, max_length=80, description="Derived from source, subject and sequence: a repeat has the same id."
    )
    source: str = Field(
        pattern=r"^/sama/public/[a-z]+$", description="Who announces it.", examples=["/sama/public/review"]
    )
    type: str = Field(
        pattern=r"^[a-z_]+\.[a-z_]+\.v[0-9]+$",
        description="What happened, with the version of its form; also the routing key.",
        examples=["case.decided.v1"],
    )
    subject: str = Field(
        min_length=1, max_length=120, description="``<noun>/<id>`` of what it is about, e.g. ``case/3f…``."
    )
    time: AwareDatetime = Field(description="When it was decided, UTC, milliseconds.")
    datacontenttype: str = Field(default="application/json", description="Of data.")
    dataschema: str = Field(default="", description="Relative reference of the JSON Schema of data.")
    data: dict[str, Any] = Field(description="What happened; its fields depend on the type.")
    sequence: str = Field(
        pattern=r"^[0-9]{20}$",
        description="Zero-padded number that grows within a subject, with gaps: what is not public is between.",
    )

    @property
    def announcer(self) -> str:
        """The service that announced it: ``registry`` for ``/sama/public/registry``."""
        return self.source.removeprefix(SOURCE)

    def payload(self) -> PublicData:
        """Return the data as its public form. Raises UnreadableEvent for an unknown type or data that breaks the schema."""
        model = PUBLIC_EVENTS.get(self.type)
        if model is None or model.announcer != self.announcer:
            raise UnreadableEvent(f"{self.source} announces no public event of type {self.type}")
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise UnreadableEvent(f"{self.type} {self.id}: {error}") from error


def public_id(announcer: str, subject: str, number: int) -> str:
    """Return the id of the public form of this announcer's event."""
    return derive_id(f"{SOURCE}{announcer}", subject, str(number).zfill(SEQUENCE_DIGITS))


def envelop_public(data: PublicData, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public event of an internal one (as envelop() made it), ready to publish; always the same for the same event."""
    return {
        "specversion": "1.0",
        "id": public_id(data.announcer, event["subject"], int(event["sequence"])),
        "source": f"{SOURCE}{data.announcer}",
        "type": data.event_type,
        "subject": event["subject"],
        "time": event["time"],
        "datacontenttype": "application/json",
        "dataschema": f"schemas/public/{data.event_type}.json",
        "data": data.model_dump(mode="json"),
        "sequence": event["sequence"],
    }


def decode_public(body: bytes) -> PublicEnvelope:
    """Parse a message body of ``sama.public``. Raises UnreadableEvent with the reason when it is not a public event."""
    if len(body) > EVENT_LIMIT:
        raise UnreadableEvent(f"not a public event: {len(body)} bytes, more than {EVENT_LIMIT}")
    try:
        return PublicEnvelope.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableEvent(f"not a public CloudEvents event: {error}") from error
