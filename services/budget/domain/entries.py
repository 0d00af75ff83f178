"""The form of one entry of a book, and what binds it: hash, link and private digest (BUD-3, BUD-10).

An entry as stored is a mapping:

    _id             business key of the movement, e.g. ``reserve:<request>``; unique in the whole journal
    book, seq       the book and the place in it: 1…n without gaps
    kind            what happened, see ``Kind``
    subject         id of the request, allotment or withdrawal it is about, if any
    amount          whole units of the book's currency
    postings        [{account, side, amount}]: debits equal credits; empty when no money moves
    after           every part of the book after the entry
    subject_after   {state, paused} of the request after the entry, if it is about one
    facts           what else the kind tells; amounts in it are text, except those of shares, which a download turns into text
    at              UTC, milliseconds, Z
    digest          of the command that made it: a repeat has the same, another content is refused
    private_digest  binds ``private``, which can be anonymised or withheld
    prev, hash      SHA-256 (hex) of the entry before and of this one
    private         {actor, causation, correlation, salt} and what else is not published: never leaves the service

The hash is SHA-256 of the RFC 8785 JSON of the entry without ``hash`` and ``private``, with amounts as text (``canonical``).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Entry = dict[str, Any]

Kind = Literal[
    "opening",
    "appropriation",
    "allotment_out",
    "allotment_in",
    "withdrawal_out",
    "withdrawal_in",
    "transfer_out",
    "transfer_through",
    "programme_ranked",
    "year_closed",
    "carried_out",
    "carried_through",
    "carried_in",
    "hold_made",
    "hold_released",
    "reservation_made",
    "reservation_raised",
    "reservation_waiting",
    "reservation_refused",
    "reservation_paused",
    "reservation_resumed",
    "reservation_released",
    "commitment_made",
    "commitment_refused",
    "commitment_released",
    "barred",
    "payment_prepared",
    "payment_approved",
    "payment_made",
    "payment_failed",
    "payment_given_up",
    "payments_ordered",
    "refund_received",
    "ineligible_found",
    "ineligible_documented",
    "ineligible_written_off",
]

GENESIS: Final = "0" * 64  # what the first entry of a book links to

# Sorted keys, no blanks and raw UTF-8 are RFC 8785 for what entries hold: ASCII keys, text, whole numbers, booleans and
# null. A property test compares it with the PyPI package rfc8785, which is slower and needed only by those who verify.
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode

_UNHASHED: Final = frozenset({"hash", "private"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a decision wants to write: an entry without its place, time, cause and hash."""

    id: str
    kind: Kind
    amount: int
    postings: tuple[tuple[str, str], ...] = ()
    """(debited account, credited account) for the whole amount."""
    subject: str | None = None
    subject_after: Mapping[str, str | bool] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    digest: str | None = None
    """Digest of an earlier command that this entry completes; None: of the command being decided."""
    private: Mapping[str, str] = field(default_factory=dict)
    """What is kept with the entry and not published."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The command asks for nothing that is not so already."""


def canonical(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is hashed and what a download shows beside ``hash``: no private part, amounts as text.

    Text, because a reader in another language may keep JSON numbers as doubles and a 64-bit amount would not survive.
    """
    public = {key: value for key, value in entry.items() if key not in _UNHASHED}
    public["amount"] = str(public["amount"])
    public["postings"] = [{**posting, "amount": str(posting["amount"])} for posting in public["postings"]]
    public["after"] = {account: str(amount) for account, amount in public["after"].items()}
    shares = public["facts"].get("shares")
    if shares is not None:
        public["facts"] = {**public["facts"], "shares": [{**share, "amount": str(share["amount"])} for share in shares]}
    return public


def hash_of(entry: Mapping[str, Any]) -> str:
    """Return the hash that binds the entry (hex)."""
    return digest_of(canonical(entry))


def digest_of(value: Any) -> str:
    """Return SHA-256 (hex) of the value's RFC 8785 JSON. The value holds text, whole numbers, booleans, null, lists and mappings."""
    return hashlib.sha256(_encode(value).encode()).hexdigest()


def line(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry as a line of a downloaded book: what was hashed, and the hash."""
    return {**canonical(entry), "hash": entry["hash"]}


def postings(draft: Draft) -> Sequence[dict[str, Any]]:
    """Return the postings of a draft as stored."""
    return [
        {"account": account, "side": side, "amount": draft.amount}
        for debit, credit in draft.postings
        for account, side in ((debit, "debit"), (credit, "credit"))
    ]
