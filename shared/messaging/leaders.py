"""Notices that a stream has got another leader.

RabbitMQ may confirm to a publisher what a leader had not yet given to the other nodes when it died (rabbitmq-server issue 9457; seen here
with 3.10.8; queues lose nothing). So after each change what the stream misses is announced again from histories and journals.
"""

from collections.abc import Mapping

from shared.messaging.management import Depth
from shared.messaging.topology import ARCHIVE, PUBLIC


class Leaders:
    """The nodes that led the archive and the stream for outsiders at the last look."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def moved(self, depths: Mapping[str, Depth]) -> list[str]:
        """Return the streams that are led by another node than before; the first look, and one without a leader, tell nothing."""
        led = {name: depths[name].leader for name in (ARCHIVE, PUBLIC) if name in depths}
        found = {name: leader for name, leader in led.items() if leader is not None}
        moved = [name for name, leader in found.items() if self._known.get(name, leader) != leader]
        self._known.update(found)
        return moved
