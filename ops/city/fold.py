"""What must become of a city, folded from its files alone.

Written apart from the services: nothing of them is used here. It knows the rules only as the issue states them: a proposal is approved
with at least the lower median of its district's votes; approvals reach the book in the file's order, and each award is accepted at
once, so money never comes back.

first-fit: whatever fits into what is left is funded (BUD-5). strict: once one has to wait, nobody after it is funded.
"""

from typing import Literal

from ops.city.files import City, CityDistrict, lower_median
from ops.city.result import CityOutcome, DistrictOutcome

WaitingRule = Literal["first-fit", "strict"]


def fold_city(city: City, waiting: WaitingRule) -> CityOutcome:
    """Return the outcome of all districts; they share nothing, so each is folded alone."""
    return CityOutcome(tuple(_fold_district(district, waiting) for district in city.districts), city.currency)


def _fold_district(district: CityDistrict, waiting: WaitingRule) -> DistrictOutcome:
    threshold = lower_median([proposal.votes for proposal in district.proposals])
    left, approved, funded, passed = district.budget, 0, 0, 0
    for proposal in district.proposals:
        if proposal.votes < threshold:
            continue
        approved += 1
        blocked = waiting == "strict" and passed > 0
        if blocked or proposal.amount > left:
            passed += 1
        else:
            funded += 1
            left -= proposal.amount
    return DistrictOutcome(
        district=district.name,
        budget=district.budget,
        requests=len(district.proposals),
        approved=approved,
        rejected=len(district.proposals) - approved,
        funded=funded,
        waiting=passed,
        committed=district.budget - left,
        available=left,
    )
