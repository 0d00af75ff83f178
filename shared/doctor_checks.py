"""What a service can find out about itself: functions from facts to findings. Every limit has its reason beside it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.doctor import Finding, alarm, fine, warning
from shared.doctor_facts import LATE, Away, BrokerSeen, DatabaseSeen, Patient, QueueSeen, Skew
from shared.messaging.guard import MARGIN
from shared.messaging.management import as_set
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import ARCHIVE, POLICIES, Topology, dead_of, replays_of
from shared.storage.indexes import Index
from shared.web.auth import LEEWAY_SECONDS

DEEP: Final = 1_000  # some seconds of work; below this a queue may grow for a moment without anybody waiting
SKEW_WARNING: Final = timedelta(seconds=LEEWAY_SECONDS)  # past this, tokens that were just issued are refused
SKEW_ALARM: Final = MARGIN  # past this, a replay after a lost binding begins too late and events are missed

LOG: Final = "read the log of {service} (.sama/logs/{service}.log, or docker compose logs {service})"
START: Final = "start {service} (sama up, or docker compose up -d {service})"


def check_dependencies(service: str, broker: BrokerSeen | Away, database: DatabaseSeen | Away) -> Iterator[Finding]:
    """Say which of a service's servers cannot be looked at."""
    if isinstance(database, Away):
        yield alarm(
            "database_away",
            f"{service} database",
            f"it does not answer: {database.reason}",
            "start the database (sama up, or docker compose up -d mongo), then check SAMA_MONGO_URL",
        )
    if isinstance(broker, Away):
        yield alarm(
            "broker_away",
            "broker",
            f"its management API cannot be asked: {broker.reason}",
            "start the broker (sama up, or docker compose up -d rabbitmq), then check SAMA_RABBIT_MANAGEMENT_URL",
        )


def check_topology(subscriptions: Subscriptions, broker: BrokerSeen) -> Iterator[Finding]:
    """Compare exchanges, queues and bindings with what the service declares."""
    service = subscriptions.consumer
    wanted = Topology.of(subscriptions)
    again = f"wait ten seconds and type sama doctor again: a running {service} makes it anew and replays what was missed; else "
    again += START.format(service=service)
    missing = wanted.missing(broker.bindings)
    for exchange in sorted(wanted.exchanges.keys() - broker.exchanges):
        yield alarm("exchange_missing", service, f"exchange {exchange} is not on the broker", again)
    for queue in sorted(wanted.queues):
        seen = broker.queues.get(queue)
        if seen is None or queue in missing.queues:
            yield alarm("queue_missing", service, f"queue {queue} is not on the broker", again)
            continue
        if differing := sorted(key for key, value in wanted.queues[queue].items() if seen.arguments.get(key) != value):
            yield alarm(
                "queue_different",
                service,
                f"queue {queue} was made with other properties ({', '.join(differing)}), so {service} cannot start on it",
                f"stop {service}, delete {queue} in the broker's management page, {START.format(service=service)}: "
                "it is made anew and filled from the archive",
            )
    for binding in sorted(missing.bindings):
        if binding.destination not in missing.queues:
            what = f"binding {binding.source} → {binding.destination} ({binding.key}) is not on the broker"
            yield alarm("binding_missing", service, what, again)


def check_policies(broker: BrokerSeen) -> Iterator[Finding]:
    """Compare the policies that every service sets."""
    for policy in POLICIES:
        found = broker.policies.get(policy.name)
        if found is None or not as_set(policy).items() <= found.items():
            state = "is missing" if found is None else "differs from what the services set"
            yield warning(
                "policy_different",
                "broker",
                f"policy {policy.name} {state}: a message that always fails would go round for ever or be dropped",
                "start any service again: it sets the policy; on a deployment the provisioning does (docker compose up provision)",
            )


def check_queues(subscriptions: Subscriptions, broker: BrokerSeen) -> Iterator[Finding]:
    """Look at what waits in a service's queues and who takes it."""
    service = subscriptions.consumer
    found: list[Finding] = []
    waiting = 0
    for edge in subscriptions.edges:
        if (seen := broker.queues.get(edge.queue)) is not None:
            waiting += seen.messages
            found += _edge(service, edge.queue, seen)
        if (dead := broker.queues.get(dead_of(edge.queue))) is not None and dead.messages:
            found.append(
                warning(
                    "dead_letters",
                    service,
                    f"{_events(dead.messages)} put aside in {dead_of(edge.queue)}: handling failed, the others went on",
                    "sama dead-letters list",
                )
            )
    replays = broker.queues.get(replays_of(service))
    if replays is not None and replays.messages:
        found.append(
            warning(
                "replay_waiting",
                service,
                f"{replays.messages} replay(s) from the archive still to be done: a queue or binding was lost",
                f"wait a minute and type sama doctor again; if it stays, {LOG.format(service=service)}",
            )
        )
    yield from found
    if not found and subscriptions.edges:
        yield fine("queues", service, f"{len(subscriptions.edges)} queue(s), all consumed, {_events(waiting)} waiting")


def check_outbox(
    service: str, database: DatabaseSeen, now: datetime, limit: timedelta, *, broker_away: bool
) -> Iterator[Finding]:
    """Look at how long the oldest event waits for being announced."""
    since = database.oldest_unsent
    if since is None or now - since <= limit:
        yield fine("outbox", service, "nothing waits long for being announced")
        return
    cause = "the broker is away" if broker_away else f"{service} is not running, or its announcing is stuck"
    start = START.format(service=service)
    yield alarm(
        "outbox_old",
        service,
        f"an event waits for {_seconds(now - since)} for being announced (limit {_seconds(limit)}): {cause}",
        "start the broker first" if broker_away else f"{start}; if it runs, {LOG.format(service=service)}",
    )


