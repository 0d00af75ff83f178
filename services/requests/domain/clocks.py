"""The city's clocks on a request (REQ-14): a breach is said once, listed, and counts in public figures.

completeness: the case of a submitted revision is opened, or changes are asked for, within the term.
An appeal's clock is kept with the appeal.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from shared.contracts.durations import Duration

COMPLETENESS_WITHIN: Final = Duration(working_days=5)  # REQ-14; a rule set may say otherwise

Clock = Literal["completeness"]


@dataclass(frozen=True)
class ClockBreached:
    """The clock of a revision was over and what it waits for had not come; since: when it began."""

    clock: Clock
    revision: int
    since: datetime
    due: datetime
    at: datetime


CLOCK_EVENTS: Final = (ClockBreached,)
