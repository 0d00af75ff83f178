"""What webhooks does: people's subscriptions, and the deliveries to them."""

from services.webhooks.domain.subscription import Event, Subscription
from services.webhooks.usecases.ports import ProgressStore, PublicEvents, Seal, Sender
from services.webhooks.usecases.rules import Rules
from services.webhooks.usecases.sending import Deliverer
from services.webhooks.usecases.subscriptions import Subscriptions
from services.webhooks.usecases.working import Working
from shared.clock import Clock
from shared.storage.aggregates import Aggregates


class UseCases:
    """All use cases of the service, by what they are about."""

    def __init__(
        self,
        *,
        subscriptions: Aggregates[Subscription, Event],
        progress: ProgressStore,
        events: PublicEvents,
        sender: Sender,
        seal: Seal,
        rules: Rules,
        clock: Clock,
        replica: str,
    ) -> None:
        deliverer = Deliverer(sender, seal)
        self.subscriptions = Subscriptions(subscriptions, progress, events, deliverer, seal, rules, clock)
        self.working = Working(subscriptions, progress, events, deliverer, rules, clock, replica=replica)
