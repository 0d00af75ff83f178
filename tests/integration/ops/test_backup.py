"""Backup and restore on a real database server."""

import asyncio
import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import bson
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.errors import WriteError
from typer.testing import CliRunner

from ops.backup import manifest as backups
from ops.backup.manifest import BadBackup, Manifest
from ops.backup.order import SERVICES
from ops.backup.restore import CutOff, Refused, check_backup, check_targets, declared_indexes, restore
from ops.backup.write import UNFINISHED, CannotBackUp, back_up
from ops.cli import app
from ops.local.places import ROOT
from shared.doctor_facts import RESTORING
from tests.waiting import until

AT = datetime(2026, 11, 22, 8, 30, 0, 123000, tzinfo=UTC)
ODD: dict[str, Any] = {
    "int": 1, "long": bson.Int64(1), "double": 1.0, "none": None, "text": "سامانه‌ی سما", "bytes": b"\x00\xff", "at": AT,
    "id": bson.ObjectId("0123456789ab0123456789ab"), "list": [1, [2.5, {"z": 1, "a": 2}]], "decimal": bson.Decimal128("1.10"),
}  # fmt: skip


def entry(book: str, seq: int) -> dict[str, Any]:
    money = {"available": 0, "held": 0, "reserved": 0, "committed": 0, "pending": 0, "paid": 0, "allotted": 0}
    opening = "open:" if seq == 1 else "e:"
    return {"_id": f"{opening}{book}:{seq}", "book": book, "seq": seq, "hash": f"h{seq}", "after": money, **ODD}


