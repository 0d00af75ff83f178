"""Rule sets: all numbers of review in one place, versioned; an adopted version never changes (REV-11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.base import Names
from shared.contracts.refusals import FieldError, Refusal
from shared.contracts.review import Rules, RuleSetRef


class RulesContradict(Refusal):
    """The numbers of a rule set cannot all hold; ``errors`` says which."""

    code = "rules_contradict"
    kind = "invalid"


class NoSuchVersion(Refusal):
    """The rule set or priority list has no such version."""

    code = "no_such_version"
    kind = "not_found"


@dataclass(frozen=True, slots=True)
class RuleSetVersion:
    """One adopted version, as it stays for ever."""

    version: int
    names: Names
    rules: Rules
    adopted_at: datetime


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule set with all its versions, oldest first."""

    id: str
    versions: tuple[RuleSetVersion, ...]

    @property
    def latest(self) -> RuleSetVersion:
        """The version in force."""
        return self.versions[-1]

    def at(self, version: int) -> RuleSetVersion:
        """Return one version. Raises NoSuchVersion."""
        if not 1 <= version <= len(self.versions):
            raise NoSuchVersion(id=self.id, version=version)
        return self.versions[version - 1]

    def ref(self) -> RuleSetRef:
        """Return the reference of the version in force."""
        return RuleSetRef(id=self.id, version=self.latest.version)


@dataclass(frozen=True, slots=True)
class RulesAdopted:
    """A version came into force."""

    id: str
    version: int
    names: Names
    rules: Rules
    at: datetime


RuleSetEvent = RulesAdopted


def adopt(state: RuleSet | None, *, id: str, names: Names, rules: Rules, now: datetime) -> Sequence[RuleSetEvent]:
    """Adopt the next version. Raises RulesContradict."""
    errors = contradictions(rules)
    if errors:
        raise RulesContradict(errors=errors)
    version = 1 if state is None else state.latest.version + 1
    return [RulesAdopted(id, version, names, rules, now)]


def contradictions(rules: Rules) -> list[FieldError]:
    """Return what makes the numbers impossible: seats, chair and quorum that no group could keep."""
    errors = []
    numbers = [rule.seat for rule in rules.seats]
    if len(set(numbers)) != len(numbers):
        errors.append(FieldError("/rules/seats", "seat_number_repeated"))
    if sum(rule.chair for rule in rules.seats) != 1:
        errors.append(FieldError("/rules/seats", "exactly_one_chair"))
    if rules.quorum.least > len(numbers):
        errors.append(FieldError("/rules/quorum/least", "more_than_seats", {"seats": len(numbers)}))
    if rules.quorum.numerator > rules.quorum.denominator:
        errors.append(FieldError("/rules/quorum/numerator", "quorum_over_all"))
    return errors


def evolve(state: RuleSet | None, event: RuleSetEvent) -> RuleSet:
    """Add the adopted version."""
    adopted = RuleSetVersion(event.version, event.names, event.rules, event.at)
    if state is None:
        return RuleSet(event.id, (adopted,))
    return replace(state, versions=(*state.versions, adopted))
