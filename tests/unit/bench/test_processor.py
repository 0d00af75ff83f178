"""Processor time is read from the kernel's books."""

import os
import time

from bench.processor import CORES, busy_seconds, family, seconds_of


def test_work_of_this_process_shows_in_its_own_time_and_in_that_of_the_machine() -> None:
    own, machine, began = seconds_of([os.getpid()]), busy_seconds(), time.process_time()
    while time.process_time() - began < 0.2:
        pass
    assert 0.15 < seconds_of([os.getpid()]) - own < 0.5
    assert busy_seconds() - machine > 0.15


def test_a_process_counts_once_however_often_it_is_named() -> None:
    assert family([os.getpid(), os.getpid()]).count(os.getpid()) == 1
    assert CORES >= 1
