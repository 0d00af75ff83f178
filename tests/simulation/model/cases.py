"""The cases, followed again through their histories: one decision, one ballot a seat, nobody recused, the tally (I6, I9)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.simulation.model.standings import Standings

Document = Mapping[str, Any]

# what happens → statuses in which it may; "" is a case that does not exist yet.
WHEN: Final[Mapping[str, frozenset[str]]] = {
    "SubmissionReceived": frozenset({""}),
    "CaseOpened": frozenset({"awaiting"}),
    "ConflictDeclared": frozenset({"open"}),
    "SubstituteSteppedIn": frozenset({"open", "paused", "stalled"}),
    "MemberLeft": frozenset({"open", "paused", "stalled"}),
    "BallotCast": frozenset({"open"}),
    "BallotsOpened": frozenset({"open"}),
    "BallotRevised": frozenset({"open"}),
    "DiscussionEnded": frozenset({"open"}),
    "PaperBallotEntered": frozenset({"open"}),
    "PaperCodeMistyped": frozenset({"open"}),
    "PaperBallotConfirmed": frozenset({"open"}),
    "ChangesRequested": frozenset({"open"}),
    "DeadlineMoved": frozenset({"open"}),
    "CaseStalled": frozenset({"open"}),
    "CaseContinued": frozenset({"stalled", "excepted"}),
    "CaseExcepted": frozenset({"open", "stalled"}),
    "CasePaused": frozenset({"open", "closed"}),
    "CaseResumed": frozenset({"paused"}),
    "CaseClosed": frozenset({"open"}),
    "SummaryDrafted": frozenset({"closed"}),
    "DecisionIssued": frozenset({"closed"}),
    "CaseWithdrawn": frozenset({"", "awaiting", "open", "closed", "paused", "stalled", "excepted"}),
}
AFTER: Final = {
    "SubmissionReceived": "awaiting",
    "CaseOpened": "open",
    "ChangesRequested": "changes_requested",
    "CaseStalled": "stalled",
    "CaseContinued": "open",
    "CaseExcepted": "excepted",
    "CasePaused": "paused",
    "CaseClosed": "closed",
    "DecisionIssued": "decided",
    "CaseWithdrawn": "withdrawn",
}


@dataclass
class Case:
    """What was seen of one case."""

    organization: str
    status: str = ""
    least: int = 0
    share: tuple[int, int] = (2, 3)
    seats: dict[int, str] = field(default_factory=dict)
    chair: int = 0
    neighbours: set[int] = field(default_factory=set)
    recused: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    sat: set[str] = field(default_factory=set)
    ballots: dict[int, Document] = field(default_factory=dict)
    papers: set[int] = field(default_factory=set)
    discussion: str = ""
    revised: set[int] = field(default_factory=set)
    deadline: Any = None
    moved: int = 0
    continued: int = 0
    standing: int = 0
    most: int = 0
    result: Document | None = None
    seen: int = 0


class Cases:
    """All cases of the system."""

    def __init__(self, standings: Standings) -> None:
        self.cases: dict[str, Case] = {}
        self._standings = standings
        self._follow: Mapping[str, Callable[[Case, Document], list[str]]] = {
            "CaseOpened": self._opened,
            "ConflictDeclared": self._declared,
            "SubstituteSteppedIn": self._stepped_in,
            "MemberLeft": self._left,
            "BallotCast": self._cast,
            "PaperBallotEntered": self._paper_entered,
            "PaperBallotConfirmed": self._paper_confirmed,
            "BallotsOpened": self._ballots_opened,
            "BallotRevised": self._revised,
            "DiscussionEnded": self._discussion_ended,
            "DeadlineMoved": self._moved,
            "CaseStalled": self._stalled,
            "CaseExcepted": self._excepted,
            "CaseContinued": self._continued,
            "CaseClosed": self._closed,
        }

    def happened(self, document: Document, entries: Sequence[Document]) -> Sequence[str]:
        """Follow what was added to a case's history; then its status must be what it says."""
        case = self.cases.setdefault(document["_id"], Case(document["organization"]))
        found: list[str] = []
        for entry in entries:
            found += [f"I6: case {document['_id']}: {what}" for what in self._step(case, entry["type"], entry["data"])]
        if case.status in ("open", "paused") and entries and entries[-1]["type"] == "CaseOpened":
            found += self._allowed(document["_id"], case, "opened", case.standing)
        if document["status"] != case.status:
            found.append(f"I2: case {document['_id']} says {document['status']}, its history {case.status}")
        if entries and entries[-1]["type"] == "DecisionIssued":
            sequence = entries[-1]["data"]["decision"].get("standing_sequence")
            found += self._allowed(document["_id"], case, "decided", sequence)
        if any(entry["type"] == "CaseClosed" for entry in entries):
            sequence = (case.result or {}).get("standing_sequence")
            found += self._allowed(document["_id"], case, "closed", sequence)
        return found

    def _allowed(self, id: str, case: Case, what: str, sequence: int | None) -> list[str]:
        if sequence is None:
            return [f"I9: case {id} was {what} and records no standing"]
        if not self._standings.allows(case.organization, sequence, "may_be_decided"):
            return [f"I9: case {id} was {what} on standing {sequence}, which did not allow it"]
        return []

    def _step(self, case: Case, kind: str, data: Document) -> list[str]:
        if case.status not in WHEN[kind]:
            return [f"{kind} while {case.status or 'unknown'}"]
        follow = self._follow.get(kind)
        found = [] if follow is None else follow(case, data)
        if data.get("deadline") is not None:
            case.deadline = data["deadline"]
        if "standing_sequence" in data:
            case.standing = data["standing_sequence"]
        if kind == "CaseResumed":
            case.status = "closed" if case.result is not None else "open"
        case.status = AFTER.get(kind, case.status)
        if kind == "SubmissionReceived":
            case.most = min(data["submission"]["amount_asked"], data["submission"]["ceiling"])
        return found

    def _opened(self, case: Case, data: Document) -> list[str]:
        quorum = data["opened"]["rules"]["quorum"]
        case.least, case.share = quorum["least"], (quorum["numerator"], quorum["denominator"])
        for seat in data["seats"]:
            case.seats[seat["seat"]] = seat["holder"]
            case.sat.add(seat["holder"])
            if seat["chair"]:
                case.chair = seat["seat"]
            if seat["kind"] == "neighbourhood_member":
                case.neighbours.add(seat["seat"])
        return []

    def _left(self, case: Case, data: Document) -> list[str]:
        case.gone.add(data["seat"])
        return []

    def _moved(self, case: Case, _data: Document) -> list[str]:
        case.moved += 1
        return []

    def _stalled(self, case: Case, _data: Document) -> list[str]:
        return [] if not case.continued else ["it stalls a second time"]

    def _excepted(self, case: Case, data: Document) -> list[str]:
        """REV-7: only after substitutes were named, or when nobody was."""
        return [] if case.continued or data["reason"] == "no_substitutes" else ["an exception before any substitutes"]

    def _continued(self, case: Case, data: Document) -> list[str]:
        """REV-7: enough can vote, ballots stay as they were, and who sits in a seat of the recused is new."""
        case.continued += 1
        found: list[str] = []
        for seat in data["seats"]:
            number, holder = seat["seat"], seat["holder"]
            if seat["ballot"] != case.ballots.get(number):
                found.append(f"the ballot of seat {number} changed when the case went on")
            if case.seats.get(number) == holder:
                continue
            found += [f"{holder} sits a second time"] if holder in case.sat else []
            case.seats[number] = holder
            case.papers.discard(number)
            case.sat.add(holder)
            case.recused.discard(number)
            case.gone.discard(number)
            case.chair = 0 if case.chair == number else case.chair
            if seat["kind"] == "neighbourhood_member":
                case.neighbours.add(number)
        base = self._base(case)
        if len(base) < case.least:
            found.append(f"it went on with a base of {len(base)}")
        return found

    def _declared(self, case: Case, data: Document) -> list[str]:
        seat = data["seat"]
        found = [] if case.seats.get(seat) == data["by"] else [f"{data['by']} declared for seat {seat}"]
        if seat in case.recused:
            found.append(f"seat {seat} came back from its conflict")
        if data["declaration"]["conflict"] != "none":
            case.recused.add(seat)
            case.ballots.pop(seat, None)
            case.revised.discard(seat)
            case.papers.discard(seat)
        return found

    def _stepped_in(self, case: Case, data: Document) -> list[str]:
        """REV-1: somebody new, in a seat whose ballot is not cast; the vote is the seat's, the chair is not."""
        seat, holder = data["seat"], data["holder"]
        found = [f"{holder} sits a second time"] if holder in case.sat else []
        if seat in case.ballots:
            found.append(f"the ballot of seat {seat} was cast, and {holder} stepped in")
        case.seats[seat] = holder
        case.papers.discard(seat)
        case.sat.add(holder)
        case.recused.discard(seat)
        case.gone.discard(seat)
        if case.chair == seat:
            case.chair = 0
        return found

    def _paper_entered(self, case: Case, data: Document) -> list[str]:
        """REV-5: for another, and not for who is out of the case."""
        seat = data["seat"]
        found = [f"{data['by']} entered the own ballot on paper"] if case.seats.get(seat) == data["by"] else []
        found += [f"seat {seat} is recused and has a paper ballot"] if seat in case.recused else []
        case.papers.add(seat)
        return found

    def _paper_confirmed(self, case: Case, data: Document) -> list[str]:
        """REV-5: by the member alone, and only what was entered."""
        seat = data["seat"]
        found = [] if case.seats.get(seat) == data["by"] else [f"{data['by']} confirmed for seat {seat}"]
        return found + ([] if seat in case.papers else [f"seat {seat} confirmed what nobody entered"])

    def _ballots_opened(self, case: Case, _data: Document) -> list[str]:
        """REV-5: once, with a quorum of ballots."""
        base = self._base(case)
        needed = max(-(-len(base) * case.share[0] // case.share[1]), case.least)
        cast = [seat for seat in base if seat in case.ballots]
        found = ["its ballots are opened a second time"] if case.discussion else []
        found += [f"opened with {len(cast)} of {needed} ballots"] if len(cast) < needed else []
        case.discussion = "open"
        return found

    def _revised(self, case: Case, data: Document) -> list[str]:
        """REV-5: an opened ballot is replaced once, while the discussion lasts."""
        seat = data["seat"]
        found = [] if case.discussion == "open" else [f"seat {seat} revised a ballot that is not discussed"]
        found += [f"seat {seat} revised twice"] if seat in case.revised else []
        found += [f"seat {seat} revised what it had not cast"] if seat not in case.ballots else []
        case.revised.add(seat)
        return found + self._voted(case, data)

    def _discussion_ended(self, case: Case, _data: Document) -> list[str]:
        found = [] if case.discussion == "open" else ["a discussion ended that had not begun"]
        case.discussion = "over"
        return found

    def _cast(self, case: Case, data: Document) -> list[str]:
        opened = case.discussion and data["seat"] in case.ballots
        return ([f"seat {data['seat']} replaced an opened ballot"] if opened else []) + self._voted(case, data)

    def _voted(self, case: Case, data: Document) -> list[str]:
        seat, ballot = data["seat"], data["ballot"]
        found = [] if case.seats.get(seat) == data["by"] else [f"{data['by']} voted for seat {seat}"]
        if seat in case.recused:
            found.append(f"seat {seat} is recused and voted")
        if seat in case.gone:
            found.append(f"seat {seat} left and voted")
        before = case.ballots.get(seat)
        if ballot["edition"] != (before["edition"] if before is not None else 0) + 1:
            found.append(f"seat {seat} has a second ballot of edition {ballot['edition']}")
        case.ballots[seat] = ballot
        case.papers.discard(seat)
        return found

    @staticmethod
    def _base(case: Case) -> list[int]:
        left = {seat for seat in case.gone if seat not in case.ballots}
        return [seat for seat in case.seats if seat not in case.recused | left]

    def _closed(self, case: Case, data: Document) -> list[str]:
        """Count again: quorum, majority with the chair's vote at half, lower median (REV-6 to REV-9)."""
        case.result = result = data["result"]
        base = self._base(case)
        ballots = [case.ballots[seat] for seat in base if seat in case.ballots]
        votes = [ballot["vote"] for ballot in ballots]
        approving = votes.count("approve")
        approved = 2 * approving > len(votes)
        if 2 * approving == len(votes) and case.chair in case.ballots and case.chair in base:
            approved = case.ballots[case.chair]["vote"] == "approve"
        amounts = sorted(ballot["amount"] for ballot in ballots if ballot["vote"] == "approve")
        amount = min(amounts[(len(amounts) - 1) // 2], case.most) if approved else 0
        found = []
        if case.discussion == "open" and result["closed_at"] < case.deadline:
            found.append("closed while its ballots were discussed")
        needed = max(-(-len(base) * case.share[0] // case.share[1]), case.least)
        if len(votes) < needed:
            found.append(f"closed with {len(votes)} of {needed} ballots")
        if not case.moved and case.neighbours & set(base) and not case.neighbours & set(case.ballots):
            found.append("closed without a neighbourhood member")
        tally = result["tally"]
        if tally["unconfirmed"] != len(case.papers & set(base)):
            found.append(f"{tally['unconfirmed']} paper ballots unconfirmed, counted {len(case.papers & set(base))}")
        counted = (len(base), len(case.recused), len(votes), approving, votes.count("reject"), votes.count("abstain"))
        said = tuple(tally[key] for key in ("base", "recused", "cast", "approve", "reject", "abstain"))
        if counted != said or (result["outcome"], result["amount"]) != ("approved" if approved else "rejected", amount):
            found.append(
                f"the result is {result['outcome']} {result['amount']} {said}, counted {approved} {amount} {counted}"
            )
        return found
