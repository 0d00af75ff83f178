"""``make mutants``: apply each mutant to a copy of the project, run the tests named for it, and print what caught it.

Exit 0 if every mutant was caught. ``--write`` puts the table into docs/reliability.md.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutants.mutants import MUTANTS, Mutant

ROOT: Final = Path(__file__).resolve().parents[2]
TABLE: Final = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- mutants: make mutants WRITE=1 -->", "<!-- end of mutants -->"
CAUGHT: Final = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)
TESTS_FAILED, COLLECTION_FAILED = 1, 2  # pytest's exit codes
SECONDS: Final = 600  # a mutant may make a test wait for what never comes; each of its waits has a shorter deadline


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant. caught_by: the first test that failed, or None: it survived."""

    mutant: Mutant
    caught_by: str | None
    seconds: float
    output: str


class OutOfDate(Exception):
    """A mutant's line is not in its file exactly once."""


def mutated(mutant: Mutant, root: Path = ROOT) -> str:
    """Return the mutant's file with its weakening. Raises OutOfDate."""
    text = (root / mutant.file).read_text()
    if text.count(mutant.old) != 1:
        raise OutOfDate(f"{mutant.name}: its line stands {text.count(mutant.old)} times in {mutant.file}, not once")
    return text.replace(mutant.old, mutant.new)


def table(rows: Iterable[tuple[Mutant, str]]) -> str:
    """Return the table of docs/reliability.md."""
    lines = ["| mutant | what the guard prevents | caught by |", "|---|---|---|"]
    lines += [f"| `{mutant.name}` | {mutant.guards} | `{caught}` |" for mutant, caught in rows]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run; 0: all caught, 1: some survived, 2: the tests fail without any mutant, or a mutant is out of date."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these mutants")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    parser.add_argument("--write", action="store_true", help="write the table into docs/reliability.md")
    given = parser.parse_args(arguments)
    chosen = [mutant for mutant in MUTANTS if not given.names or mutant.name in given.names]
    unknown = set(given.names) - {mutant.name for mutant in chosen}
    if unknown:
        _say(f"There is no mutant called {', '.join(sorted(unknown))}.")
        return 2
    try:
        for mutant in chosen:
            mutated(mutant)
    except OutOfDate as error:
        _say(f"{error}. Bring tests/mutants/mutants.py up to date.")
        return 2
    _say(f"First without any mutant: the tests of {len(chosen)} mutants have to pass …")
    with _copy() as folder:
        code, output = _pytest(folder, sorted({test for mutant in chosen for test in mutant.tests}))
    if code:
        _say(output[-6000:])
        _say("The tests fail without any mutant, so they would show nothing. Make them pass first.")
        return 2
    outcomes = _run(chosen, given.jobs)
    rows = [(mutant, outcomes[mutant.name].caught_by or "**survived**") for mutant in chosen]
    _say(table(rows))
    survived = [outcome for outcome in outcomes.values() if outcome.caught_by is None]
    for outcome in survived:
        _say(f"SURVIVED: {outcome.mutant.name} in {outcome.mutant.file}\n{outcome.output[-1500:]}")
    if given.write and not given.names and not survived:
        write(table(rows))
    _say(f"{len(chosen) - len(survived)} of {len(chosen)} mutants were caught.")
    return 1 if survived else 0


def write(rows: str) -> None:
    """Put the table between its marks in docs/reliability.md."""
    text = TABLE.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    TABLE.write_text(f"{before}{BEGIN}\n{rows}\n{END}{after}")


def _run(chosen: Sequence[Mutant], jobs: int) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    with ThreadPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(_try, mutant) for mutant in chosen]):
            outcome = done.result()
            outcomes[outcome.mutant.name] = outcome
            what = outcome.caught_by or "SURVIVED"
            _say(f"{len(outcomes):3} of {len(chosen)}  {outcome.mutant.name}: {what}  ({outcome.seconds:.0f} s)")
    return outcomes


def _try(mutant: Mutant) -> Outcome:
    began = time.monotonic()
    with _copy() as folder:
        (folder / mutant.file).write_text(mutated(mutant))
        code, output = _pytest(folder, mutant.tests)
    found = CAUGHT.search(output)
    caught = found.group(1) if found and code == TESTS_FAILED else None
    if code == COLLECTION_FAILED:  # it does not even import: that proves nothing
        output = f"The mutant is no program.\n{output}"
    return Outcome(mutant, caught, time.monotonic() - began, output)


@contextmanager
def _copy() -> Iterator[Path]:
    """A copy of the project's files beside the same environment, so that nothing here is ever touched."""
    with tempfile.TemporaryDirectory(prefix="sama-mutant-") as name:
        folder = Path(name)
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        for file in listed.stdout.splitlines():
            if (ROOT / file).is_file():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, folder / file)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        (folder / ".sama").mkdir()
        if (ROOT / ".sama" / "packages").exists():
            (folder / ".sama" / "packages").symlink_to(ROOT / ".sama" / "packages")
        yield folder


def _pytest(folder: Path, tests: Sequence[str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True, timeout=SECONDS
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return -1, f"no end after {SECONDS} s: {error}"
    return done.returncode, done.stdout + done.stderr


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
