"""Every refusal of requests is said in Persian and in English."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import services.requests.domain
import shared.certification
import shared.certifying
from services.requests.domain import (
    appeal_steps,
    award_steps,
    certification,
    programme,
    question,
    report_steps,
    request_steps,
    standing,
)
from services.requests.inbound.texts import TEXTS
from services.requests.usecases import certification as certifying
from shared.contracts.refusals import Refusal
from shared.web.texts import Catalogue


def codes() -> Iterator[str]:
    for module in (
        appeal_steps,
        award_steps,
        certification,
        certifying,
        shared.certification,
        shared.certifying,
        programme,
        question,
        report_steps,
        request_steps,
        standing,
    ):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Refusal) and value is not Refusal:
                yield value.code
    folder = Path(services.requests.domain.__path__[0]).parent
    for file in folder.rglob("*.py"):
        yield from re.findall(r'FieldError\(\s*[^,]+,\s*"([a-z_]+)"', file.read_text())
        yield from re.findall(r'Condition\([^,()]+,\s*"(?:yes|no|unknown)",\s*"([a-z_]+)"', file.read_text())


@pytest.mark.parametrize("code", sorted(set(codes())))
def test_every_code_has_both_texts(code: str) -> None:
    assert Catalogue(TEXTS).knows(code)


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_persian_is_written_with_persian_letters_and_both_languages_say_something(code: str) -> None:
    persian, english = TEXTS[code]
    assert not re.search("[يكى]", persian)
    assert persian
    assert english
