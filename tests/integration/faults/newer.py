"""The entry module of a service of which some replicas are newer: ``uvicorn tests.integration.faults.newer:app``.

A replica whose port has a file in ``SAMA_NEWER_FOLDER`` also takes ``request.submitted.v2`` and logs each one; the others do not.
"""

import importlib
import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

from services.review.inbound import events
from services.review.usecases import UseCases
from shared.contracts.envelope import Envelope
from shared.contracts.requests import RequestSubmitted
from shared.messaging.subscriptions import Subscriptions

SERVICE: Final = os.environ["SAMA_SERVICE"]
PORT: Final = sys.argv[sys.argv.index("--port") + 1]

log = logging.getLogger("sama.newer")

if SERVICE == "review" and (Path(os.environ["SAMA_NEWER_FOLDER"]) / PORT).exists():

    class RequestSubmittedV2(RequestSubmitted, type="request.submitted.v2", announcer="requests"):
        """The same with one more field, that is not optional."""

        urgency: str

    subscribe = events.subscribe

    def subscribe_newer(to: Subscriptions, uses: UseCases) -> None:
        """Take the new version with the same use case."""
        subscribe(to, uses)

        async def submitted(data: Any, envelope: Envelope) -> None:
            await uses.cases.submitted(data, envelope)
            log.warning("took v2 %s", envelope.id)

        to.on(RequestSubmittedV2, submitted)

    events.subscribe = subscribe_newer

app = importlib.import_module(f"services.{SERVICE}.main").app
