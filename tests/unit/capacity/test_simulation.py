"""The simulation agrees with queueing theory where theory has an answer."""

from random import Random

import pytest
import simpy

from bench.capacity.model import Hop, Place, fitted, rate
from bench.capacity.stations import Machine, Program, Steps
from bench.capacity.theory import erlang_c, mean_wait

CUSTOMERS, RUNS = 12_000, 3  # means of one run scatter by a tenth, of three by less; the seeds are fixed


def simulated(servers: int, arrivals: float, service: float, slice_seconds: float | None = None) -> float:
    """Return the mean seconds that customers of M/M/c stay beyond their own service."""
    return sum(_one_run(servers, arrivals, service, slice_seconds, seed) for seed in range(RUNS)) / RUNS


def _one_run(servers: int, arrivals: float, service: float, slice_seconds: float | None, seed: int) -> float:
    env = simpy.Environment()
    machine = Machine(env, servers, slice_seconds)
    chance = Random(seed)
    extra: list[float] = []

    def customer() -> Steps:
        need, came = chance.expovariate(1 / service), env.now
        yield from machine.compute(need)
        extra.append(env.now - came - need)

    def source() -> Steps:
        for _ in range(CUSTOMERS):
            yield env.timeout(chance.expovariate(arrivals))
            env.process(customer())

    env.process(source())
    env.run()
    return sum(extra) / len(extra)


@pytest.mark.parametrize(("servers", "arrivals"), [(1, 70.0), (2, 150.0), (4, 280.0)])
def test_customers_wait_as_long_as_erlang_says(servers: int, arrivals: float) -> None:
    theory = mean_wait(servers, arrivals, service=0.01)
    assert simulated(servers, arrivals, 0.01) == pytest.approx(theory, rel=0.1)


def test_with_one_server_the_formula_is_the_well_known_one() -> None:
    assert erlang_c(1, 0.7) == pytest.approx(0.7)
    assert mean_wait(1, 70, 0.01) == pytest.approx(0.7 / (100 - 70))
    with pytest.raises(ValueError, match="no steady state"):
        erlang_c(2, 2.0)


def test_a_core_shared_in_slices_delays_everyone_as_much_in_the_mean() -> None:
    # Processor sharing: the mean time in an M/M/1 does not depend on how it is shared out.
    assert simulated(1, 60.0, 0.01, slice_seconds=0.003) == pytest.approx(mean_wait(1, 60.0, 0.01), rel=0.1)


def test_one_replica_alone_takes_the_sum_of_its_parts() -> None:
    hop = Hop(service=0.004, database=0.003, broker=0.001, waiting=0.002)
    assert rate(hop, Place(cores=8), replicas=1, work=0.025) == pytest.approx(1 / 0.035, rel=0.01)


def test_many_replicas_are_as_fast_as_the_narrowest_place() -> None:
    hop = Hop(service=0.004, database=0.003, broker=0.001)
    enough = Place(cores=64)
    assert rate(hop, enough, replicas=40, work=0.025) == pytest.approx(
        1 / 0.003, rel=0.02
    )  # the database, one at a time
    assert rate(hop, Place(cores=1), replicas=40, work=0.025) == pytest.approx(1 / 0.008, rel=0.02)  # the core


def test_threads_of_a_program_bound_it_even_with_cores_to_spare() -> None:
    env = simpy.Environment()
    program = Program(Machine(env, 8), threads=2)
    for _ in range(6):
        env.process(program.work(1.0))
    env.run()
    assert env.now == pytest.approx(3.0)


def test_what_else_runs_takes_its_part_of_the_cores() -> None:
    hop = Hop(service=0.010, database=0.0, broker=0.0)
    alone = rate(hop, Place(cores=1), replicas=4, work=0.0)
    beside = rate(hop, Place(cores=1, others=0.5), replicas=4, work=0.0)
    assert alone == pytest.approx(100, rel=0.02)
    assert 40 < beside < 90


def test_the_waiting_is_found_again_from_the_rate_of_one_replica() -> None:
    hop = Hop(service=0.004, database=0.003, broker=0.001, waiting=0.0057)
    place = Place(cores=2)
    measured = rate(hop, place, replicas=1, work=0.0)
    assert fitted(hop, place, measured=measured, work=0.0).waiting == pytest.approx(0.0057, rel=0.05)
