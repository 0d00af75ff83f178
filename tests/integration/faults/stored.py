"""What is stored of facts: what a repeated or late event must leave as it is."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from pymongo import MongoClient

from ops.verify.histories import KINDS
from tests.integration.faults.city import City

Facts = Mapping[str, Mapping[str, Any]]


async def facts(city: City) -> Facts:
    """Return every aggregate's version and number of the last event, and every entry's hash, by collection and id."""
    return await asyncio.to_thread(_facts, city)


def _facts(city: City) -> Facts:
    client: MongoClient[dict[str, Any]] = MongoClient(city.mongo_url, tz_aware=True)
    with closing(client):
        found: dict[str, dict[str, Any]] = {}
        for service, kinds in KINDS.items():
            for kind in kinds:
                documents = client[f"{city.prefix}_{service}"][kind.collection].find({}, {"version": 1, "sequence": 1})
                found[f"{service}.{kind.collection}"] = {d["_id"]: (d.get("version"), d["sequence"]) for d in documents}
        entries = client[f"{city.prefix}_budget"]["entries"].find({}, {"hash": 1})
        found["budget.entries"] = {entry["_id"]: entry["hash"] for entry in entries}
        return found
