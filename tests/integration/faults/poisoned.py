"""The entry module of a service with a handler that fails for one aggregate: ``uvicorn tests.integration.faults.poisoned:app``.

``<SAMA_POISON_FOLDER>/<service>`` holds ``raise <subject>`` or ``kill <subject>``; the production code knows nothing of it.
"""

import importlib
import os
import signal
from pathlib import Path
from typing import Any, Final

from shared.contracts.envelope import Envelope
from shared.messaging.consumer import Consumer
from shared.messaging.subscriptions import Edge

SERVICE: Final = os.environ["SAMA_SERVICE"]
POISON: Final = Path(os.environ["SAMA_POISON_FOLDER"]) / SERVICE

_patiently = Consumer._patiently


class Poisoned(Exception):
    """What a bug in a handler raises."""


async def _poisoned(self: Consumer, edge: Edge, event: Envelope) -> Any:
    what, _, subject = POISON.read_text().strip().partition(" ") if POISON.exists() else ("", "", "")
    if subject == event.subject:
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise Poisoned(f"poisoned for {subject}")
    return await _patiently(self, edge, event)


Consumer._patiently = _poisoned  # type: ignore[method-assign]

app = importlib.import_module(f"services.{SERVICE}.main").app
