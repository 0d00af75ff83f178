"""What portal listens to: every event that gives a fact (usecases/taking.py)."""

from services.portal.usecases import UseCases
from services.portal.usecases.taking import TAKEN
from shared.messaging.subscriptions import Subscriptions


def subscribe(to: Subscriptions, uses: UseCases) -> None:
    """Connect the events of all services to the one way in."""
    for event in TAKEN:
        to.on(event, uses.following.take)