class Databases:
    """The four databases of a prefix."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url, self.prefix = url, prefix
        self.client: MongoClient[Any] = MongoClient(url, tz_aware=True)

    def __getitem__(self, service: str) -> Any:
        return self.client[f"{self.prefix}_{service}"]

    def fill(self) -> None:
        for service, collection in (
            ("registry", "organizations"), ("registry", "districts"), ("requests", "requests"), ("requests", "standings"),
            ("review", "cases"), ("review", "standings"), ("budget", "standings"),
        ):  # fmt: skip
            self[service][collection].insert_many(
                [{"_id": f"{collection}-{n:03d}", "claimed_legal_id": None, **ODD, "n": n} for n in range(50)]
            )
        self["budget"]["cursors"].insert_one({"_id": "city/1405", "published_seq": 3})
        for book in ("city/1405", "district:7/1405"):
            self["budget"]["entries"].insert_many([entry(book, seq) for seq in range(1, 6)])

    def content(self) -> dict[str, bytes]:
        """Every document as stored, by place."""
        found = {}
        for service in SERVICES:
            database = self.client.get_database(f"{self.prefix}_{service}", codec_options=backups.RAW)
            for name in database.list_collection_names():
                for document in database[name].find():
                    assert isinstance(document, RawBSONDocument)
                    found[f"{service}/{name}/{document['_id']}"] = bytes(document.raw)
        return found

    def drop(self) -> None:
        for service in SERVICES:
            self.client.drop_database(f"{self.prefix}_{service}")
        self.client.close()


@pytest.fixture
def databases(mongo_url: str) -> Iterator[Callable[[], Databases]]:
    made: list[Databases] = []

    def make() -> Databases:
        made.append(Databases(mongo_url, f"sama_bk_{uuid4().hex[:8]}"))
        return made[-1]

    yield make
    for each in made:
        each.drop()


@pytest.fixture
def city(databases: Callable[[], Databases]) -> Databases:
    """Databases with something in every kind of collection."""
    made = databases()
    made.fill()
    return made


@pytest.fixture
def backup(city: Databases, tmp_path: Path) -> Path:
    back_up(city.url, city.prefix, tmp_path / "backup")
    return tmp_path / "backup"


def put_back(backup: Path, to: Databases, *services: str) -> Manifest:
    manifest = check_backup(backup)
    restore(to.url, to.prefix, backup, manifest, services or SERVICES)
    return manifest


def test_a_restored_system_is_the_same_to_the_byte_and_has_its_indexes_and_its_guard(
    city: Databases, backup: Path, databases: Callable[[], Databases]
) -> None:
    other = databases()
    manifest = put_back(backup, other)
    assert len(city.content()) == 361
    assert other.content() == city.content()
    assert {book: (head.seq, head.hash, head.entries) for book, head in manifest.books.items()} == {
        "city/1405": (5, "h5", 5), "district:7/1405": (5, "h5", 5),
    }  # fmt: skip
    for service in SERVICES:
        for index in declared_indexes(service):
            assert index.name in other[service][index.collection].index_information(), index
    with pytest.raises(WriteError):
        other["budget"]["entries"].insert_one({**entry("city/1405", 6), "after": {"unallotted": -1}})


def test_sha256sum_of_the_system_agrees_and_the_folder_is_the_owners_alone(backup: Path) -> None:
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("there is no sha256sum on this machine")
    subprocess.run([program, "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=backup, check=True)
    assert backup.stat().st_mode & 0o077 == 0


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _alter(file: Path) -> None:
    """Change one document and leave the file well formed."""
    found = bson.decode_all(gzip.decompress(file.read_bytes()))
    found[0]["n"] = 999
    file.write_bytes(gzip.compress(b"".join(bson.encode(document) for document in found)))


def _alter_manifest(file: Path) -> None:
    manifest = file.parents[1] / backups.MANIFEST
    manifest.write_text(manifest.read_text().replace('"documents": 50', '"documents": 49', 1))


def _alter_head(file: Path) -> None:
    """Change what nothing else in the backup tells."""
    manifest = file.parents[1] / backups.MANIFEST
    manifest.write_text(manifest.read_text().replace('"h5"', '"h6"', 1))


def _lose_sums(file: Path) -> None:
    (file.parents[1] / backups.SUMS).unlink()


@pytest.mark.parametrize("damage", [_cut, _alter, Path.unlink, _alter_manifest, _alter_head, _lose_sums])
def test_a_damaged_backup_is_refused_and_nothing_is_changed(
    city: Databases, backup: Path, damage: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(backup / "registry" / "organizations.bson.gz")  # read last of all
    before = city.content()
    monkeypatch.setenv("SAMA_MONGO_URL", city.url)
    monkeypatch.setenv("SAMA_MONGO_PREFIX", city.prefix)
    replace = [word for service in SERVICES for word in ("--replace", service)]
    answer = CliRunner().invoke(app, ["restore", str(backup), "--folder", str(backup.parent / "no-stack"), *replace])
    assert answer.exit_code == 2
    assert "Nothing was changed" in answer.output
    assert city.content() == before


def test_a_manifest_whose_own_sum_was_made_anew_is_still_found_out_by_the_number_of_documents(backup: Path) -> None:
    _alter_manifest(backup / "registry" / "organizations.bson.gz")
    digest = backups.digest(backup / backups.MANIFEST)
    (backup / backups.SUMS).write_text(f"{digest}  {backups.MANIFEST}\n")
    with pytest.raises(BadBackup, match="holds 50 documents"):
        check_backup(backup)


def test_a_path_that_leads_out_of_the_backup_is_no_manifest(backup: Path) -> None:
    text = (backup / backups.MANIFEST).read_text().replace('"districts"', '"../../secret"')
    (backup / backups.MANIFEST).write_text(text)
    digest = backups.digest(backup / backups.MANIFEST)
    (backup / backups.SUMS).write_text(f"{digest}  {backups.MANIFEST}\n")
    with pytest.raises(BadBackup, match="cannot be understood"):
        check_backup(backup)


def start_backup(city: Databases, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "backup", str(folder), "--folder", str(folder.parent)],
        cwd=ROOT,
        env={**os.environ, "SAMA_MONGO_URL": city.url, "SAMA_MONGO_PREFIX": city.prefix},
        stderr=subprocess.DEVNULL,
    )


async def test_a_backup_that_is_killed_in_the_middle_leaves_nothing_that_looks_complete(
    city: Databases, tmp_path: Path
) -> None:
    city["registry"]["organizations"].insert_many(
        [{"_id": f"large-{n:05d}", "noise": random.Random(n).randbytes(4_000)} for n in range(8_000)]
    )
    folder = tmp_path / "night"
    process = start_backup(city, folder)
    large = folder.with_name(folder.name + UNFINISHED) / "registry" / "organizations.bson.gz"
    try:
        await until(lambda: large.exists() and large.stat().st_size > 100_000, seconds=60)
    finally:
        process.send_signal(signal.SIGKILL)
        assert await asyncio.to_thread(process.wait) == -signal.SIGKILL
    assert not folder.exists()
    with pytest.raises(BadBackup, match="no whole backup"):
        check_backup(large.parents[1])
    with pytest.raises(CannotBackUp, match="cut off"):
        back_up(city.url, city.prefix, folder)
    shutil.rmtree(large.parents[1])
    assert back_up(city.url, city.prefix, folder).of("registry").collections[0].documents == 8_050


def test_a_backup_never_overwrites(city: Databases, backup: Path) -> None:
    with pytest.raises(CannotBackUp, match="exists already"):
        back_up(city.url, city.prefix, backup)


def test_a_backup_that_may_not_fit_is_refused_before_anything_is_read(
    city: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("ops.backup.write.shutil.disk_usage", lambda _: usage._replace(free=100 << 20))
    with pytest.raises(CannotBackUp, match="100 MiB free"):
        back_up(city.url, city.prefix, tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_one_service_is_restored_and_the_others_stay_as_they_are(city: Databases, backup: Path) -> None:
    before = city.content()
    city["review"]["cases"].delete_many({})
    city["review"]["strange"].insert_one({"_id": "left over"})
    city["requests"]["requests"].insert_one({"_id": "newer"})
    with pytest.raises(Refused, match="--replace review"):
        check_targets(city.url, city.prefix, ["review"], replace=[], empty_prefix=False)
    check_targets(city.url, city.prefix, ["review"], replace=["review"], empty_prefix=False)
    put_back(backup, city, "review")
    newer = city.content()
    assert newer.pop("requests/requests/newer")
    assert newer == before


def test_a_new_prefix_must_be_empty_in_all_four_databases(
    backup: Path, city: Databases, databases: Callable[[], Databases]
) -> None:
    other = databases()
    check_targets(other.url, other.prefix, ["review"], replace=[], empty_prefix=True)
    other["budget"]["entries"].insert_one(entry("city/1405", 1))
    with pytest.raises(Refused, match="not empty"):
        check_targets(other.url, other.prefix, ["review"], replace=["budget"], empty_prefix=True)


def test_a_restore_that_stops_in_the_middle_marks_every_database_until_it_is_repeated(
    city: Databases, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = city.content()
    manifest = check_backup(backup)
    with monkeypatch.context() as damaged:

        def documents(file: Path) -> Iterator[RawBSONDocument]:
            if file.name == "cases.bson.gz":
                raise BadBackup("the disk failed")
            yield from backups.documents(file)

        damaged.setattr("ops.backup.restore.documents", documents)
        with pytest.raises(CutOff, match="the disk failed"):
            restore(city.url, city.prefix, backup, manifest, SERVICES)
    assert all(city[service][RESTORING].find_one() for service in SERVICES)
    with pytest.raises(CannotBackUp, match="only a part"):
        back_up(city.url, city.prefix, tmp_path / "second")
    restore(city.url, city.prefix, backup, manifest, SERVICES)
    assert city.content() == before


def test_in_a_backup_of_a_system_at_work_books_are_prefixes_and_no_follower_knows_more_than_its_source(
    city: Databases, tmp_path: Path
) -> None:
    stop = threading.Event()
    others: list[Exception] = []

    def work() -> None:
        """An entry with its cursor; a standing at its source and then its copies; money out of the city and then into a district."""
        try:
            for n in range(6, 100_000):
                if stop.is_set():
                    return
                for book in ("city/1405", "district:7/1405"):
                    city["budget"]["entries"].insert_one(entry(book, n))
                city["budget"]["cursors"].update_one({"_id": "city/1405"}, {"$max": {"published_seq": n}})
                city["registry"]["organizations"].insert_one({"_id": f"o{n:06d}"})
                for follower in ("review", "requests", "budget"):
                    city[follower]["standings"].insert_one({"_id": f"o{n:06d}"})
        except Exception as error:  # noqa: BLE001 - told in the test's own thread
            others.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    folder = tmp_path / "backup"
    try:
        slow = 0

        def progress(_file: str, _count: int) -> None:
            nonlocal slow
            slow += 1
            threading.Event().wait(0.05)  # so that much is written between one collection and the next

        manifest = back_up(city.url, city.prefix, folder, progress=progress)
    finally:
        stop.set()
        worker.join()
    assert not others
    assert slow > 5

    def ids(file: str) -> set[str]:
        return {document["_id"] for document in backups.documents(folder / file)}

    assert all(head.entries == head.seq for head in manifest.books.values())
    assert manifest.books["district:7/1405"].seq <= manifest.books["city/1405"].seq
    (cursor,) = backups.documents(folder / "budget/cursors.bson.gz")
    assert 5 < cursor["published_seq"] <= manifest.books["city/1405"].seq
    for follower in ("review", "requests", "budget"):
        known = {id for id in ids(f"{follower}/standings.bson.gz") if id.startswith("o")}
        assert known - {"organizations"} <= ids("registry/organizations.bson.gz"), follower
    check_backup(folder)
