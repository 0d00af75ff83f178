"""Closed forms of queueing theory, which the simulation must agree with (tests/unit/capacity)."""

import math


def erlang_c(servers: int, load: float) -> float:
    """Return the probability that a customer of M/M/c has to wait. load: arrivals per second × mean seconds of service, below servers."""
    if not 0 <= load < servers:
        raise ValueError(f"a load of {load} on {servers} servers has no steady state")
    all_busy = load**servers / math.factorial(servers) * servers / (servers - load)
    return all_busy / (sum(load**n / math.factorial(n) for n in range(servers)) + all_busy)


def mean_wait(servers: int, arrivals: float, service: float) -> float:
    """Return the mean seconds that a customer of M/M/c waits. arrivals: per second; service: mean seconds."""
    load = arrivals * service
    return erlang_c(servers, load) * service / (servers - load)
