"""Certification of a draft by a second representative (REQ-5): any edit, and the submission itself, end it.

How a code is given and entered is shared with registry's assisted entry.
"""

from shared.certification import Certification
from shared.contracts.refusals import Refusal


class CertificationNeeded(Refusal):
    """It is submitted only once a second representative has certified it as it is (REQ-5)."""

    code = "certification_needed"


def require_certified(certification: Certification | None) -> None:
    """Raise CertificationNeeded unless the draft as it is was certified."""
    if certification is None or certification.certified_at is None:
        raise CertificationNeeded()
