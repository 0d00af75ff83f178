"""Certification by a code that one person is told and another enters (REQ-5, REG-10): what is kept of it, and what may be done.

The code is made for a draft as it is, so two persons stand behind what it certifies. What ends a certification is the draft's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from shared.contracts.refusals import Refusal


@dataclass(frozen=True)
class Certification:
    """A code that was given for the draft as it is. ``digest``: keyed, the code itself is kept nowhere.

    holder: subject of whoever was told the code; assisted: that is an officer who hands it over to a representative.
    certified_at: when another person entered it; None before.
    """

    holder: str
    assisted: bool
    digest: str
    given_at: datetime
    until: datetime
    tries_left: int
    certified_at: datetime | None = None
    certified_by: str | None = None


@dataclass(frozen=True)
class CodeGiven:
    """A code was made for the draft as it is; one that was given before is void."""

    certification: Certification


@dataclass(frozen=True)
class WrongCodeEntered:
    """A try was used up."""

    at: datetime


@dataclass(frozen=True)
class Certified:
    """Another person entered the code."""

    by: str
    at: datetime


CertificationEvent = CodeGiven | WrongCodeEntered | Certified


class NoCode(Refusal):
    """No code was given for the draft as it is: none was asked for, or the draft was edited since."""

    code = "no_certification_code"


class CodeSpent(Refusal):
    """The code has expired, or all tries were used up; another one can be asked for."""

    code = "certification_code_spent"


class SamePerson(Refusal):
    """Whoever was told the code does not enter it: certification takes two persons."""

    code = "certification_same_person"


def certify(
    certification: Certification | None, *, digest: str, by: str, now: datetime
) -> Sequence[CertificationEvent]:
    """Enter a code (``digest``: its keyed digest). A wrong one uses up a try; entering the right one again does nothing.

    Raises NoCode, SamePerson, CodeSpent.
    """
    if certification is None:
        raise NoCode()
    if by == certification.holder:
        raise SamePerson()
    if certification.certified_at is not None:
        return []
    if certification.tries_left == 0 or certification.until <= now:
        raise CodeSpent()
    if not compare_digest(digest, certification.digest):
        return [WrongCodeEntered(now)]
    return [Certified(by, now)]


def certification_after(before: Certification | None, event: CertificationEvent) -> Certification | None:
    """Return the certification after an event."""
    match event:
        case CodeGiven(certification):
            return certification
        case WrongCodeEntered():
            return None if before is None else replace(before, tries_left=before.tries_left - 1)
        case Certified(by, at):
            return None if before is None else replace(before, certified_at=at, certified_by=by)
