"""Secrets at rest, the key that has to be given, and the texts of refusals."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

import services.webhooks.domain
from services.webhooks.domain import subscription
from services.webhooks.inbound.texts import TEXTS
from services.webhooks.outbound.seal import FernetSeal
from services.webhooks.settings import Settings
from services.webhooks.usecases.ports import BrokenSeal
from shared.contracts.durations import Duration
from shared.contracts.refusals import Refusal
from shared.web.texts import Catalogue

OLD, NEW = "o" * 32, "n" * 32


def test_a_new_key_in_front_opens_what_the_old_one_sealed() -> None:
    sealed = FernetSeal([OLD]).seal("w1", "whsec_secret")
    assert "whsec_secret" not in sealed
    assert FernetSeal([NEW, OLD]).open("w1", sealed) == "whsec_secret"
    with pytest.raises(BrokenSeal, match="put the key back"):
        FernetSeal([NEW]).open("w1", sealed)
    with pytest.raises(BrokenSeal):
        FernetSeal([OLD]).open("w1", FernetSeal([NEW, OLD]).seal("w1", "x"))


def test_a_secret_that_was_put_into_another_subscription_is_not_used() -> None:
    with pytest.raises(BrokenSeal, match="another"):
        FernetSeal([OLD]).open("w2", FernetSeal([OLD]).seal("w1", "whsec_secret"))


def test_without_a_good_key_it_starts_on_ones_own_machine_only() -> None:
    assert Settings(webhook_local=True).or_exit()
    assert Settings(webhook_keys=SecretStr(f"{NEW}, {OLD}")).or_exit().keys == [NEW, OLD]
    with pytest.raises(SystemExit, match="SAMA_WEBHOOK_KEYS is not set"):
        Settings().or_exit()
    with pytest.raises(SystemExit, match="shorter than 32"):
        Settings(webhook_keys=SecretStr(f"{NEW},short")).or_exit()


def test_times_of_machines_are_not_counted_in_working_days() -> None:
    with pytest.raises(ValidationError, match="no working days"):
        Settings(webhook_dead_after=Duration(working_days=5))


def test_every_code_has_its_texts_in_both_languages() -> None:
    folder = Path(services.webhooks.domain.__path__[0]).parent
    named = {
        code
        for file in folder.rglob("*.py")
        for code in re.findall(r'"(url_[a-z_]+|event_type_unknown)"', file.read_text())
    }
    refusals = {
        v.code
        for v in vars(subscription).values()
        if isinstance(v, type) and issubclass(v, Refusal) and v is not Refusal
    }
    assert named | refusals == set(TEXTS)
    assert all(Catalogue(TEXTS).knows(code) for code in TEXTS)
    for persian, english in TEXTS.values():
        assert persian
        assert english
        assert not re.search("[يكى]", persian)
