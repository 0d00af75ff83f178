"""What only the whole system shows: services, their versions and clocks, books, nodes, disks. Functions from facts to findings."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from ops.doctor.facts import BooksSeen, Disk, Facts, Node, ServiceSeen, WebhookSeen
from ops.doctor.system import ADDRESSES
from services.budget.outbound.announcer import HEADS_EVERY
from shared.doctor import Finding, alarm, fine, warning, worst_first
from shared.doctor_checks import LOG, START, check_clock, check_dependencies, check_patient, check_servers
from shared.doctor_facts import Away, BrokerSeen
from shared.messaging.topology import PUBLIC
from shared.replicas import UTILISATION

GIB: Final = 1 << 30
DISK_ALARM: Final = 1 * GIB  # a database that cannot write its journal stops, and the broker refuses publishers
DISK_WARNING: Final = 5 * GIB  # some days of a busy city with a backup beside it
WEBHOOK_BEHIND: Final = 1_000  # events; a minute's work for a receiver that is near
WEBHOOK_FAILING: Final = timedelta(hours=1)  # a restart and a deployment of the receiver are over by then
MEMBERS: Final = 3  # any one may be away and two still agree; more members only cost more writing
HEAD_LATE: Final = 2 * HEADS_EVERY  # one turn may fall into a restart


def diagnose(facts: Facts) -> list[Finding]:
    """Return all findings, worst first."""
    found: list[Finding] = []
    for service, database in facts.databases.items():
        found += check_dependencies(service, facts.broker, database)
    found += check_servers(facts.broker, next(iter(facts.databases.values())))
    found += check_services(facts.services, facts.unknown)
    for seen in facts.services:
        if seen.skew is not None:
            found += check_clock(f"{seen.service} ({seen.url})", seen.skew)
    found += check_replicas(facts.services)
    found += check_versions(facts)
    for service, patient in facts.patients.items():
        found += check_patient(patient, facts.broker, facts.databases[service], facts.at)
    found += check_books(facts.books, facts.at)
    if isinstance(facts.broker, BrokerSeen):  # else it is said that it is away
        found += check_nodes(facts.nodes)
        found += check_members(facts.broker, facts.nodes)
    found += check_webhooks(facts.webhooks, facts.broker, facts.at)
    found += check_disks(facts.disks)
    return worst_first(dict.fromkeys(found))  # the broker is one for all services


def nothing_seen(facts: Facts) -> bool:
    """Tell whether no part of the system could be looked at."""
    return (
        isinstance(facts.broker, Away)
        and all(isinstance(database, Away) for database in facts.databases.values())
        and all(seen.away is not None for seen in facts.services)
    )


def check_services(services: Sequence[ServiceSeen], unknown: Sequence[str]) -> Iterator[Finding]:
    """Say which replica is not live or not ready, with its own reason."""
    for seen in services:
        where = f"{seen.service} ({seen.url})"
        start, log = START.format(service=seen.service), LOG.format(service=seen.service)
        if seen.away is not None:
            yield alarm("service_away", where, f"it does not answer: {seen.away}", f"{start}; {log}")
        for problem in seen.problems:
            yield alarm("service_not_ready", where, f"it is not ready: {problem}", log)
        if seen.away is None and not seen.problems:
            yield fine("service", where, "it is live and ready")
    for service in unknown:
        yield warning(
            "service_unknown", service, "its address is not known, so it was not asked", f"set {ADDRESSES[service]}"
        )


def check_replicas(services: Sequence[ServiceSeen]) -> Iterator[Finding]:
    """Compare how many replicas of each service run with how many its queues and its processor ask for."""
    for service in dict.fromkeys(seen.service for seen in services):
        running = [seen for seen in services if seen.service == service and seen.away is None]
        wanted = max((seen.wanted for seen in running if seen.wanted is not None), default=None)
        if wanted is None:
            continue
        would = f"{wanted} replica{'s' if wanted > 1 else ''} would"
        if wanted > len(running):
            yield warning(
                "replicas_wanted",
                service,
                f"{would} empty its queues within a minute and be at most {UTILISATION:.0%} busy; {len(running)} run",
                f"sama up --scale {service}={wanted}, or docker compose up -d --scale {service}={wanted}",
            )
        else:
            yield fine("replicas", service, f"{would} do, {len(running)} run")


def check_versions(facts: Facts) -> Iterator[Finding]:
    """Compare the replicas of a service with one another and with this code, by their APIs and events."""
    for service, declared in facts.declared.items():
        running = [seen for seen in facts.services if seen.service == service and seen.contracts]
        if len({seen.contracts for seen in running}) > 1:
            yield warning(
                "versions_differ",
                service,
                f"its {len(running)} replicas run different versions: their APIs or events differ",
                f"finish the upgrade: restart the older replicas of {service}",
            )
        elif running and running[0].contracts != declared:
            yield warning(
                "version_unlike_here",
                service,
                "it runs another version than this command, so what is said of its queues and indexes may be wrong",
                "use the sama command of the same version, or restart the service with this one",
            )


def check_books(books: BooksSeen | Away, now: datetime) -> Iterator[Finding]:
    """Look at the announcing of the books and their heads, and at the database's guard over the entries."""
    if isinstance(books, Away):
        return  # said of the database already
    if not books.guarded:
        yield alarm(
            "validator_missing",
            "budget",
            "the database does not guard the entries any more: its validator is gone or changed",
            "start budget again: it puts the validator back; then sama verify",
        )
    for book in books.books:
        if not book.there:
            yield alarm(
                "book_cut_off",
                book.book,
                f"it was announced up to entry {book.announced}, which is not there: entries were lost or restored from before",
                "sama verify, then restore budget from a newer backup",
            )
        elif book.unheaded_since is not None and now - book.unheaded_since > HEAD_LATE:
            age = (now - book.unheaded_since).total_seconds() / 60
            yield warning(
                "head_late",
                book.book,
                f"entries of {age:,.0f} minutes ago are under no announced head: a rewriting of them would not be found out",
                f"{START.format(service='budget')}; if it runs, {LOG.format(service='budget')}",
            )
    if books.guarded and books.books:
        yield fine("books", "budget", f"{len(books.books)} book(s), guarded by the database")


