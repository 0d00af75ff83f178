"""Making one delivery: signed, sent, and its challenge checked."""

import json
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

import orjson

from services.webhooks.domain.signing import headers
from services.webhooks.domain.subscription import Subscription, signing
from services.webhooks.usecases.ports import Answer, BrokenSeal, Seal, Sender
from shared.contracts.envelope import CONTENT_TYPE, instant

log = logging.getLogger("sama.webhooks")

UNREADABLE = "not sent: the secret cannot be read here; the operators have to put its key back"
AGENT = "SAMA-Webhooks/1"
PING = "webhook.ping.v1"


class Deliverer:
    """Sends to the address of a subscription."""

    def __init__(self, sender: Sender, seal: Seal) -> None:
        self._sender = sender
        self._seal = seal

    async def deliver(self, of: Subscription, id: str, body: bytes, *, now: datetime, seconds: float) -> Answer:
        """Send a body once, signed with every secret that is valid now. A secret that can't be read is a failure like others."""
        try:
            signed = headers(self._secrets(of, now), id, int(now.timestamp()), body)
        except BrokenSeal as broken:
            log.error("%s", broken)
            return Answer(None, 0, UNREADABLE)
        sent = {"content-type": CONTENT_TYPE, "user-agent": AGENT, **signed}
        return await self._sender.send(of.wanted.url, sent, body, seconds=seconds)

    async def challenge(self, of: Subscription, *, now: datetime, seconds: float) -> tuple[str, Answer, bool]:
        """Send a ping; return its id, the answer, and whether the challenge came back.

        A 2xx alone would not show that somebody there wants the events: many addresses answer 200 to anything.
        """
        id, challenge = f"ping-{secrets.token_hex(8)}", secrets.token_urlsafe(24)
        answer = await self.deliver(of, id, _ping(of, id, challenge, now), now=now, seconds=seconds)
        return id, answer, answer.accepted and _echoed(answer.body) == challenge

    def _secrets(self, of: Subscription, now: datetime) -> Sequence[str]:
        return [self._seal.open(of.id, secret.sealed) for secret in signing(of, now)]


def _ping(of: Subscription, id: str, challenge: str, now: datetime) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": id,
            "source": "/sama/webhooks",
            "type": PING,
            "subject": f"webhook/{of.id}",
            "time": instant(now),
            "datacontenttype": "application/json",
            "data": {"challenge": challenge},
        }
    )


def _echoed(body: str) -> object:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer.get("challenge") if isinstance(answer, dict) else None
