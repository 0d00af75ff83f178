"""The shard keys of docs/kubernetes.md against the indexes of the code: MongoDB keeps an index unique across shards only if it begins with
the shard key, and never one with a hashed key."""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from ops.local.services import SERVICES
from ops.verify.histories import KINDS
from services.requests.outbound.store import COPIES
from shared.storage.indexes import Index

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "kubernetes.md").read_text()
ROW: Final = re.compile(r"^\| `sama_(\w+)\.(\w+)` \| `\{(.+?)\}` \|", re.MULTILINE)

Key = Sequence[tuple[str, str]]


def keys() -> Mapping[tuple[str, str], Key]:
    """Return service and collection → the fields of its shard key, with how each is taken."""
    return {
        (service, collection): [(name, how.strip('"')) for name, how in re.findall(r'(\w+): ("hashed"|-?1)', key)]
        for service, collection, key in ROW.findall(PAGE)
    }


def indexes(service: str) -> Sequence[Index]:
    found: Sequence[Index] = import_module(f"services.{service}.outbound.indexes").INDEXES
    return found


def unique(service: str, collection: str) -> list[list[str]]:
    return [[name for name, _ in i.keys] for i in indexes(service) if i.collection == collection and i.unique]


def splits_well(key: Key, uniques: Sequence[Sequence[str]]) -> bool:
    """Whether a collection with these unique indexes can be split by this key and keep them."""
    names = [name for name, _ in key]
    return all("hashed" not in dict(key).values() and list(index[: len(names)]) == names for index in uniques)


def test_the_page_names_the_collections_worth_splitting_and_they_exist() -> None:
    collections = {(service, kind.collection) for service, kinds in KINDS.items() for kind in kinds}
    collections |= {("budget", "entries")} | {("requests", name) for name in COPIES}
    assert keys().keys() == {("requests", "requests"), ("review", "cases"), ("budget", "entries")}
    assert keys().keys() <= collections


@pytest.mark.parametrize("where", sorted(keys()))
def test_a_split_collection_keeps_every_unique_index(where: tuple[str, str]) -> None:
    assert splits_well(keys()[where], unique(*where))


def test_what_has_a_unique_index_is_split_by_its_beginning_or_stays_whole() -> None:
    whole = {
        (service, index.collection) for service in SERVICES for index in indexes(service) if index.unique
    } - keys().keys()
    assert whole == {("registry", "organizations")}
    assert "`sama_registry.organizations` must" in PAGE


def test_the_keys_that_the_page_warns_of_are_wrong() -> None:
    entries = unique("budget", "entries")
    assert entries == [["book", "seq"]]
    assert not splits_well([("book", "hashed")], entries)
    assert not splits_well([("_id", "hashed")], entries)
    assert not splits_well([("_id", "hashed")], unique("registry", "organizations"))


def test_an_aggregate_is_found_by_what_it_is_split_by() -> None:
    """Steps filter by _id and version (shared/storage/mongo.py), so the key is _id."""
    for (service, collection), key in keys().items():
        if any(kind.collection == collection for kind in KINDS.get(service, ())):
            assert key == [("_id", "hashed")]
