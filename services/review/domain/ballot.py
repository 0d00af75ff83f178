"""What one seat does in a case: it declares (REV-3) and casts a sealed ballot (REV-4, REV-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.certification import Certification
from shared.contracts.refusals import FieldError, Refusal
from shared.contracts.requests import Criterion
from shared.contracts.review import SeatKind

Conflict = Literal["none", "same_organization", "family", "recent_joint_work", "money"]
Vote = Literal["approve", "reject", "abstain"]


class BallotIncomplete(Refusal):
    """The ballot breaks REV-4; ``errors`` says where."""

    code = "ballot_incomplete"
    kind = "invalid"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a member declared before the inner file opened."""

    conflict: Conflict
    note: str
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """Points of one criterion, 0 to its weight, with the comment that a low score needs."""

    criterion: str
    score: int
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """A filled-in ballot (برگ ارزیابی و رأی). ``amount``: recommended whole units, with approve only.

    ``edition`` counts this seat's own ballots from 1; it is what the ballot's ETag tells, and nothing of other seats.
    """

    scores: tuple[Score, ...]
    comment: str
    vote: Vote
    amount: int | None
    edition: int = 1

    @property
    def total(self) -> int:
        """Points over all criteria; 100 at most when the weights add up to 100."""
        return sum(score.score for score in self.scores)


@dataclass(frozen=True, slots=True)
class PaperBallot:
    """A member's paper ballot as the secretary entered it; it counts once the member confirms it by its code (REV-5)."""

    ballot: Ballot
    certification: Certification


@dataclass(frozen=True, slots=True)
class Former:
    """Who sat in the seat of a case before a substitute stepped in, and what this person had declared."""

    holder: str
    declaration: Declaration | None
    until: datetime


@dataclass(frozen=True, slots=True)
class CaseSeat:
    """A seat as the case froze it at opening, with what its holder did since. ``holder`` is a token's ``sub``.

    until: end of the holder's term, None: for the whole case. left_at: the holder left the group mid-case; a ballot cast before
    stays, without one the seat is out of the base. former: who sat here before a substitute stepped in (REV-1). revised_from: the
    ballot as it was opened at a meeting, kept beside the one that replaced it (REV-5). paper: one that waits to be confirmed; papers:
    how many were entered.
    """

    seat: int
    kind: SeatKind
    chair: bool
    holder: str
    declaration: Declaration | None = None
    ballot: Ballot | None = None
    until: datetime | None = None
    left_at: datetime | None = None
    former: tuple[Former, ...] = ()
    revised_from: Ballot | None = None
    paper: PaperBallot | None = None
    papers: int = 0

    @property
    def recused(self) -> bool:
        """Tell whether the member is out of the case and its base (REV-3)."""
        return self.declaration is not None and self.declaration.conflict != "none"

    @property
    def vacated(self) -> bool:
        """Tell whether the holder left without a ballot and nobody stepped in: the seat is out of the base (REV-1)."""
        return self.left_at is not None and self.ballot is None

    def declaration_of(self, subject: str) -> Declaration | None:
        """Return what this person declared in the seat, now or before a substitute stepped in."""
        if self.holder == subject:
            return self.declaration
        return next((former.declaration for former in self.former if former.holder == subject), None)

    def over(self, now: datetime) -> bool:
        """Tell whether the holder no longer acts: the term is over, or this person left."""
        return self.left_at is not None or (self.until is not None and now >= self.until)

    @property
    def file_open(self) -> bool:
        """Tell whether the member may read the inner file: only after "no conflict"."""
        return self.declaration is not None and self.declaration.conflict == "none"


def fill_in(
    *,
    criteria: Sequence[Criterion],
    scores: Mapping[str, int],
    comments: Mapping[str, str],
    comment: str,
    vote: Vote,
    amount: int | None,
    most: int | None,
    comment_below_percent: int,
    edition: int,
) -> Ballot:
    """Return the ballot. ``most`` is the lesser of asked and ceiling, None: no money is asked for.

    Raises BallotIncomplete naming every fault (REV-4).
    """
    errors = [
        *_wrong_scores(criteria, scores),
        *_missing_comments(criteria, scores, comments, comment_below_percent),
        *_wrong_amount(vote, amount, most),
    ]
    if not comment.strip():
        errors.append(FieldError("/comment", "comment_missing"))
    if errors:
        raise BallotIncomplete(errors=errors)
    filled = tuple(Score(c.id, scores[c.id], comments.get(c.id)) for c in criteria)
    return Ballot(filled, comment, vote, amount, edition)


def _wrong_scores(criteria: Sequence[Criterion], scores: Mapping[str, int]) -> list[FieldError]:
    weights = {criterion.id: criterion.weight for criterion in criteria}
    errors = [FieldError(f"/scores/{id}", "unknown_criterion") for id in scores if id not in weights]
    for id, weight in weights.items():
        if id not in scores:
            errors.append(FieldError(f"/scores/{id}", "score_missing"))
        elif not 0 <= scores[id] <= weight:
            errors.append(FieldError(f"/scores/{id}", "score_outside_weight", {"weight": weight}))
    return errors


def _missing_comments(
    criteria: Sequence[Criterion], scores: Mapping[str, int], comments: Mapping[str, str], below_percent: int
) -> list[FieldError]:
    known = {criterion.id for criterion in criteria}
    errors = [FieldError(f"/comments/{id}", "unknown_criterion") for id in comments if id not in known]
    for criterion in criteria:
        score = scores.get(criterion.id)
        if score is None or comments.get(criterion.id, "").strip():
            continue
        if score * 100 < criterion.weight * below_percent:
            errors.append(
                FieldError(f"/comments/{criterion.id}", "low_score_needs_comment", {"percent": below_percent})
            )
    return errors


def _wrong_amount(vote: Vote, amount: int | None, most: int | None) -> list[FieldError]:
    if most is None:
        return [] if amount is None else [FieldError("/amount", "no_money_asked")]
    if vote != "approve":
        return [] if amount is None else [FieldError("/amount", "amount_only_with_approval")]
    if amount is None:
        return [FieldError("/amount", "amount_missing")]
    if not 1 <= amount <= most:
        return [FieldError("/amount", "amount_outside_bounds", {"most": most})]
    return []
