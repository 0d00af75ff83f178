"""Ineligible amounts in a downloaded book: never more of a payment than is left of it, and never more settled than found (BUD-8; I4)."""

from collections.abc import Mapping
from typing import Any, Final

from ops.verify.folded import Book, Question, Wrong

KINDS: Final = frozenset({"ineligible_found", "ineligible_documented", "ineligible_written_off"})


def check_finding(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """Judge and follow an entry about a finding."""
    kind, facts = entry["kind"], entry["facts"]
    payment = report.payments.get(facts["payment"])
    if payment is None or payment.request != entry["subject"] or payment.state != "paid":
        raise Wrong("steps", "it is about a payment that is not paid")
    if kind == "ineligible_found":
        if facts["finding"] in report.questions:
            raise Wrong("unique", f"finding {facts['finding']} was made before")
        report.questions[facts["finding"]] = Question(facts["payment"], amount, facts["review_until"])
        check_questioned(report, facts["payment"])
        return
    question = report.questions.get(facts["finding"])
    if question is None or question.payment != facts["payment"] or amount > question.open:
        raise Wrong(
            "steps", f"{amount} settled of a finding of which {question.open if question else 'nothing'} is open"
        )
    question.open -= amount
    if kind == "ineligible_written_off":
        if question.open or entry["at"] < question.review_until:
            raise Wrong("steps", f"written off before {question.review_until}, or not whole")
        question.written_off = amount


def settle_refund(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """Follow a refund that is of a finding."""
    facts = entry["facts"]
    if "finding" in facts:
        question = report.questions.get(facts["finding"])
        if question is None or question.payment != facts["payment"] or amount > question.open:
            raise Wrong("steps", f"{amount} refunded of a finding that is not open for it")
        question.open -= amount
    check_questioned(report, facts["payment"])


def check_questioned(report: Book, payment: str) -> None:
    """What is open, written off and refunded of a payment is no more than it."""
    known = report.payments[payment]
    questioned = sum(q.open + q.written_off for q in report.questions.values() if q.payment == payment)
    if questioned + known.refunded > int(known.told[0]):
        raise Wrong("steps", f"{questioned} questioned and {known.refunded} refunded of a payment of {known.told[0]}")
