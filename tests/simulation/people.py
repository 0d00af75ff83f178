"""The persons: what they ask for at once on both replicas, how they repeat what was not answered, and what they must be told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from services.registry.usecases.organizations import Call as RegistryCall
from services.review.domain.case_steps import BallotForm
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Refusal
from shared.contracts.review import FieldReason
from shared.storage.ports import Command, Document, IdempotencyKeyReused, TooBusy, Unavailable
from shared.web.caller import Caller, Grant
from tests.builders import ASKED, CHAIR, DISTRICT, REGISTRAR, SECRETARY, WEIGHTS, proposal
from tests.simulation.after_award import AfterAward
from tests.simulation.calls import Calls
from tests.simulation.finance import Finance
from tests.simulation.meetings import Meetings
from tests.simulation.papers import Papers
from tests.simulation.renewals import Renewals
from tests.simulation.seats import Seats
from tests.simulation.standings import Standings

if TYPE_CHECKING:
    from tests.simulation.scene import Scene
    from tests.simulation.world import World

Work = Callable[[Any, Command, Cause], Awaitable[Any]]
"""What is asked of a service's use cases."""

RACED: Final = 0.2  # how often the organisation's standing changes at the instant of its own step
AT_ONCE: Final = 14
MOST_REQUESTS: Final = 22
AMOUNTS: Final = (ASKED // 3, ASKED // 2, ASKED, ASKED, 2 * ASKED)


@dataclass(eq=False)
class Call:
    """One call of a person, with its repeats under the same Idempotency-Key.

    keyed: the answer is kept, so a repeat gets the first one. wrote: how many documents were written in its name.
    """

    name: str
    service: str
    by: str
    key: str
    digest: str
    work: Work
    keyed: bool = True
    wrote: int = 0
    answers: list[Any] = field(default_factory=list)
    attempts: int = 0
    twin_of: "Call | None" = None
    original_was_done: bool = False


CALL: ContextVar[Call | None] = ContextVar("call", default=None)


class People:
    """Everybody who calls the services; knows what is so now and tries also what can't be done."""

    def __init__(self, world: "World", scene: "Scene") -> None:
        self.world = world
        self.random = world.random
        self._scene = scene
        self._calls = 0
        self._running = 0
        self._unanswered: list[Call] = []
        self._answered: list[Call] = []
        seats, finance = Seats(self), Finance(self)
        self._acts: list[tuple[float, Callable[[], None]]] = [
            (5, self._draft),
            (12, self._submit),
            (4, self._correct),
            (20, self._vote),
            (8, self._vote_alone),
            (2, self._send_back),
            (2, seats.name_substitute),
            (0.5, seats.end_substitute),
            (1, seats.empty),
            (4, seats.fill),
            (2, seats.absent),
            (20, seats.name_for_case),
            (12, seats.order_new_term),
            (12, self._summarise),
            (14, self._sign),
            (14, self._accept),
            (4, self._withdraw),
            (2, self._decline),
            (9, self._suspend),
            (12, self._reinstate),
            (4, finance.allot),
            (2, finance.appropriate),
            (3, finance.withdraw),
            (2, finance.close),
            (9, finance.question),
            (8, finance.prepare_payment),
            (20, finance.approve_payment),
            (20, finance.settle_payment),
            (6, finance.order_payments),
            (8, finance.bank_answers),
            (10, self._retry),
            (4, self._repeat),
            (3, self._twin),
            *AfterAward(self).acts,
            *Calls(self, scene.call).acts,
            *Standings(self).acts,
            *Renewals(self).acts,
            *Meetings(self).acts,
            *Papers(self).acts,
        ]

    def act(self) -> bool:
        """Have somebody do something; False if all are busy."""
        if self._running >= AT_ONCE:
            return False
        (act,) = self.random.choices([act for _, act in self._acts], [weight for weight, _ in self._acts])
        act()
        return True

    def retry_all(self) -> None:
        """Have everybody who was not answered ask again."""
        calls, self._unanswered = self._unanswered, []
        for call in calls:
            self._ask(call)

    # ------------------------------------------------------------ calls

    def now(self) -> datetime:
        """Return the time by which people act."""
        return self.world.now()

    def call(self, name: str, service: str, by: str, work: Work, *, keyed: bool = True) -> None:
        """Have somebody ask for something, once or, unanswered, again."""
        self._calls += 1
        self._ask(Call(name, service, by, f"call-{self._calls}", f"digest-{self._calls}", work, keyed))

    def _ask(self, call: Call) -> None:
        replicas = self.world.replicas_of(call.service)
        if not replicas:
            self._unanswered.append(call)
            return
        replica = self.random.choice(replicas)
        call.attempts += 1
        self._running += 1
        self.world.note(f"{replica.name} {call.by} asks ({call.attempts}): {call.name} [{call.key}]")
        if call.twin_of is not None:
            call.original_was_done = self._recorded(call.twin_of)
        task = replica.spawn(self._answered_by(call, replica.uses))
        task.add_done_callback(partial(self._done, call))

    async def _answered_by(self, call: Call, uses: Any) -> Any:
        CALL.set(call)
        command = Command(call.key, call.by, call.digest)
        return await call.work(uses, command, Cause(call.by, f"{call.key}-{call.digest}"))

    def _done(self, call: Call, task: "asyncio.Task[Any]") -> None:
        self._running -= 1
        model = self.world.model
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            self.world.note(f"          {call.name} [{call.key}]: done")
            self.world.counts["commands done"] += 1
            self._answer(call, getattr(task.result(), "answer", None))
        elif isinstance(error, asyncio.CancelledError | Unavailable | TooBusy):
            self.world.note(f"          {call.name} [{call.key}]: no answer")
            self.world.counts["commands unanswered"] += 1
            if call.attempts < 4 and not isinstance(error, TooBusy):
                self._unanswered.append(call)
        elif isinstance(error, Refusal):
            self.world.note(f"          {call.name} [{call.key}]: refused, {error.code} {dict(error.params)}")
            self.world.counts["commands refused"] += 1
            self._refused(call, error)
        else:
            model.fail("bug", f"{call.name} raised {error!r}")

    def _answer(self, call: Call, answer: Any) -> None:
        if call.original_was_done:
            self.world.model.fail("I3", f"{call.name}: key {call.key} was used with another body and accepted")
        if call.keyed and self._recorded(call):
            call.answers.append(answer)
            if answer != call.answers[0]:
                self.world.model.fail("I3", f"{call.name} was answered {call.answers[0]}, then {answer}")
            self._answered.append(call)
        elif call.keyed and call.wrote:
            self.world.model.fail("I3", f"{call.name} was done and its key is not kept")

    def _refused(self, call: Call, error: Refusal) -> None:
        """I7: a refusal changed nothing, and nothing is refused that was done."""
        if isinstance(error, IdempotencyKeyReused):
            if not call.original_was_done and call.twin_of is None and not self._other_body(call):
                self.world.model.fail("I3", f"{call.name}: its key {call.key} was used by nobody else")
            return
        if call.original_was_done:
            self.world.model.fail("I3", f"{call.name}: key {call.key} used twice is refused for {error.code}")
        elif call.keyed and (call.wrote or self._recorded(call)):
            self.world.model.fail("I7", f"{call.name} is refused ({error.code}) and was done")
        elif call.wrote and call.attempts == 1:
            self.world.model.fail("I7", f"{call.name} is refused ({error.code}) and wrote")

    def _recorded(self, call: Call) -> bool:
        return self.world.model.recorded(call.by, call.key, call.digest)

    def _other_body(self, call: Call) -> bool:
        return self.world.model.commands.get((call.by, call.key), call.digest) != call.digest

    def _retry(self) -> None:
        if self._unanswered:
            self._ask(self._unanswered.pop(self.random.randrange(len(self._unanswered))))

    def _repeat(self) -> None:
        if self._answered:
            self._ask(self.random.choice(self._answered))

    def _twin(self) -> None:
        """Use somebody's key with another body."""
        if self._answered:
            call = self.random.choice(self._answered)
            twin = Call(f"another {call.name}", call.service, call.by, call.key, f"{call.digest}-other", call.work)
            twin.twin_of = call.twin_of or call
            if twin.twin_of is call:
                self._ask(twin)

    # ------------------------------------------------------------ what is so now

    def documents(self, service: str, collection: str) -> list[Document]:
        """Return what a service has of one kind, now."""
        return list(self.world.databases[service].stores.documents(collection).documents.values())

    def one(self, service: str, collection: str, *statuses: str) -> Document | None:
        """Return a document in one of these statuses; now and then any."""
        found = self.documents(service, collection)
        fit = found if self.random.random() < 0.06 else [d for d in found if d["status"] in statuses]
        return self.random.choice(fit) if fit else None

    def applicant(self, organization: str) -> Caller:
        """Return who acts for the organisation."""
        return Caller(self._scene.owners[organization], (Grant("applicant", None, organization),))

    # ------------------------------------------------------------ applicants

    def _draft(self) -> None:
        if len(self.documents("requests", "requests")) >= MOST_REQUESTS:
            return
        organization = self.random.choice(sorted(self._scene.owners))
        programme = self.random.choice(
            (self._scene.programme, self._scene.programme, self._scene.programme, self._scene.call)
        )
        by, wanted = self.applicant(organization), proposal(programme, self.random.choice(AMOUNTS))
        self.call(
            f"draft for {organization}",
            "requests",
            by.subject,
            lambda uses, command, cause: uses.requests.draft(
                organization, wanted, caller=by, command=command, cause=cause
            ),
        )

    def _of_applicant(self, name: str, step: str, *statuses: str, arguments: Sequence[Any] = ()) -> None:
        request = self.one("requests", "requests", *statuses)
        if request is None:
            return
        id, by = request["_id"], self.applicant(request["organization"])
        self.call(
            f"{name} {id}",
            "requests",
            by.subject,
            lambda uses, command, cause: getattr(uses.requests, step)(
                id, *arguments, caller=by, command=command, cause=cause, expected_version=None
            ),
        )
        if self.random.random() < RACED:
            self.turn_standing(request["organization"])

    def _submit(self) -> None:
        self._of_applicant("submit", "submit", "draft", "changes_requested")

    def _accept(self) -> None:
        self._of_applicant("accept", "accept", "reserved")

    def _withdraw(self) -> None:
        statuses = ("draft", "submitted", "in_review", "approved", "waiting", "reserved", "changes_requested")
        self._of_applicant("withdraw", "withdraw", *statuses, arguments=("",))

    def _decline(self) -> None:
        request = self.one("requests", "requests", "approved", "waiting", "reserved")
        if request is None:
            return
        id, by = request["_id"], self.applicant(request["organization"])
        self.call(
            f"decline {id}",
            "requests",
            by.subject,
            lambda uses, command, cause: uses.awards.decline(
                id, "", caller=by, command=command, cause=cause, expected_version=None
            ),
        )

    def _correct(self) -> None:
        request = self.one("requests", "requests", "changes_requested")
        if request is None:
            return
        id, by, title = request["_id"], self.applicant(request["organization"]), f"عنوان {self._calls}"
        self.call(
            f"correct {id}",
            "requests",
            by.subject,
            lambda uses, command, cause: uses.requests.edit(
                id, {"title": title}, caller=by, cause=cause, expected_version=None
            ),
            keyed=False,
        )

    # ------------------------------------------------------------ the working group

    def _vote(self) -> None:
        """Have all who have not voted, or all but one, declare or vote at one instant."""
        case = self.one("review", "cases", "open")
        seats = [seat for seat in case["seats"] if seat["ballot"] is None] if case is not None else []
        late = self.random.choice(seats) if len(seats) > 1 and self.random.random() < 0.5 else None
        for seat in seats:
            if seat is not late:
                self.of_seat(case, seat)

    def _vote_alone(self) -> None:
        case = self.one("review", "cases", "open")
        if case is not None and case["seats"]:
            self.of_seat(case, self.random.choice(case["seats"]))

    def of_seat(self, case: Document | None, seat: Document) -> None:
        """Have the seat's member declare, or cast or replace a ballot."""
        assert case is not None
        id, number = case["_id"], seat["seat"]
        member = Caller(seat["holder"], (Grant("chair" if number == 1 else "member", DISTRICT),))
        if seat["declaration"] is None and self.random.random() < 0.95:
            conflict = "family" if self.random.random() < 0.12 else "none"
            self.call(
                f"declare {conflict} in {id}",
                "review",
                member.subject,
                lambda uses, command, cause: uses.cases.declare(
                    id, number, conflict=conflict, note="", caller=member, command=command
                ),
            )
            return
        vote = self.random.choice(("approve",) * 8 + ("reject", "abstain"))
        most = case["submission"]["amount_asked"]
        form = BallotForm(
            scores={criterion: weight * 4 // 5 for criterion, weight in WEIGHTS.items()},
            comments={},
            comment=f"نظر {self._calls}",
            vote=vote,  # type: ignore[arg-type]
            amount=self.random.choice((most, most, most // 2)) if vote == "approve" else None,
            replaces=None if seat["ballot"] is None else seat["ballot"]["edition"],
        )
        self.call(
            f"vote {vote} in {id}",
            "review",
            member.subject,
            lambda uses, command, cause: uses.cases.cast(id, number, form, caller=member),
            keyed=False,
        )

    def _send_back(self) -> None:
        case = self.one("review", "cases", "open")
        if case is not None:
            fields = [FieldReason(pointer="/title", reason="روشن‌تر بنویسید.")]
            self._of_case(case["_id"], "send back", "request_changes", SECRETARY, fields)

    def _summarise(self) -> None:
        case = self.one("review", "cases", "closed")
        if case is not None:
            self._of_case(case["_id"], "summarise", "draft_summary", SECRETARY, reason=f"دلیل {self._calls}")

    def _sign(self) -> None:
        case = self.one("review", "cases", "closed")
        if case is not None:
            self._of_case(case["_id"], "sign", "sign", CHAIR, edition=None)

    def _of_case(self, id: str, name: str, step: str, by: Caller, *arguments: Any, **named: Any) -> None:
        self.call(
            f"{name} {id}",
            "review",
            by.subject,
            lambda uses, command, cause: getattr(uses.cases, step)(
                id, *arguments, **named, caller=by, command=command, cause=cause
            ),
        )

    # ------------------------------------------------------------ the offices

    def _suspend(self) -> None:
        self._of_organization("suspend", "approved")

    def _reinstate(self) -> None:
        self._of_organization("reinstate", "suspended")

    def _of_organization(self, step: str, status: str) -> None:
        organization = self.one("registry", "organizations", status)
        if organization is not None:
            self._stand(organization["_id"], step)

    def turn_standing(self, id: str) -> None:
        """Suspend the organisation, or reinstate it."""
        organization = self.world.databases["registry"].stores.documents("organizations").documents[id]
        self._stand(id, "reinstate" if organization["status"] == "suspended" else "suspend")

    def _stand(self, id: str, step: str) -> None:
        self.call(
            f"{step} {id}",
            "registry",
            REGISTRAR.subject,
            lambda uses, command, cause: getattr(uses.organizations, step)(
                id, "دلیل", RegistryCall(REGISTRAR, command, cause)
            ),
        )
