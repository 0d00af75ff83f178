"""Bodies and answers of /ops."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.refusals import FieldError, InvalidFields
from shared.messaging.deadletters import DeadLetter
from shared.ops.letters import readable
from shared.ops.replays import From
from shared.storage.ports import Document

BEGINNING = "beginning"
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500, strip_whitespace=True)]


class DiscardBody(BaseModel):
    """Why a message is given up."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "Test data of the first day"}]}
    )

    reason: Reason = Field(description="Kept with the message for ever.")


class QueueBody(BaseModel):
    """All dead letters of one queue."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"queue": "requests.review"}]})

    queue: str = Field(min_length=3, max_length=80, description="One of this service's queues.")


class ReplayBody(BaseModel):
    """Which part of the archive is handled again."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"examples": [{"from": "beginning"}, {"from": "2026-11-22T08:30:00Z"}, {"from": "1200"}]},
    )

    start: str = Field(
        default=BEGINNING,
        alias="from",
        min_length=1,
        max_length=40,
        description="beginning, a time with its zone, or an offset of the archive.",
    )
    rebuild_copies: bool = Field(
        default=False, description="Also replace copies that differ from what the archive says; needs the beginning."
    )

    def to_start(self) -> From:
        """Return where to begin. Raises InvalidFields."""
        if self.start == BEGINNING:
            return None
        if self.start.isdecimal() and self.start.isascii() and len(self.start) <= 18:
            return int(self.start)
        try:
            since = datetime.fromisoformat(self.start)
        except ValueError:
            since = datetime.min  # noqa: DTZ901 - has no zone, so it is refused below
        if since.tzinfo is None:
            raise InvalidFields(errors=[FieldError("/from", "bad_start")])
        return since.astimezone(UTC)


class AnnounceBody(BaseModel):
    """What is announced again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"all": False}]})

    all: bool = Field(default=False, description="Also what the archive has; consumers take repeats.")


class ErrorCount(BaseModel):
    """How many failed by one kind of error."""

    error: str
    count: int


class QueueView(BaseModel):
    """The dead letters of one queue."""

    queue: str
    count: int
    more: bool = Field(description="There are more than were counted.")
    oldest: str | None
    errors: list[ErrorCount]


class LetterView(BaseModel):
    """One message that was put aside."""

    id: str
    queue: str
    type: str
    error_type: str
    error: str
    failed_at: str
    retries: int = Field(description="How often it was put back before.")

    @classmethod
    def of(cls, letter: DeadLetter) -> "LetterView":
        """Show a letter without its content."""
        return cls(
            id=letter.id,
            queue=letter.queue,
            type=letter.type,
            error_type=letter.error_type,
            error=letter.reason,
            failed_at=letter.failed_at,
            retries=letter.retries,
        )


class LetterList(BaseModel):
    """Dead letters by queue, and each."""

    queues: list[QueueView]
    items: list[LetterView]


class LetterDetail(LetterView):
    """One message whole."""

    headers: dict[str, str]
    event: dict[str, Any] | list[Any] | None = Field(description="The body, if it is JSON.")
    text: str | None = Field(description="The body otherwise.")

    @classmethod
    def whole(cls, letter: DeadLetter) -> "LetterDetail":
        """Show a letter with its content."""
        event, text = readable(letter.body)
        if event is not None and not isinstance(event, dict | list):
            event, text = None, letter.body.decode("utf-8", "replace")
        return cls(
            **LetterView.of(letter).model_dump(),
            headers={name: str(value) for name, value in letter.headers.items()},
            event=event,
            text=text,
        )


class Moved(BaseModel):
    """How many messages were put back or discarded."""

    queue: str
    number: int


class Discarded(BaseModel):
    """A message that was given up: all that was known of it."""

    id: str
    queue: str
    type: str
    at: datetime
    actor: str
    reason: str
    error: str
    failed_at: str
    body: str

    @classmethod
    def of(cls, document: Document) -> "Discarded":
        """Show a record."""
        body = bytes(document["body"]).decode("utf-8", "replace")
        return cls(**{**document, "id": document["letter"], "body": body})


class DiscardedList(BaseModel):
    """The newest discarded messages, newest first."""

    items: list[Discarded]


class ReplacedCopy(BaseModel):
    """A copy that differed, before and after; or one that the archive knows nothing of, which stays."""

    copy_of: str
    was: dict[str, Any] | None
    now: dict[str, Any] | str | None


class ReplayView(BaseModel):
    """How far a replay is."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    status: str = Field(examples=["waiting", "running", "done"])
    start: str | int | None = Field(
        validation_alias="from",  # OpenAPI shows one schema of a view, the one that is read
        serialization_alias="from",
        examples=["beginning"],
    )
    actor: str | None
    at: datetime | None
    handled: int
    offset: int | None = Field(description="Of the last event handled.")
    ended_at: datetime | None
    rebuild_copies: bool
    replaced: list[ReplacedCopy]

    @classmethod
    def of(cls, document: Document) -> "ReplayView":
        """Show a record."""
        return cls(
            id=document["_id"],
            status=document["status"],
            start=document.get("from"),
            actor=document.get("actor"),
            at=document.get("at"),
            handled=document.get("handled", 0),
            offset=document.get("offset"),
            ended_at=document.get("ended_at"),
            rebuild_copies=document.get("rebuild_copies", False),
            replaced=[
                ReplacedCopy(copy_of=entry["copy"], was=entry["was"], now=entry["is"])
                for entry in document.get("replaced", ())
            ],
        )


class ReplayList(BaseModel):
    """The newest replays, newest first."""

    items: list[ReplayView]


class AnnouncementView(BaseModel):
    """How far announcing again is."""

    id: str
    status: str = Field(examples=["running", "done", "stopped"])
    actor: str
    at: datetime
    all: bool
    implied: int = Field(description="Events that the histories imply.")
    published: int
    public: int = Field(default=0, description="Events that only the stream for outsiders missed.")
    trouble: list[str] = Field(
        description="Aggregates whose history does not imply what was announced, or why it stopped."
    )

    @classmethod
    def of(cls, document: Document) -> "AnnouncementView":
        """Show a record."""
        return cls(id=document["_id"], **{k: v for k, v in document.items() if k not in ("_id", "ended_at")})


class AnnouncementList(BaseModel):
    """The newest, newest first."""

    items: list[AnnouncementView]


class OutboxView(BaseModel):
    """What one collection has not announced yet."""

    collection: str
    count: int = Field(description="Aggregates with unsent events; of a journal, entries.")
    oldest: datetime | None


class OutboxList(BaseModel):
    """All outboxes of this service."""

    items: list[OutboxView]


class ActionView(BaseModel):
    """What an operator did."""

    id: str
    at: datetime
    actor: str
    action: str
    about: dict[str, Any]
    failed: str | None = None


class ActionList(BaseModel):
    """The newest actions, newest first."""

    items: list[ActionView]
