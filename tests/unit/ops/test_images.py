"""The base images: what goes into them, what is taken from the building machine, and what is built again."""

from pathlib import Path

import pytest

from ops.images.host import apt_conf, host_settings, pip_conf
from ops.images.recipes import STAND_IN, recipes, settings, with_below

DUMP = """APT::Architecture "amd64";
Acquire "";
Acquire::Check-Valid-Until "false";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::IndexTargets::deb::Packages::MetaKey "x";
Acquire::https::CaInfo "/somewhere/of/this/machine.pem";
Dir::Cache "var/cache/apt";
"""


def test_apt_fetches_as_on_this_machine_and_nothing_else_is_taken() -> None:
    assert apt_conf(DUMP).splitlines() == [
        'Acquire::Check-Valid-Until "false";',
        'Acquire::http::Proxy "http://proxy.example:3128";',
    ]


def test_pip_fetches_as_on_this_machine_without_its_folders() -> None:
    listed = "global.index-url='https://one.example/simple'\n:env:.find-links='/opt/wheels'\n"
    listed += "global.extra-index-url='file:///here https://two.example/simple'\n:env:.cert='/etc/here.pem'\n"
    assert pip_conf(listed).splitlines() == [
        "[global]",
        "index-url = https://one.example/simple",
        "extra-index-url = https://two.example/simple",
        "cert = /etc/ssl/certs/ca-certificates.crt",
    ]


def test_given_files_are_used_instead_of_this_machines(tmp_path: Path) -> None:
    (tmp_path / "apt").write_text("a")
    (tmp_path / "pip").write_text("p")
    (tmp_path / "ours.crt").write_text("c")
    given = host_settings(tmp_path / "apt", tmp_path / "pip", tmp_path, "http://mirror.example/debian")
    assert (given.apt, given.pip, given.authorities) == ("a", "p", (tmp_path / "ours.crt",))
    assert given.mirror == "http://mirror.example/debian"


def test_what_an_image_builds_on_is_built_before_it() -> None:
    assert [r.name for r in with_below({"mongo"}, recipes())] == ["debian-trixie", "python", "mongo"]
    with pytest.raises(KeyError):
        with_below({"postgres"}, recipes())


def test_an_image_is_built_again_when_a_file_or_the_image_below_changed() -> None:
    (mongo,) = (r for r in recipes() if r.name == "mongo")
    assert mongo.digest("below") == mongo.digest("below")
    assert len({mongo.digest("below"), mongo.digest("other"), mongo.digest("below", b"lock")}) == 3


def test_the_stand_in_is_marked_and_a_given_mongod_is_not() -> None:
    (stand_in,) = (r for r in recipes() if r.name == "mongo")
    (real,) = (r for r in recipes(mongod=True) if r.name == "mongo")
    assert stand_in.tag == STAND_IN
    assert any("not-for-production" in change for change in stand_in.changes)
    assert not any("not-for-production" in change for change in real.changes)
    assert "SAMA_MONGO_OPTIONS" in settings(recipes())
    assert "SAMA_MONGO_OPTIONS" not in settings(recipes(mongod=True))
