"""What reconcile may write: numbers jump over what others have seen, and a hold is set or lifted (docs/decisions/0019)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.database import Database as PyMongoDatabase

from ops.reconcile.differences import Client, Found, Gap, action_id
from shared.storage.kept import ACTIONS, FLOORS, HOLDS

Database = PyMongoDatabase[dict[str, Any]]


def hold(database: Database, why: str, at: datetime) -> None:
    """Keep the service of this database from starting until it is reconciled; what a restore does first."""
    database[HOLDS].update_one({"_id": "restored"}, {"$setOnInsert": {"at": at, "why": why}}, upsert=True)


def repair(client: Client, prefix: str, found: Found, actor: str, at: datetime) -> Mapping[str, int]:
    """Close the gaps and lift the holds; return the numbers of each. Budget stays on hold while a book is cut off."""
    closed = sum(_close(client[f"{prefix}_{gap.service}"], gap, actor, at) for gap in found.gaps)
    left = len(found.gaps) - closed
    lifted = 0
    for service in {difference.service for difference in found.differences if difference.kind == "on_hold"}:
        blocked = service == "budget" and found.cut_off
        gaps_left = left and any(gap.service == service for gap in found.gaps)
        if not blocked and not gaps_left:
            lifted += _lift(client[f"{prefix}_{service}"], service, found.gaps, actor, at)
    return {"closed": closed, "left": left, "lifted": lifted}


def _close(database: Database, gap: Gap, actor: str, at: datetime) -> bool:
    """Have the aggregate's next event numbered after what was announced; False if it changed meanwhile."""
    if gap.document is None:
        database[FLOORS].update_one(
            {"_id": f"{gap.kind.collection}/{gap.id}"},
            {"$max": {"sequence": gap.to}, "$set": {"at": at, "actor": actor}},
            upsert=True,
        )
        return True
    sequence, version = gap.document["sequence"], gap.document["version"]
    step = {"after": len(gap.document["history"]), "from": sequence, "to": gap.to, "at": at, "actor": actor}
    changed = database[gap.kind.collection].update_one(
        {"_id": gap.id, "version": version},
        {"$set": {"sequence": gap.to}, "$inc": {"version": 1}, "$push": {"raised": step}},
    )
    return changed.modified_count == 1


def _lift(database: Database, service: str, gaps: Sequence[Gap], actor: str, at: datetime) -> int:
    held = database[HOLDS].find_one({})
    about = {
        "service": service,
        "hold": held,
        "numbered_over": [f"{gap.kind.noun}/{gap.id} to {gap.to}" for gap in gaps if gap.service == service],
    }
    kept = {"_id": action_id(service, at.isoformat()), "at": at, "actor": actor, "action": "reconcile", "about": about}
    database[ACTIONS].insert_one(kept)
    return database[HOLDS].delete_many({}).deleted_count
