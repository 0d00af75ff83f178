"""The Makefile and ops/setup.sh, as far as they can be tried without installing anything."""

import os
import shutil
import subprocess

import pytest

from ops.local.places import ROOT

SETUP = ROOT / "ops" / "setup.sh"
MAKEFILE = (ROOT / "Makefile").read_text()


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_shell_understands_the_set_up() -> None:
    subprocess.run(["sh", "-n", str(SETUP)], check=True)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_the_set_up_has_no_known_shell_mistakes() -> None:
    scripts = [str(SETUP), str(ROOT / ".ci" / "run")]
    done = subprocess.run(["shellcheck", "--severity=warning", *scripts], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_make_alone_says_what_there_is() -> None:
    assert "make demo" in make()


def test_the_demo_once_stops_by_itself() -> None:
    assert "sama demo --once" in make("demo", "ONCE=1")
    assert "--once" not in make("demo")
    assert "--once" not in make("demo", "ONCE=0")


def test_a_city_is_named_by_path_without_losing_the_commands(tmp_path: object) -> None:
    probe = MAKEFILE.split("PY :=")[0] + '\nshow:\n\t@echo "$$PATH|$(FOLDER)"\n'
    done = subprocess.run(
        ["make", "-s", "-f", "-", "show", "PATH=../a city"], input=probe, env={"PATH": "/usr/bin:/bin:/somewhere"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "/usr/bin:/bin:/somewhere|../a city"


def test_a_city_without_a_folder_is_asked_for() -> None:
    done = subprocess.run(
        ["make", "-s", "city", "-o", "setup"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 2
    assert "Name the folder" in done.stdout
