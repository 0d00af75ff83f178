"""What a stack remembers, and how it takes its folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local.problems import StackProblem
from ops.local.processes import Child
from ops.local.state import Folder, State, end_leftovers, start_time
from tests.waiting import until

DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    held = Folder(tmp_path)
    yield held
    held.release()


def child(folder: Path, command: list[str] = SLEEP) -> Child:
    return Child("sleeper", command, dict(os.environ), folder / "log", folder)


def test_ports_and_processes_are_remembered_for_the_next_run(folder: Folder, tmp_path: Path) -> None:
    sleeper = child(tmp_path)
    folder.claim()
    sleeper.start()
    folder.remember({"mongo": 5000}, [sleeper])
    folder.release()
    state = folder.claim()
    sleeper.kill()
    assert state.ports == {"mongo": 5000}
    assert state.processes["sleeper"][0] == sleeper.pid


def test_two_stacks_do_not_share_a_folder(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path)
    folder.claim()
    folder.remember({}, [])
    with pytest.raises(StackProblem, match=f"already runs .* \\(process {os.getpid()}\\)"):
        other.claim()
    folder.release()
    other.claim()
    other.release()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"ports": {"mongo": "x"}, "owner": 1, "processes": {}}'])
def test_a_memory_cut_short_by_a_crash_costs_no_more_than_new_ports(
    folder: Folder, tmp_path: Path, content: str
) -> None:
    (tmp_path / "state.json").write_text(content)
    assert folder.claim() == State()


def test_a_folder_that_is_a_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("")
    with pytest.raises(StackProblem, match="--folder") as problem:
        Folder(tmp_path / "here").claim()
    assert str(tmp_path / "here") in problem.value.what


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_of_another_user_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    with pytest.raises(StackProblem, match="chown"):
        Folder(tmp_path).claim()


def test_a_fresh_start_removes_only_what_the_stack_made(folder: Folder, tmp_path: Path) -> None:
    folder.claim()
    folder.remember({}, [])
    (folder.data / "x").write_text("")
    (tmp_path / "keys").mkdir()
    folder.clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "keys", "lock", "logs"]
    assert not list(folder.data.iterdir())


async def test_processes_of_a_broken_earlier_run_are_ended(tmp_path: Path) -> None:
    left = child(tmp_path)
    left.start()
    started = start_time(left.pid or 0)
    assert started is not None
    assert await end_leftovers(State(processes={"budget": (left.pid or 0, started)})) == ["budget"]
    assert left.ending == "ended by SIGTERM"


async def test_another_process_that_got_the_number_of_an_earlier_one_is_left_alone() -> None:
    assert await end_leftovers(State(processes={"budget": (os.getpid(), 1)})) == []


async def test_a_child_stops_when_asked_and_is_killed_when_it_does_not_listen(tmp_path: Path) -> None:
    deaf = child(tmp_path, [sys.executable, "-c", DEAF])
    deaf.stop_seconds = 0.3
    deaf.start()
    await until(lambda: bool(deaf.log.read_text()))
    await deaf.stop()
    assert deaf.ending == "ended by SIGKILL"


def test_a_child_dies_with_its_parent_even_if_the_parent_is_killed(tmp_path: Path) -> None:
    program = f"""
import os, sys, time
from pathlib import Path
from ops.local.processes import Child
child = Child("c", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ), Path({str(tmp_path)!r}) / "log", Path("/"))
child.start()
time.sleep(0.5)
print(child.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout
    with parent.stdout as out:
        pid = int(out.readline())
        assert start_time(pid)
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 5
    while start_time(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert start_time(pid) is None
