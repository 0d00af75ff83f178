"""Restoring: everything is checked before anything is touched, and what is being filled is marked until it is whole."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from ops.backup import order
from ops.backup.manifest import BadBackup, Manifest, check, documents, path_of, read
from ops.contracts import application
from services.budget.outbound.journal import ENTRIES, VALIDATOR
from shared.clock import Clock, utc_now
from shared.doctor_facts import RESTORING
from shared.storage.indexes import Index
from shared.tls import tls_options

Progress = Callable[[str, int], None]
Document = Mapping[str, Any]

BATCH_BYTES: Final = 4 << 20  # memory stays bounded whatever the documents' size
BATCH: Final = 1_000


class Refused(Exception):
    """Nothing was changed; the text says why and what to do."""


class CutOff(Exception):
    """The restore stopped in the middle; what it left is marked."""


def check_backup(folder: Path, progress: Progress = lambda *_: None) -> Manifest:
    """Return the manifest of a backup that is whole. Raises BadBackup."""
    manifest = read(folder)
    for name in check(folder, manifest):
        progress(name, 0)
    return manifest


def check_targets(
    mongo_url: str, prefix: str, services: Collection[str], *, replace: Collection[str], empty_prefix: bool
) -> None:
    """Raise Refused unless the databases may be filled.

    empty_prefix: the prefix is to be a new one, so none of its databases may hold anything.
    """
    client: MongoClient[dict[str, Any]] = MongoClient(
        mongo_url, serverSelectionTimeoutMS=5_000, **tls_options(mongo_url)
    )
    try:
        for service in order.SERVICES if empty_prefix else services:
            held = _held(client[f"{prefix}_{service}"])
            if held and empty_prefix:
                raise Refused(
                    f"The prefix {prefix} is not empty: {prefix}_{service} holds {', '.join(held)}. Name a new one."
                )
            if held and service not in replace:
                raise Refused(
                    f"The database {prefix}_{service} is not empty (it holds {', '.join(held)}). To look at the backup beside it, "
                    f"use --into-prefix NEW; to lose what is there, stop {service} and use --replace {service}."
                )
    finally:
        client.close()


def restore(
    mongo_url: str,
    prefix: str,
    folder: Path,
    manifest: Manifest,
    services: Collection[str],
    *,
    progress: Progress = lambda *_: None,
    clock: Clock = utc_now,
) -> None:
    """Put the services' databases back as the checked backup has them, dropping what they hold. Raises CutOff, PyMongoError."""
    client: MongoClient[Any] = MongoClient(
        mongo_url, serverSelectionTimeoutMS=5_000, tz_aware=True, **tls_options(mongo_url)
    )
    chosen = [service for service in order.SERVICES if service in services]
    try:
        safe = WriteConcern(w="majority", j=True)
        databases = {service: client.get_database(f"{prefix}_{service}", write_concern=safe) for service in chosen}
        for (
            database
        ) in databases.values():  # all before the first is touched: a cut-off restore is then seen everywhere
            _mark(database, manifest.created_at, clock())
        for service, database in databases.items():
            _empty(database)
            _fill(database, folder, manifest, service, progress)
            _index(database, service, declared_indexes(service))
        for database in databases.values():
            database[RESTORING].drop()
    finally:
        client.close()


def declared_indexes(service: str) -> Sequence[Index]:
    """Return the indexes that a service declares, those of its outboxes and timers included."""
    runtime = application(service).state.runtime
    indexes: Sequence[Index] = runtime.patient().indexes
    runtime.close()
    return indexes


def _held(database: "Database[Any]") -> list[str]:
    """Return the collections with documents; a service that has started once left empty ones."""
    return sorted(name for name in database.list_collection_names() if database[name].find_one({}, {"_id": 1}))


def _mark(database: "Database[Any]", backup: datetime, now: datetime) -> None:
    database[RESTORING].replace_one({"_id": "restore"}, {"_id": "restore", "backup": backup, "since": now}, upsert=True)


def _empty(database: "Database[Any]") -> None:
    for name in database.list_collection_names():
        if name != RESTORING and not name.startswith("system."):
            database.drop_collection(name)


def _fill(database: "Database[Any]", folder: Path, manifest: Manifest, service: str, progress: Progress) -> None:
    for file in manifest.of(service).collections:
        name = path_of(service, file.collection)
        collection = database[file.collection]
        count = 0
        try:
            for batch in _batches(documents(folder / name)):
                collection.insert_many(batch)
                count += len(batch)
                progress(name, count)
        except BadBackup as error:  # it was whole when it was checked
            raise CutOff(str(error)) from error
        there = collection.count_documents({})
        if there != file.documents:
            raise CutOff(f"{database.name}.{file.collection} holds {there} documents instead of {file.documents}")


def _index(database: "Database[Any]", service: str, indexes: Iterable[Index]) -> None:
    for index in indexes:
        database[index.collection].create_index(list(index.keys), **index.options)
    if service == "budget":  # afterwards: what the backup holds is put back as it was, and `sama verify` judges it
        if ENTRIES not in database.list_collection_names():
            database.create_collection(ENTRIES)
        database.command("collMod", ENTRIES, validator=VALIDATOR)


def _batches(found: Iterable[RawBSONDocument]) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    size = 0
    for document in found:
        batch.append(document)
        size += len(document.raw)
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
