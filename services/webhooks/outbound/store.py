"""How subscriptions are kept: one document each; where delivery stands is beside them (outbound/progress.py)."""

from typing import Final

from services.webhooks.domain import subscription
from services.webhooks.outbound.announce import announce_subscription
from shared.storage.ports import AggregateKind

SUBSCRIPTIONS: Final = AggregateKind[subscription.Subscription, subscription.Event](
    noun="webhook",
    collection="subscriptions",
    state=subscription.Subscription,
    events=subscription.EVENTS,
    evolve=subscription.evolve,
    announce=announce_subscription,
)
PROGRESS: Final = "progress"
