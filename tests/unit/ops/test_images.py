"""The base images: what goes into them, what is taken from the building machine, and what is built again."""

import os
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from rich.console import Console

from ops.images.engine import NoEngine, _alone, install_packages
from ops.images.host import apt_conf, host_settings, pip_conf
from ops.images.recipes import STAND_IN, recipes, settings, with_below
from tests.compose import run
from tests.compose.run import NO_ENGINE

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


def _no_engine(*_: object) -> AbstractContextManager[None]:
    raise NoEngine("No container engine answers.", "Start one.")


@pytest.mark.parametrize(("optional", "code"), [("", NO_ENGINE), ("0", NO_ENGINE), ("1", 0)])
def test_without_an_engine_it_is_said_loudly_and_fails_unless_it_is_optional(
    optional: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPTIONAL", optional)
    monkeypatch.setattr(run, "engine", _no_engine)
    assert run.main([]) == code
    told = capsys.readouterr().err
    assert "NOT TESTED: the containers" in told
    assert "!!!!!!" in told
    assert "Start one." in told


def test_who_may_not_install_an_engine_is_told_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(NoEngine, match=r"as root on Debian: apt-get install docker\.io"):
        install_packages(Console(quiet=True), ["docker.io"], tmp_path)


def test_one_command_at_a_time_runs_the_engine_of_a_checkout(tmp_path: Path) -> None:
    with _alone(tmp_path), pytest.raises(NoEngine, match="another command uses it"), _alone(tmp_path):
        pass


def test_what_another_program_has_the_number_of_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine/dockerd.pid").write_text(str(os.getpid()))
    with _alone(tmp_path):
        pass  # this process still lives
