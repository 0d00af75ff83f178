"""How review's nouns are kept: one document per aggregate, and copies of the organisations' standings."""

from typing import Final, get_args

from services.review.domain import case, priority_list, rule_set, working_group
from services.review.outbound.announce import (
    announce_case,
    announce_priority_list,
    announce_rule_set,
    announce_working_group,
)
from services.review.outbound.participation import PARTICIPATION_KINDS
from services.review.outbound.visits import VISITS
from shared.storage.ports import AggregateKind

RULE_SETS: Final = AggregateKind(
    noun="rule_set",
    collection="rule_sets",
    state=rule_set.RuleSet,
    events=(rule_set.RulesAdopted,),
    evolve=rule_set.evolve,
    announce=announce_rule_set,
)

PRIORITY_LISTS: Final = AggregateKind(
    noun="priority_list",
    collection="priority_lists",
    state=priority_list.PriorityList,
    events=(priority_list.PriorityListAdopted,),
    evolve=priority_list.evolve,
    announce=announce_priority_list,
)

WORKING_GROUPS: Final = AggregateKind(
    noun="working_group",
    collection="working_groups",
    state=working_group.WorkingGroup,
    events=get_args(working_group.WorkingGroupEvent),
    evolve=working_group.evolve,
    announce=announce_working_group,
    due_at=working_group.next_turn,
)

CASES: Final = AggregateKind(
    noun="case",
    collection="cases",
    state=case.Case,
    events=get_args(case.CaseEvent),
    evolve=case.evolve,
    announce=announce_case,
    due_at=case.next_due,
)

KINDS: Final = (RULE_SETS, PRIORITY_LISTS, WORKING_GROUPS, CASES, *PARTICIPATION_KINDS, VISITS)

STANDINGS: Final = "standings"
"""Collection of the copies of standings: ``{_id: organisation, sequence, may_be_decided, reason, name}``."""
