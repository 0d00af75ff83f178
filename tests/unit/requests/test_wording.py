"""Statuses shown to the public have their own wording (REQ-15)."""

import re
from typing import get_args

import pytest

from services.requests.domain.programme import ProgrammeStatus
from services.requests.domain.statuses import STATUSES
from shared.contracts.base import Names
from shared.contracts.wording import PROGRAMME_WORDING, REQUEST_WORDING

EVERY = [*REQUEST_WORDING.items(), *PROGRAMME_WORDING.items()]


def test_every_status_has_its_public_wording() -> None:
    assert sorted(set(STATUSES) - set(REQUEST_WORDING)) == []
    assert set(PROGRAMME_WORDING) == set(get_args(ProgrammeStatus))


@pytest.mark.parametrize(("status", "words"), EVERY)
def test_the_wording_is_said_in_both_languages_and_is_not_the_code(status: str, words: Names) -> None:
    assert words.fa
    assert words.en
    assert not re.search("[يكىa-z]", words.fa)
    assert "_" not in words.en
