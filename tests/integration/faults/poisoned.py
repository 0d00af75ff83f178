"""A consumer that some events kill: ``python -m tests.integration.faults.poisoned`` with SAMA_RABBIT_URL and SAMA_RABBIT_MANAGEMENT_URL.

It takes suspensions of organisations as ``review``. The reason of one says what its handler does: ``kill`` ends the process by SIGKILL,
``raise`` raises; of any other the subject is printed once it is handled. MEDICINE set: the handler is mended, no reason harms it.
"""

import asyncio
import os
import signal
import sys

from shared.contracts.envelope import Envelope
from shared.contracts.registry import OrganizationSuspended
from shared.messaging.bus import Bus, MessagingSettings, Subscriptions

WORK_SECONDS = 0.05  # what handling takes; all of the window are in work together


async def on_suspended(data: OrganizationSuspended, event: Envelope) -> None:
    """Handle one event, or die of it."""
    await asyncio.sleep(WORK_SECONDS)
    if "MEDICINE" not in os.environ:
        if data.reason == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if data.reason == "raise":
            raise ZeroDivisionError("a bug")
    sys.stdout.write(f"{event.subject}\n")
    sys.stdout.flush()


async def main() -> None:
    """Consume until ended."""
    subscriptions = Subscriptions("review")
    subscriptions.on(OrganizationSuspended, on_suspended)
    subscriptions.edge("registry", prefetch=8)
    settings = MessagingSettings(os.environ["SAMA_RABBIT_URL"], os.environ["SAMA_RABBIT_MANAGEMENT_URL"])
    bus = Bus(settings, subscriptions)
    await bus.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
