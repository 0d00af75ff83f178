"""Writing a backup: one database after the other, each collection as a stream, into a folder that gets its name when it is complete."""

import gzip
import hashlib
import os
import platform
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from ops.backup import order
from ops.backup.manifest import (
    FORMAT,
    MANIFEST,
    RAW,
    SUMS,
    BookHead,
    CollectionFile,
    Manifest,
    ServiceFiles,
    path_of,
    sums,
)
from ops.local.places import ROOT
from shared.clock import Clock, utc_now
from shared.doctor_facts import RESTORING
from shared.tls import tls_options

Raw = RawBSONDocument
Progress = Callable[[str, int], None]
"""Receives a file's name and how many documents are in it so far."""

UNFINISHED: Final = ".unfinished"
ROOM: Final = 100 << 20  # bytes beyond the data: the disk is shared with the servers
TELL_EVERY: Final = 500  # documents


class CannotBackUp(Exception):
    """Nothing was written; the text says why and what to do."""


def back_up(
    mongo_url: str, prefix: str, folder: Path, *, progress: Progress = lambda *_: None, clock: Clock = utc_now
) -> Manifest:
    """Write a backup of all databases to ``folder``, which must not exist. Raises CannotBackUp, PyMongoError, OSError."""
    unfinished = folder.with_name(folder.name + UNFINISHED)
    if folder.exists():
        raise CannotBackUp(f"{folder} exists already; a backup never overwrites. Name another folder.")
    client: MongoClient[Raw] = MongoClient(
        mongo_url, document_class=RawBSONDocument, serverSelectionTimeoutMS=5_000, **tls_options(mongo_url)
    )
    try:
        _check_sources(client, prefix)
        _make(unfinished)
        try:
            _check_room(client, prefix, unfinished)
            manifest = _write(client, prefix, unfinished, progress, clock)
            unfinished.rename(folder)
            _sync(folder.parent)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    finally:
        client.close()
    return manifest


def _make(unfinished: Path) -> None:
    try:
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir(mode=0o700)  # it holds personal data
    except FileExistsError as error:
        raise CannotBackUp(
            f"{unfinished} is there: a backup of this name is running, or was cut off. If none is running, remove that folder."
        ) from error


def _check_sources(client: "MongoClient[Raw]", prefix: str) -> None:
    for service in order.SERVICES:
        if client[f"{prefix}_{service}"][RESTORING].find_one() is not None:
            raise CannotBackUp(
                f"The database of {service} holds only a part of its data: a restore is under way or was cut off. "
                f"Finish it first with `sama restore FOLDER --replace {service}`."
            )


def _check_room(client: "MongoClient[Raw]", prefix: str, folder: Path) -> None:
    need = ROOM
    for service in order.SERVICES:
        stats = client.get_database(f"{prefix}_{service}").command("dbStats")
        need += int(stats.get("dataSize") or 0)  # not compressed: a backup needs less, never more
    free = shutil.disk_usage(folder).free
    if free < need:
        raise CannotBackUp(
            f"There are {free / 2**20:,.0f} MiB free at {folder.parent}, and it may take {need / 2**20:,.0f} MiB. "
            "Free space there or name a folder on another disk."
        )


def _write(client: "MongoClient[Raw]", prefix: str, folder: Path, progress: Progress, clock: Clock) -> Manifest:
    began = clock()
    heads: dict[str, BookHead] = {}
    services = []
    for service in order.SERVICES:
        database = client.get_database(f"{prefix}_{service}", codec_options=RAW, read_concern=ReadConcern("majority"))
        (folder / service).mkdir(mode=0o700)
        services.append(_write_service(database, service, folder, heads, progress, clock))
        _sync(folder / service)
    manifest = Manifest(
        format=FORMAT,
        created_at=began,
        finished_at=clock(),
        prefix=prefix,
        versions={
            "sama": _version(),
            "python": platform.python_version(),
            "pymongo": pymongo.version,
            "server": str(client.server_info()["version"]),
        },
        services=services,
        books=heads,
    )
    files = [path_of(part.service, file.collection) for part in services for file in part.collections]
    _put(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
    _put(folder / SUMS, sums(folder, [*files, MANIFEST]))
    _sync(folder)
    return manifest


def _write_service(
    database: "Database[Raw]", service: str, folder: Path, heads: dict[str, BookHead], progress: Progress, clock: Clock
) -> ServiceFiles:
    began: datetime = clock()
    names = [name for name in database.list_collection_names() if not name.startswith("system.")]
    files = []
    for name in order.collections(service, names):
        path = path_of(service, name)
        collection = database[name]
        found = _entries(collection, heads) if (service, name) == ("budget", "entries") else _all(collection)
        files.append(_write_collection(name, found, folder / path, partial(progress, path)))
    return ServiceFiles(service=service, read_from=began, read_until=clock(), collections=files)


def _all(collection: "Collection[Raw]") -> Iterator[Raw]:
    # By _id, which never changes: no document is met twice or passed over while others are written.
    yield from collection.find().sort("_id", 1)


def _entries(collection: "Collection[Raw]", heads: dict[str, BookHead]) -> Iterator[Raw]:
    """Yield the journal book by book, each from its beginning: an entry comes after the one before it, so each is a prefix."""
    for book in order.books(collection.distinct("book")):
        for entry in collection.find({"book": book}).sort("seq", 1):
            known = heads.get(book)
            heads[book] = BookHead(seq=entry["seq"], hash=entry["hash"], entries=(known.entries if known else 0) + 1)
            yield entry


def _write_collection(name: str, found: Iterator[Raw], path: Path, tell: Callable[[int], None]) -> CollectionFile:
    count = size = 0
    with path.open("xb") as file:
        hashing = _Hashing(file)
        with gzip.GzipFile(filename="", fileobj=hashing, mode="wb", mtime=0) as stream:
            for document in found:
                stream.write(document.raw)
                count += 1
                size += len(document.raw)
                if count % TELL_EVERY == 0:
                    tell(count)
        file.flush()
        os.fsync(file.fileno())
    tell(count)
    return CollectionFile(collection=name, documents=count, bytes=size, sha256=hashing.hexdigest())


@dataclass
class _Hashing:
    """A file whose SHA-256 is known when it is written."""

    file: IO[bytes]

    def __post_init__(self) -> None:
        self._sum: Any = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._sum.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()

    def hexdigest(self) -> str:
        digest: str = self._sum.hexdigest()
        return digest


def _version() -> str:
    try:
        version: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    except OSError:
        return "unknown"  # an image without the project's files
    return version


def _put(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the folder's list of names on the disk: without it a power cut forgets the rename."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
