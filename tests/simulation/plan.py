"""What a simulation is asked to do: everything else follows from the seed."""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal, get_args

Fault = Literal[
    "crash",  # a replica ends where it stands; later it is started again
    "freeze",  # a replica stands still, its messages go to others, then it goes on (SIGSTOP, F2)
    "away",  # the database does not answer and did nothing
    "lost_reply",  # the database did it and its answer is lost (F20)
    "late_reply",  # others act between what the database did and its answer
    "publish",  # the broker is away before, amid or after a publish
    "duplicate",  # a message is delivered again although it was acknowledged (F4)
    "lost_ack",  # handled, and delivered again
    "overtake",  # a message overtakes others of its queue (F5)
    "disconnect",  # the broker gives a replica's messages to others while it works on them
    "many_active",  # two replicas consume a queue at once that has a single active consumer
    "days",  # days or weeks pass at once
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

STEPS: Final = 600
"""Of the part with faults; what follows until all is quiet comes on top."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. ``without``: faults left out, to find the shortest history that still fails."""

    seed: int
    steps: int = STEPS
    without: frozenset[Fault] = frozenset()

    @property
    def again(self) -> str:
        """The command that plays this run again."""
        steps = "" if self.steps == STEPS else f" STEPS={self.steps}"
        without = "" if not self.without else f" WITHOUT={','.join(sorted(self.without))}"
        return f"make simulate SEED={self.seed}{steps}{without}"


class Chances:
    """How likely each fault is in this run: some are calm, some are storms, some know one fault only."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self._random = random
        self._without = plan.without
        storm = random.choice((0.0, 0.5, 1.0, 1.0, 2.5))
        self._factors = {fault: storm * random.choice((0.0, 0.5, 1.0, 3.0)) for fault in FAULTS}
        self.calm = False

    def happens(self, fault: Fault, chance: float) -> bool:
        """Draw whether the fault happens. Draws also when it is left out, so that the rest stays as it was for a while."""
        if self.calm:
            return False
        drawn = self._random.random() < chance * self._factors[fault]
        return drawn and fault not in self._without
