"""One entry of a downloaded book: its form, its place in the chain and its money (BUD-2, BUD-10; I1 to I3)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import rfc8785

from ops.verify.closing import carried_moves, check_closing
from ops.verify.folded import AMOUNT, CITY, DISTRICT, HASH, KINDS, MOST, MOVES, OF_CITY, PAYMENTS, Book, Wrong
from ops.verify.holds import KINDS as HOLDS
from ops.verify.holds import check_award, check_hold
from ops.verify.payments import payment_moves
from ops.verify.waiting import check_due, check_step


def parsed(text: str | bytes) -> dict[str, Any]:
    try:
        entry = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise Wrong("form", f"not JSON: {error}") from error
    if not isinstance(entry, dict):
        raise Wrong("form", "not a JSON object")
    return entry


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A doubled key would let two readers see two books."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def check_entry(report: Book, entry: dict[str, Any], seen: set[str]) -> None:
    try:
        _check_form(entry)
        _check_chain(report, entry, seen)
        check_award(report, entry)
        check_due(report, entry)
        amount = int(entry["amount"])
        if entry["kind"] == "opening":
            _open(report, entry)
        elif not report.entries:
            raise Wrong("steps", "the first entry does not open the book")
        check_closing(report, entry)
        _check_money(report, entry, amount)
        check_step(report, entry, amount)
        if entry["kind"] in HOLDS:
            check_hold(report, entry, amount)
        award = entry["facts"].get("award")
        report.turning = None if award is None else (entry["subject"], award)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Wrong("form", f"not readable: {type(error).__name__} {error}") from error
    seen.add(entry["_id"])
    report.entries, report.head = entry["seq"], entry["hash"]


def _check_form(entry: Mapping[str, Any]) -> None:
    missing = {
        "_id",
        "book",
        "seq",
        "kind",
        "amount",
        "postings",
        "after",
        "facts",
        "at",
        "digest",
        "prev",
        "hash",
    } - set(entry)
    if missing:
        raise Wrong("form", f"fields are missing: {', '.join(sorted(missing))}")
    if "private" in entry:
        raise Wrong("form", "it shows its private part")
    if entry["kind"] not in KINDS:
        raise Wrong("form", f"unknown kind {entry['kind']!r}")
    amounts = [entry["amount"], *entry["after"].values(), *(p["amount"] for p in entry["postings"])]
    if not all(isinstance(amount, str) and AMOUNT.match(amount) for amount in amounts):
        negative = any(str(amount).startswith("-") for amount in amounts)
        raise Wrong("negative" if negative else "form", "an amount is not a whole number from 0 on, as text")


def _check_chain(report: Book, entry: Mapping[str, Any], seen: set[str]) -> None:
    if not HASH.match(str(entry["hash"])):
        raise Wrong("hash", "its hash is not 64 hexadecimal digits")
    public = {key: value for key, value in entry.items() if key != "hash"}
    try:
        computed = hashlib.sha256(rfc8785.dumps(public)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise Wrong("form", f"it has no canonical form: {error}") from error
    if computed != entry["hash"]:
        raise Wrong("hash", f"its content was changed: it hashes to {computed}, its hash says {entry['hash']}")
    if report.entries and entry["book"] != report.book:
        raise Wrong("chain", f"it belongs to the book {entry['book']}")
    if type(entry["seq"]) is not int or entry["seq"] != report.entries + 1:
        raise Wrong(
            "chain",
            f"its place is {entry['seq']}, expected {report.entries + 1}: an entry is missing, doubled or swapped",
        )
    if entry["prev"] != report.head:
        raise Wrong("chain", f"it follows {entry['prev']}, but the entry before has {report.head}")
    if entry["_id"] in seen:
        raise Wrong("unique", "its business key occurred before")


def _open(report: Book, entry: Mapping[str, Any]) -> None:
    if report.entries:
        raise Wrong("steps", "the book was opened before")
    facts = entry["facts"]
    report.book, report.currency, report.fiscal_year = entry["book"], facts["currency"], facts["fiscal_year"]
    report.district = facts.get("district")
    owner = "city" if report.district is None else f"district:{report.district}"
    if entry["book"] != f"{owner}/{report.fiscal_year}":
        raise Wrong("form", f"the book {entry['book']} is opened for {owner}/{report.fiscal_year}")
    report.waiting_rule, report.max_skips = facts.get("waiting_rule"), facts.get("max_skips")
    threshold = facts.get("third_approval_above")
    report.third_approval_above = None if threshold is None else int(threshold)
    if report.district is not None and report.waiting_rule not in ("first_fit", "strict"):
        raise Wrong("form", f"unknown waiting rule {report.waiting_rule!r}")
    parts = ("appropriated", *CITY) if report.district is None else ("allotted", *DISTRICT)
    report.balances = dict.fromkeys(parts, 0)


# ---------------------------------------------------------------- money


def _check_money(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    kind = entry["kind"]
    if (kind in OF_CITY) != (report.district is None) and kind not in ("opening", "year_closed"):
        raise Wrong("steps", f"{kind} is not for this book")
    expected = _expected(entry)
    moved = [(p["account"], p["side"], int(p["amount"])) for p in entry["postings"]]
    if sum(a if side == "debit" else -a for _, side, a in moved) or any(
        s not in ("debit", "credit") for _, s, _ in moved
    ):
        raise Wrong("postings", "debits and credits differ")
    # A commitment that is paid whole ends with nothing to move.
    wanted = [] if expected is None or not amount else [(expected[0], "debit", amount), (expected[1], "credit", amount)]
    if sorted(moved) != sorted(wanted):
        raise Wrong("postings", f"{kind} has to move {wanted or 'nothing'}, it moves {moved or 'nothing'}")
    source = "appropriated" if report.district is None else "allotted"
    for account, side, part in moved:
        report.balances[account] += part if (side == "credit") == (account == source) else -part
    negative = [account for account, balance in report.balances.items() if balance < 0]
    if negative:
        raise Wrong("negative", f"{', '.join(negative)} would be negative")
    if max(report.balances.values()) > MOST:
        raise Wrong("balances", "a balance is larger than 64 bits")
    after = {account: int(balance) for account, balance in entry["after"].items()}
    if after != report.balances:
        raise Wrong("balances", f"its balances are {after}, the fold of the entries is {report.balances}")
    if report.balances[source] != sum(b for account, b in report.balances.items() if account != source):
        raise Wrong("balances", f"{source} is not the sum of its parts")


def _expected(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (debited, credited) of the whole amount, as its kind has it."""
    kind = entry["kind"]
    if kind in PAYMENTS:
        return payment_moves(entry)
    if kind in ("carried_out", "carried_in"):
        return carried_moves(entry)
    if kind == "reservation_raised":
        return ("reserved", "available") if entry["subject_after"]["state"] == "reserved" else None
    if kind in ("reservation_released", "commitment_released"):
        return _releases(entry)
    return MOVES[kind]


def _releases(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    came_from, to = entry["facts"]["from"], entry["facts"]["to"]
    allowed = {
        ("waiting", "available"),
        ("reserved", "available"),
        ("committed", "available"),
        ("committed", "reserved"),
    }
    if (came_from, to) not in allowed or (came_from == "committed") != (entry["kind"] == "commitment_released"):
        raise Wrong("steps", f"{entry['kind']} from {came_from} to {to} is not possible")
    return None if came_from == "waiting" else (to, came_from)
