"""What clients read. A secret is shown once, by the command that made it, and is in no view."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.webhooks.domain.progress import Delivery, Outcome
from services.webhooks.domain.subscription import DeathReason, Status, Where
from services.webhooks.usecases.ports import Answer
from services.webhooks.usecases.subscriptions import Shown
from shared.web.api import Receipt


class SecretReceipt(Receipt):
    """The answer to a command that made a secret."""

    secret: str | None = Field(
        description="Shown here only; null when an old command is repeated. Keep it where the receiver reads its settings.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="],
    )
    secret_number: int = Field(description="Counts the subscription's secrets from 1.")


class SecretView(BaseModel):
    """A secret that signs now, without itself."""

    number: int
    made_at: datetime
    until: datetime | None = Field(description="It signs along until then; null: the one in use.")


class StartView(BaseModel):
    """Where delivery began last."""

    where: Where
    time: datetime | None
    offset: int | None


class DeathView(BaseModel):
    """Why delivery was given up."""

    reason: DeathReason = Field(
        description="failing: no 2xx for days; gone: it answered 410; unverified: it never answered the challenge."
    )
    at: datetime
    failing_since: datetime
    status: int | None = Field(description="The last HTTP status; null: there was no answer.")
    detail: str = Field(description="How the last answer began, or what went wrong.")


class StandsView(BaseModel):
    """Where delivery stands."""

    position: int = Field(description="Offset in the stream of the last event that is done with; -1: none yet.")
    behind: int | None = Field(
        description="Events in the stream after it, also those that the filter leaves out; null: not known now."
    )
    delivered: int = Field(description="Events delivered so far, replays included.")
    delivered_at: datetime | None
    failures: int = Field(description="Attempts that failed, in a row; 0: all is well.")
    failing_since: datetime | None
    next_attempt_at: datetime


class WebhookView(BaseModel):
    """A subscription."""

    id: str
    version: int = Field(description="For If-Match.")
    status: Status = Field(
        description="pending: the address has not answered the challenge; dead: given up, see ``death``; ended: for good."
    )
    organization: str | None
    url: str
    types: list[str]
    districts: list[str]
    secrets: list[SecretView]
    start: StartView
    created_at: datetime
    ended_at: datetime | None
    death: DeathView | None
    stands: StandsView | None = Field(description="null: nobody has looked at it yet.")


class WebhookList(BaseModel):
    """One page of subscriptions."""

    items: list[WebhookView]
    next: str | None
    total: int


class DeliveryView(BaseModel):
    """One attempt."""

    at: datetime
    event: str = Field(description="The event's id, as in ``webhook-id``.")
    type: str
    attempt: int = Field(description="Counts the attempts of this event from 1.")
    outcome: Outcome = Field(description="delivered: 2xx; refused: another answer; failed: no answer.")
    status: int | None
    milliseconds: int
    answer: str = Field(description="How the answer began, or what went wrong.")


class DeliveryList(BaseModel):
    """The last attempts, the newest first; older ones are not kept."""

    items: list[DeliveryView]


class TestView(BaseModel):
    """What came of a test."""

    __test__ = False

    answered: bool = Field(description="2xx, and the challenge came back: the receiver is ready.")
    status: int | None
    milliseconds: int
    answer: str = Field(description="How the answer began, or what went wrong.")


ANSWER_SHOWN = 200


def webhook_view(shown: Shown) -> dict[str, Any]:
    """Return a subscription as read."""
    state, progress = shown.stored.state, shown.progress
    stands = progress and {
        "position": progress.position,
        "behind": shown.behind,
        "delivered": progress.delivered,
        "delivered_at": progress.delivered_at,
        "failures": progress.attempts,
        "failing_since": progress.failing_since,
        "next_attempt_at": progress.next_attempt_at,
    }
    return {
        "id": shown.stored.id,
        "version": shown.stored.version,
        "status": state.status,
        "organization": state.organization,
        "url": state.wanted.url,
        "types": state.wanted.types,
        "districts": state.wanted.districts,
        "secrets": [{"number": s.number, "made_at": s.at, "until": s.until} for s in state.secrets],
        "start": {"where": state.start.where, "time": state.start.time, "offset": state.start.offset},
        "created_at": state.created_at,
        "ended_at": state.ended_at,
        "death": state.death,
        "stands": stands,
    }


def delivery_view(delivery: Delivery) -> Delivery:
    """Return an attempt as read."""
    return delivery


def test_view(answer: Answer, answered: bool) -> dict[str, Any]:
    """Return what came of a test."""
    return {
        "answered": answered,
        "status": answer.status,
        "milliseconds": answer.milliseconds,
        "answer": answer.body[:ANSWER_SHOWN],
    }
