"""How many replicas of a service are right, from what comes into its queues and what one replica is seen to manage.

Two things can be short, and the shorter one decides:

- **Hands.** A replica has at most ``at_once`` events of a queue in work, each for ``handling_seconds``: so it manages at most
  at_once / handling_seconds a second. What has to be managed is what arrives, and what waits already, spread over ``DRAIN_SECONDS``.
- **Processor.** A replica is one event loop, so one core at most. If each of ``running`` replicas uses the share ``processor`` of its core,
  running × processor / UTILISATION of them would use the share that is wanted. Calls over HTTP count so, too.

Handling times grow when a replica has much at once; a saturated one shows exactly what it manages (Little's law), and an idle one shows too
much, which the processor's side makes up for.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

UTILISATION: Final = 0.7  # with chance arrivals an event waits 2.3 handling times at 0.7 and 9 at 0.9
DRAIN_SECONDS: Final = 60.0  # a replica needs seconds to start; a person who waits looks again after a minute
MOST: Final = 1_000  # a figure that is broken stays a number


@dataclass(frozen=True, slots=True)
class Load:
    """One queue. waiting: events; at_once: of one replica; single_active: only one replica at a time gets any of it.

    handling_seconds: from taking an event to its end; 0: none was handled yet, so nothing is known.
    """

    waiting: int
    arrivals_per_second: float
    handling_seconds: float
    at_once: int
    single_active: bool = False


def needed(load: Load) -> float:
    """Return how many replicas' hands this queue needs, as a real number."""
    to_manage = load.arrivals_per_second + load.waiting / DRAIN_SECONDS
    hands = to_manage * load.handling_seconds / (load.at_once * UTILISATION)
    return min(hands, 1.0) if load.single_active else hands


def wanted(loads: Iterable[Load], *, running: int, processor: float) -> int:
    """Return the number of replicas, at least 1.

    running: replicas that share the work now; processor: the share of one core that one of them uses.
    """
    by_hands = max(map(needed, loads), default=0.0)
    by_processor = max(running, 1) * processor / UTILISATION
    return min(MOST, max(1, math.ceil(round(max(by_hands, by_processor), 6))))
