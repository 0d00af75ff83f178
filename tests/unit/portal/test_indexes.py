"""Every list of portal has an index for its order, and for each way to narrow it."""

import pytest

from services.portal.outbound.indexes import INDEXES, SEARCHED
from services.portal.usecases.lists import LISTS


def test_no_two_indexes_are_the_same_and_no_field_comes_twice() -> None:
    keys = [(index.collection, index.keys) for index in INDEXES]
    assert len(set(keys)) == len(keys)
    assert [index.name for index in INDEXES if len(dict(index.keys)) < len(index.keys)] == []


@pytest.mark.parametrize("name", list(LISTS))
def test_every_way_to_read_a_list_has_its_index(name: str) -> None:
    of = LISTS[name]
    keys = [index.keys for index in INDEXES if index.collection == of.collection]
    shown = tuple((field, 1) for field in of.shows)
    assert (*shown, *of.order, ("_id", 1)) in keys
    for field in [*of.filters.values(), *(["search"] if name in SEARCHED else [])]:
        narrowed = (*shown, (field, 1), *of.order, ("_id", 1))
        assert narrowed in keys or dict(of.order).get(field) is not None, field
