"""Every refusal and field error of registry has a text in both languages."""

import re
from pathlib import Path

import services.registry
import shared.persian.identifiers
from services.registry.inbound.texts import TEXTS
from shared.contracts.refusals import Refusal
from shared.web.texts import Catalogue

SOURCES = [*Path(services.registry.__path__[0]).rglob("*.py"), Path(shared.persian.identifiers.__file__)]
CODES = re.compile(
    r'(?:FieldError\(\s*f?"[^"]*",|Malformed\(\w+,|PydanticCustomError\(|code =)\s*"([a-z_]+)"(?: if \w+ in \w+ else "([a-z_]+)")?'
)


def test_every_code_in_the_source_has_a_text() -> None:
    catalogue = Catalogue(TEXTS)
    codes = {code for path in SOURCES for match in CODES.finditer(path.read_text()) for code in match.groups() if code}
    assert len(codes) > 30
    assert sorted(code for code in codes if not catalogue.knows(code)) == []


def test_every_refusal_has_a_text() -> None:
    catalogue = Catalogue(TEXTS)
    ours = {c for c in _below(Refusal) if c.__module__.startswith(("services.registry", "shared.contracts"))}
    assert sorted(c.code for c in ours if not catalogue.knows(c.code)) == []


def test_texts_ask_for_the_same_values_in_both_languages_and_use_persian_letters() -> None:
    for code, (fa, en) in TEXTS.items():
        assert set(re.findall(r"{(\w+)}", fa)) == set(re.findall(r"{(\w+)}", en)), code
        assert not re.search("[يكة]", fa), code


def _below(base: type[Refusal]) -> set[type[Refusal]]:
    return {base for base in base.__subclasses__()} | {c for b in base.__subclasses__() for c in _below(b)}