def check_timers(service: str, database: DatabaseSeen) -> Iterator[Finding]:
    """Look for what should have been done by time."""
    for collection, id in sorted(database.overdue.items()):
        yield alarm(
            "timer_late",
            service,
            f"{collection} {id} is due for more than {_seconds(LATE)}: nobody looks at what is due, or it fails each time",
            f"{START.format(service=service)}; if it runs, {LOG.format(service=service)}",
        )


def check_indexes(service: str, declared: Sequence[Index], database: DatabaseSeen) -> Iterator[Finding]:
    """Compare the indexes with those that the service declares."""
    wrong = False
    make = f"start {service} again: it makes what is missing"
    for index in declared:
        there = database.indexes.get(index.collection, {}).get(index.name)
        where = f"{index.collection}.{index.name}"
        if there is None:
            wrong = True
            kind, what = (alarm, "duplicates are possible now") if index.unique else (warning, "reading is slow")
            yield kind("index_missing", service, f"index {where} is not in the database: {what}", make)
        elif there != index:
            wrong = True
            yield alarm(
                "index_different",
                service,
                f"index {where} has another form in the database than {service} declares",
                f"drop index {index.name} of {index.collection} in the database's shell, then {make}",
            )
    names = {(index.collection, index.name) for index in declared}
    for collection, found in sorted(database.indexes.items()):
        for name in sorted(found):
            if (collection, name) not in names:
                yield warning(
                    "index_unknown",
                    service,
                    f"index {collection}.{name} is not declared: every write pays for it",
                    "drop it in the database's shell if no older version of the service still runs",
                )
    if not wrong:
        yield fine("indexes", service, f"{len(declared)} indexes are as declared")


def check_restoring(service: str, database: DatabaseSeen) -> Iterator[Finding]:
    """Look whether a restore was cut off."""
    if database.restoring:
        yield alarm(
            "restore_unfinished",
            f"{service} database",
            "a restore is under way or was cut off: only a part of the data is here",
            f"if none is running: sama restore FOLDER --replace {service}",
        )


def check_clock(where: str, skew: Skew) -> Iterator[Finding]:
    """Compare a clock with ours. What the measuring itself may be wrong by does not count."""
    off = abs(skew.ahead) - skew.doubt
    if off <= SKEW_WARNING:
        return
    direction = "ahead of" if skew.ahead > timedelta(0) else "behind"
    kind, harm = (
        (alarm, f"a replay begins up to {_seconds(SKEW_ALARM)} early only, so events could be missed")
        if off > SKEW_ALARM
        else (warning, f"tokens are refused from {_seconds(SKEW_WARNING)} on")
    )
    yield kind(
        "clock_skew",
        where,
        f"its clock is {_seconds(abs(skew.ahead))} {direction} the one here: {harm}",
        "let NTP set the clocks (timedatectl status, on that machine and on this one)",
    )


def check_patient(
    patient: Patient, broker: BrokerSeen | Away, database: DatabaseSeen | Away, now: datetime
) -> Iterator[Finding]:
    """Run all checks of one service, as far as there are facts."""
    service, subscriptions = patient.service, patient.subscriptions
    if isinstance(broker, BrokerSeen):
        yield from check_topology(subscriptions, broker)
        yield from check_queues(subscriptions, broker)
    if isinstance(database, DatabaseSeen):
        limit = timedelta(seconds=patient.unsent_age_limit_seconds)
        yield from check_outbox(service, database, now, limit, broker_away=isinstance(broker, Away))
        yield from check_timers(service, database)
        yield from check_indexes(service, patient.indexes, database)
        yield from check_restoring(service, database)


def check_servers(broker: BrokerSeen | Away, database: DatabaseSeen | Away) -> Iterator[Finding]:
    """Run the checks that concern the servers, not one service: policies, the archive and the clocks."""
    if isinstance(broker, BrokerSeen):
        yield from check_policies(broker)
        yield from check_clock("broker", broker.skew)
        if (archive := broker.queues.get(ARCHIVE)) is not None:
            yield fine("archive", "broker", f"the archive holds {_events(archive.messages)}")
    if isinstance(database, DatabaseSeen):
        yield from check_clock("database", database.skew)


def _edge(service: str, queue: str, seen: QueueSeen) -> Iterator[Finding]:
    if seen.consumers == 0:
        yield alarm(
            "queue_without_consumer",
            service,
            f"nobody takes from queue {queue}; {_events(seen.messages)} waiting",
            f"{START.format(service=service)}; if it runs, {LOG.format(service=service)}",
        )
    elif seen.messages >= DEEP:
        consumers = f"its {seen.consumers} consumer(s)"
        state = f"grows by {seen.growth:.0f} a second" if seen.growth > 0 else "is being worked off"
        yield warning(
            "queue_growing" if seen.growth > 0 else "queue_deep",
            service,
            f"{_events(seen.messages)} wait in queue {queue}; it {state} with {consumers}",
            f"more replicas: sama up --scale {service}=2, or docker compose up -d --scale {service}=2"
            if seen.growth > 0
            else "type sama doctor again in a minute: the number should fall",
        )


def _events(number: int) -> str:
    return f"{number:,} event" if number == 1 else f"{number:,} events"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():,.0f} s"