def check_webhooks(
    webhooks: tuple[WebhookSeen, ...] | Away, broker: BrokerSeen | Away, now: datetime
) -> Iterator[Finding]:
    """Look for webhooks that were given up or that do not keep up: their owners may not know."""
    if isinstance(webhooks, Away):
        return  # said of the database already
    stream = broker.queues.get(PUBLIC) if isinstance(broker, BrokerSeen) else None
    active = 0
    for seen in webhooks:
        where = f"webhook {seen.id}"
        if seen.dead is not None:
            tell = "tell its owner; after the repair: POST /webhooks/{id}/resume, nothing is lost"
            yield warning("webhook_dead", where, f"it was given up ({seen.dead})", tell)
            continue
        active += 1
        behind = 0 if stream is None or seen.position is None else stream.messages - 1 - seen.position
        if seen.failing_since is not None and now - seen.failing_since > WEBHOOK_FAILING:
            hours = (now - seen.failing_since).total_seconds() / 3600
            what = f"its address has taken nothing for {hours:,.1f} hours; after five days it is given up"
            yield warning(
                "webhooks_behind", where, what, "tell its owner: GET /webhooks/{id}/deliveries shows the answers"
            )
        elif behind > WEBHOOK_BEHIND:
            what = f"it is {behind:,} events behind, and its address does not fail"
            again = "after a replay wait and look again; else add replicas of webhooks, and read its log"
            yield warning("webhooks_behind", where, what, again)
    if active:
        yield fine("webhooks", "webhooks", f"{active} active")


def check_nodes(nodes: tuple[Node, ...] | Away) -> Iterator[Finding]:
    """Look at the alarms of the broker's nodes."""
    if isinstance(nodes, Away):
        yield fine("nodes_unseen", "broker", "its nodes are shown only to a user with the tag monitoring")
        return
    for node in nodes:
        where = f"broker {node.name}"
        if not node.running:
            yield alarm("node_down", where, "it is not running", "start the node again and read its log")
        if node.memory_alarm:
            yield alarm(
                "memory_alarm",
                where,
                "it has too little memory and takes no messages",
                "look for a deep queue above; give the broker more memory",
            )
        if node.disk_alarm:
            yield alarm(
                "disk_alarm", where, "its disk is full and it takes no messages", "free space on its disk (df -h)"
            )
        elif node.running and node.disk_free < DISK_WARNING:
            yield from check_disks([Disk(where, node.disk_free, 0)])
        if node.partitions:
            yield alarm(
                "partition",
                where,
                f"it is cut off from {', '.join(node.partitions)}",
                "mend the network, then restart the smaller part of the cluster",
            )
    if nodes and not any(node.memory_alarm or node.disk_alarm or not node.running for node in nodes):
        yield fine("nodes", "broker", f"{len(nodes)} node(s) without an alarm")


def check_members(broker: BrokerSeen, nodes: tuple[Node, ...] | Away) -> Iterator[Finding]:
    """Look whether every queue lies on as many nodes as it should: what was declared on a smaller cluster does not spread by itself."""
    if isinstance(nodes, Away):
        return
    wanted = min(MEMBERS, len(nodes))
    few = sorted(name for name, seen in broker.queues.items() if seen.members is not None and seen.members < wanted)
    if few:
        yield warning(
            "queue_members",
            "broker",
            f"{', '.join(few)}: on fewer than {wanted} of the broker's {len(nodes)} nodes, so one node's end can stop or lose them",
            "on each node that lacks them: rabbitmq-queues grow NODE all; for sama.archive: rabbitmq-streams add_replica sama.archive NODE",
        )
    elif wanted > 1:
        yield fine("queue_members", "broker", f"every queue lies on {wanted} nodes")


def check_disks(disks: Sequence[Disk]) -> Iterator[Finding]:
    """Look at the free space."""
    for disk in disks:
        free = f"{disk.free / GIB:,.1f} GiB free"
        do = "free space (df -h): old backups and logs first; never the data folder"
        if disk.free < DISK_ALARM:
            yield alarm("disk_full", disk.where, f"{free}: database and broker stop when it is full", do)
        elif disk.free < DISK_WARNING:
            yield warning("disk_low", disk.where, free, do)
        else:
            yield fine("disk", disk.where, free)
