"""A service of the next version: ``uvicorn tests.integration.faults.newer:app`` with SAMA_SERVICE naming the service.

It does what a compatible change may do and the version before it has never heard of: every document that it writes has a field more, and
every event that it publishes an attribute more.
"""

import importlib
import os
from collections.abc import Mapping
from typing import Any, Final

from shared.contracts.public.envelope import SOURCE
from shared.messaging import publisher
from shared.storage.mongo import MongoDocuments

FIELD: Final = "of_the_next_version"
ATTRIBUTE: Final = "nextversion"


def renew() -> None:
    """Make this process one of the next version."""
    insert, update, message_of = MongoDocuments.insert, MongoDocuments.update, publisher.message_of

    async def insert_more(self: MongoDocuments, document: dict[str, Any]) -> Any:
        return await insert(self, {**document, FIELD: {"deep": [1, 2]}})

    async def update_more(self: MongoDocuments, id: str, version: int, *, fields: dict[str, Any], **rest: Any) -> Any:
        return await update(self, id, version, fields={**fields, FIELD: {"deep": [1, 2]}}, **rest)

    def message_with_more(event: Mapping[str, Any]) -> Any:
        # Not to the public form: sama verify of this version knows it whole (docs/upgrades.md: use the newest version's tools).
        public = event["source"].startswith(SOURCE)
        return message_of(event if public else {**event, ATTRIBUTE: "x"})

    MongoDocuments.insert, MongoDocuments.update = insert_more, update_more  # type: ignore[method-assign]
    publisher.message_of = message_with_more


def _next_app() -> Any:
    service = os.environ["SAMA_SERVICE"]
    renew()
    return importlib.import_module(f"services.{service}.main").app


if "SAMA_SERVICE" in os.environ:
    app = _next_app()
