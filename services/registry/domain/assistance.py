"""Assisted entry (REG-10): an office enters for an applicant, who takes the draft over by a code; both are named in history.

The code is made for the draft as it is: an edit voids it. Whoever confirms becomes the organisation's own person, reads everything that was
entered, and submits it.
"""

from dataclasses import dataclass, replace

from shared.certification import Certification, CertificationEvent, certification_after
from shared.contracts.refusals import Refusal


@dataclass(frozen=True)
class Assistance:
    """``by``: the officer who entered it (token subject); ``confirmation``: of the draft as it is, None without a code."""

    by: str
    confirmation: Certification | None = None

    @property
    def confirmed(self) -> bool:
        """Tell whether the applicant took the draft over."""
        return self.confirmation is not None and self.confirmation.certified_at is not None


class NotAssisted(Refusal):
    """No office entered this organisation, or its applicant has confirmed it already."""

    code = "entry_not_assisted"


class EntryUnconfirmed(Refusal):
    """What an office entered is submitted only once the applicant has confirmed it by a code (REG-10)."""

    code = "entry_unconfirmed"


def awaits_confirmation(assistance: Assistance | None) -> bool:
    """Tell whether an office entered it and the applicant has not confirmed it."""
    return assistance is not None and not assistance.confirmed


def require_awaiting(assistance: Assistance | None) -> Assistance:
    """Return it if it awaits its confirmation. Raises NotAssisted."""
    if assistance is None or assistance.confirmed:
        raise NotAssisted()
    return assistance


def require_confirmed(assistance: Assistance | None) -> None:
    """Raise EntryUnconfirmed while the applicant has not confirmed what an office entered."""
    if awaits_confirmation(assistance):
        raise EntryUnconfirmed()


def after_edit(assistance: Assistance | None) -> Assistance | None:
    """Return what stays of it after an edit: a code that was not entered yet is void."""
    if assistance is None or assistance.confirmed:
        return assistance
    return replace(assistance, confirmation=None)


def after_code(assistance: Assistance | None, event: CertificationEvent) -> Assistance | None:
    """Return it after a step of its confirmation."""
    return assistance and replace(assistance, confirmation=certification_after(assistance.confirmation, event))


def assisted(assistance: Assistance | None, subject: str) -> bool:
    """Tell whether this person entered it: whoever did never decides about it, also after it was taken over."""
    return assistance is not None and assistance.by == subject
