"""Representatives whom living organisations share (REG-5): an observation for the office, which stands in the way of nothing."""

from services.registry.domain.organization import LIVING, Organization


def national_codes(state: Organization) -> frozenset[str]:
    """Return the national codes of its representatives, as far as they are known."""
    return frozenset(person.national_code for person in state.profile.representatives if person.national_code)


def shared_representatives(one: Organization, other: Organization) -> tuple[int, ...]:
    """Return the places in the first one's list of those who also represent the other; none unless that one is living."""
    if one.id == other.id or other.status not in LIVING:
        return ()
    codes = national_codes(other)
    return tuple(n for n, person in enumerate(one.profile.representatives) if person.national_code in codes)
