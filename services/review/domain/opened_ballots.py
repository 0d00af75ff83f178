"""Ballots opened at a meeting: what happens to them, and what is kept (REV-5). Who opens them, and when, is in discussion.py."""

from dataclasses import dataclass
from datetime import datetime

from services.review.domain.ballot import Ballot


@dataclass(frozen=True, slots=True)
class OpenedBallots:
    """The ballots of a case were opened at a meeting.

    present: subjects of the members who were there, who alone see ballots. over: the discussion has ended, nobody revises any more.
    """

    meeting: str
    present: tuple[str, ...]
    at: datetime
    over: bool = False


@dataclass(frozen=True, slots=True)
class BallotsOpened:
    """The secretary opened the ballots at a meeting with a quorum of them."""

    opened: OpenedBallots
    at: datetime


@dataclass(frozen=True, slots=True)
class BallotRevised:
    """A ballot was replaced after it was opened; the one before is kept beside it."""

    seat: int
    ballot: Ballot
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DiscussionEnded:
    """The meeting is done with the case: ballots stay as they are."""

    at: datetime
