"""Certification of a draft by a second representative (REQ-5): what is kept of it, and what may be done.

A code is made for the draft as it is and is told to its holder; another representative of the organisation enters it. So two persons stand
behind a submission. Any edit, and the submission itself, end the certification.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from shared.contracts.refusals import Refusal


@dataclass(frozen=True)
class Certification:
    """A code that was given for the draft as it is. ``digest``: keyed, the code itself is kept nowhere.

    holder: subject of whoever was told the code; assisted: that is an officer who hands it over to the representative.
    certified_at: when another representative entered it; None before.
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
    """Another representative entered the code."""

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


class CertificationNeeded(Refusal):
    """It is submitted only once a second representative has certified it as it is (REQ-5)."""

    code = "certification_needed"


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


def require_certified(certification: Certification | None) -> None:
    """Raise CertificationNeeded unless the draft as it is was certified."""
    if certification is None or certification.certified_at is None:
        raise CertificationNeeded()


def certification_after(before: Certification | None, event: CertificationEvent) -> Certification | None:
    """Return the certification after an event."""
    match event:
        case CodeGiven(certification):
            return certification
        case WrongCodeEntered():
            return None if before is None else replace(before, tries_left=before.tries_left - 1)
        case Certified(by, at):
            return None if before is None else replace(before, certified_at=at, certified_by=by)
