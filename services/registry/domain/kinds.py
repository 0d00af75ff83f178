"""Kinds of organisation as data: which parts of a profile are required, optional or do not apply (REG-1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts.base import Names
from shared.contracts.durations import Duration

Requirement = Literal["required", "optional", "not_applicable"]


@dataclass(frozen=True)
class Kind:
    """What a kind asks of an organisation.

    legal_id: where it is not required and none is given, a reason stands in its place; a dummy number never does.
    account: the Sheba. representatives: the least number of them. representative_ids: their national codes and mobiles.
    registration_lasts: how long an approval lasts beside the licence's own end (REG-4); None: without an end of its own.
    documents: kinds of document (documents.py) that have to be there; which, is the city's to say, so none is by default.
    """

    id: str
    names: Names
    legal_id: Requirement
    licence: Requirement
    account: Requirement
    representatives: int
    representative_ids: Requirement = "required"
    registration_lasts: Duration | None = None
    documents: tuple[str, ...] = ()


Kinds = Mapping[str, Kind]

_TWO: Final = 2  # a request is certified by a second representative (REQ-5)

KINDS: Final[Kinds] = {
    kind.id: kind
    for kind in (
        Kind("association", Names(fa="سازمان مردم‌نهاد", en="Association"), "required", "required", "required", _TWO),
        Kind("charity", Names(fa="مؤسسه خیریه", en="Charity"), "required", "required", "required", _TWO),
        Kind("institute", Names(fa="مؤسسه فرهنگی", en="Cultural institute"), "required", "required", "required", _TWO),
        Kind(
            "mosque_group",
            Names(fa="گروه مسجدی", en="Mosque group"),
            legal_id="optional",
            licence="optional",
            account="optional",
            representatives=_TWO,
        ),
        Kind(
            "informal_group",
            Names(fa="گروه مردمی بدون ثبت", en="Informal group"),
            legal_id="not_applicable",
            licence="not_applicable",
            account="optional",
            representatives=_TWO,
        ),
        Kind(
            "foreign_organization",
            Names(fa="تشکل شهری در کشور دیگر", en="Organisation of a city abroad"),
            legal_id="not_applicable",  # another country's identity, named in the reason
            licence="optional",
            account="not_applicable",  # no Sheba outside Iran
            representatives=1,
            representative_ids="not_applicable",
        ),
    )
}
