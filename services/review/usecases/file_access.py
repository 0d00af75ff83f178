"""Who sees the file of a case, and what belongs to it (REV-3)."""

from typing import Final

from services.review.domain.ballot import CaseSeat
from services.review.domain.case import Case
from shared.contracts.refusals import Refusal
from shared.web.caller import Caller, Role

FILE_READERS: Final[tuple[Role, ...]] = ("secretary", "city_office", "hq", "auditor")


class FileClosed(Refusal):
    """The caller declares first, or is out of this case."""

    code = "file_closed"
    kind = "forbidden"


def sees_file(state: Case, caller: Caller) -> bool:
    """Tell whether the caller sees it. A seat comes before any other role: a secretary with a seat declares first, too."""
    if state.shut_out(caller.subject):
        return False
    mine: CaseSeat | None = state.seat_held_by(caller.subject)
    if mine is not None:
        return mine.file_open
    return caller.has(*FILE_READERS, district=state.keeping_district)


def require_file(state: Case, caller: Caller) -> None:
    """Raise Forbidden to those who never see it, FileClosed to those who do not now."""
    if sees_file(state, caller):
        return
    if state.seat_held_by(caller.subject) is None:
        caller.require(*FILE_READERS, district=state.keeping_district)
    raise FileClosed()
