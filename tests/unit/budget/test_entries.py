"""The form of entries: hash and published line (BUD-10)."""

import hashlib

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budget.domain.entries import digest_of, hash_of, line

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
key = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12)
scalar = st.one_of(text, st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1))
value = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(key, inner, max_size=4), max_leaves=12
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(key, value, max_size=6))
def test_our_encoding_is_rfc_8785_for_all_that_entries_hold(document: dict[str, object]) -> None:
    assert digest_of(document) == hashlib.sha256(rfc8785.dumps(document)).hexdigest()  # type: ignore[arg-type]


ENTRY = {
    "_id": "allot:x:out",
    "amount": 9_223_372_036_854_775_807,
    "postings": [{"account": "allotted", "side": "debit", "amount": 3}],
    "after": {"unallotted": 4},
    "facts": {"shares": [{"allotment": "x", "district": "7", "amount": 3}]},
    "private": {"actor": "person-1"},
    "hash": "old",
}


def test_a_published_line_shows_amounts_as_text_and_nothing_private() -> None:
    shown = line(ENTRY)
    assert shown["amount"] == "9223372036854775807"
    assert shown["postings"][0]["amount"] == "3"
    assert shown["after"] == {"unallotted": "4"}
    assert shown["facts"]["shares"][0]["amount"] == "3"
    assert "private" not in shown
    assert ENTRY["amount"] == 9_223_372_036_854_775_807, "the entry itself is not changed"


def test_the_hash_covers_all_but_hash_and_private() -> None:
    same = hash_of(ENTRY)
    assert hash_of({**ENTRY, "private": {}, "hash": "new"}) == same
    assert hash_of({**ENTRY, "after": {"unallotted": 5}}) != same
