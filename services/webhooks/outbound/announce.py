"""The service announces nothing: whoever wants to know how a webhook is asks for it."""

from collections.abc import Sequence

from services.webhooks.domain.subscription import Event, Subscription
from shared.contracts.base import EventData


def announce_subscription(_state: Subscription, _event: Event) -> Sequence[EventData]:
    """Return no event."""
    return ()
