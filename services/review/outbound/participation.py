"""How the nouns of participation are kept and what of them is announced: councils."""

from collections.abc import Sequence
from typing import Final, get_args

from services.review.domain import council as councils
from shared.contracts import participation as contract
from shared.contracts.base import EventData
from shared.storage.indexes import Index
from shared.storage.ports import AggregateKind


def announce_council(state: councils.Council, event: councils.CouncilEvent) -> Sequence[EventData]:
    """Every change is announced with how many sit, without persons."""
    return [
        contract.CouncilChanged(
            council=state.id,
            kind=state.kind,
            district=state.district,
            neighbourhood=state.neighbourhood,
            names=state.names,
            sitting=len(state.sitting(event.at)),
        )
    ]


COUNCILS: Final = AggregateKind(
    noun="council",
    collection="councils",
    state=councils.Council,
    events=get_args(councils.CouncilEvent),
    evolve=councils.evolve,
    announce=announce_council,
    due_at=councils.next_turn,
)

PARTICIPATION_KINDS: Final = (COUNCILS,)

PARTICIPATION_INDEXES: Final[tuple[Index, ...]] = (
    Index(COUNCILS.collection, (("district", 1), ("_id", 1))),
    Index(COUNCILS.collection, (("members.subject", 1), ("_id", 1))),  # on which councils does a caller sit?
)
