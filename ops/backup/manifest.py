"""What a backup's folder holds: ``<service>/<collection>.bson.gz``, ``manifest.json`` and ``SHA256SUMS`` (as sha256sum writes it)."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any, Final, Literal, cast

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pydantic import BaseModel, Field, ValidationError

from shared.contracts.base import ANNOUNCERS

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
CHUNK: Final = 1 << 20
RAW: Final[CodecOptions[RawBSONDocument]] = CodecOptions(document_class=RawBSONDocument)
"""Documents as they are stored, not decoded: what comes back is the same to the byte."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BadBackup(Exception):
    """The folder is no whole backup; the text says what is wrong with it."""


class CollectionFile(BaseModel):
    """One collection. bytes: of its documents, not compressed; sha256: of the file."""

    collection: Name
    documents: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: Digest


class ServiceFiles(BaseModel):
    """One service's database, read between two times."""

    service: Literal["registry", "requests", "review", "budget", "webhooks", "portal"]
    read_from: datetime
    read_until: datetime
    collections: list[CollectionFile]


class BookHead(BaseModel):
    """The last entry of a book. entries: how many there are; another number than ``seq`` means a gap."""

    seq: int
    hash: str
    entries: int


class Manifest(BaseModel):
    """What is in a backup. services: in the order in which they were read."""

    format: int
    created_at: datetime
    finished_at: datetime
    prefix: str
    versions: dict[str, str]
    services: list[ServiceFiles]
    books: dict[str, BookHead]

    def of(self, service: str) -> ServiceFiles:
        """Return a service's part. Raises BadBackup."""
        for found in self.services:
            if found.service == service:
                return found
        raise BadBackup(f"it holds nothing of {service}")


def path_of(service: str, collection: str) -> str:
    """Return where a collection's file is, below the backup's folder."""
    return f"{service}/{collection}.bson.gz"


def documents(file: Path) -> Iterator[RawBSONDocument]:
    """Yield the documents of a file one by one. Raises BadBackup when it is cut or no such file."""
    try:
        with gzip.open(file, "rb") as stream:
            yield from bson.decode_file_iter(cast(IO[bytes], stream), RAW)
    except (OSError, EOFError, BSONError) as error:
        raise BadBackup(f"{file} is cut off or damaged: {error}") from error


def sums(folder: Path, files: Sequence[str]) -> str:
    """Return SHA256SUMS of these files."""
    return "".join(f"{digest(folder / name)}  {name}\n" for name in files)


def digest(file: Path) -> str:
    """Return a file's SHA-256. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read(folder: Path) -> Manifest:
    """Return the manifest after comparing it with SHA256SUMS. Raises BadBackup."""
    try:
        noted = _noted((folder / SUMS).read_text("utf-8"))
        text = (folder / MANIFEST).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise BadBackup(f"{folder} is no whole backup: {error}") from error
    if noted.get(MANIFEST) != hashlib.sha256(text).hexdigest():
        raise BadBackup(f"{folder / MANIFEST} is not what {SUMS} says: it was altered or cut off")
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BadBackup(f"{folder / MANIFEST} cannot be understood: {error}") from error
    if manifest.format != FORMAT:
        raise BadBackup(f"it has format {manifest.format}; this version of sama reads format {FORMAT}")
    if not {part.service for part in manifest.services} >= set(
        ANNOUNCERS
    ):  # before there were webhooks and portal, without
        raise BadBackup(f"it does not hold all of {', '.join(ANNOUNCERS)}")
    return manifest


def check(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Compare every file with the manifest, yielding the name of each before it is read. Raises BadBackup."""
    for part in manifest.services:
        for file in part.collections:
            name = path_of(part.service, file.collection)
            yield name
            try:
                found = digest(folder / name)
            except OSError as error:
                raise BadBackup(f"{name} cannot be read: {error.strerror}") from error
            if found != file.sha256:
                raise BadBackup(f"{name} is not what the manifest says: it was altered or cut off")
            count = size = 0
            for document in documents(folder / name):
                count += 1
                size += len(document.raw)
            if (count, size) != (file.documents, file.bytes):
                raise BadBackup(f"{name} holds {count} documents of {size} bytes, not those of the manifest")


def _noted(text: str) -> Mapping[str, Any]:
    return {name: noted for line in text.splitlines() for noted, _, name in [line.partition("  ")]}
