"""Who got what, per district: an outside service that follows a city's public events.

    python awards.py follow    keep up with the stream, from its beginning the first time; Ctrl-C ends it
    python awards.py table     print what is known, as JSON

PUBLIC_EVENTS_URL  address with read-only credentials, e.g. amqp://reader:secret@host/
AWARDS_FILE      where to keep what was read (awards.sqlite)
AWARDS_SILENCE_SECONDS  after so long without an event it connects again (30)

Events come at least once, and those about one subject may come out of order. So everything an event changes is written in one
transaction with the event's id and its place in the stream: after a crash it goes on where it was, and a repeat changes nothing.
"""

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import suppress
from typing import Any

import aio_pika

STREAM = "sama.public"
UNDER_WAY = 100  # messages under way; a stream needs a limit, and acknowledgements to send more
SILENCE_SECONDS = float(os.environ.get("AWARDS_SILENCE_SECONDS", "30"))
"""Then it connects again: that costs nothing, and finds a connection that died quietly and a stream that was deleted."""
AGAIN_SECONDS = 2

TABLES = """
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL, last TEXT);
INSERT OR IGNORE INTO place VALUES (1, 0, NULL);
CREATE TABLE IF NOT EXISTS seen (source TEXT, id TEXT, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names
    (kind TEXT, id TEXT, subject TEXT, sequence TEXT, name TEXT, PRIMARY KEY (kind, id, subject));
CREATE TABLE IF NOT EXISTS awards
    (request TEXT PRIMARY KEY, district TEXT, organization TEXT, programme TEXT, topic TEXT, currency TEXT, issued_at TEXT);
CREATE TABLE IF NOT EXISTS money (request TEXT PRIMARY KEY, sequence TEXT, state TEXT, amount INTEGER);
"""
AWARDS = """
SELECT district, organization, programme, topic, awards.request, amount, currency, state,
    (SELECT name FROM names WHERE kind = 'district' AND id = district ORDER BY subject LIMIT 1) AS district_name,
    (SELECT name FROM names WHERE kind = 'organization' AND id = organization ORDER BY subject LIMIT 1) AS organization_name,
    (SELECT name FROM names WHERE kind = 'programme' AND id = programme ORDER BY subject LIMIT 1) AS programme_name,
    (SELECT name FROM names WHERE kind = 'topic' AND id = topic ORDER BY subject LIMIT 1) AS topic_name
FROM awards JOIN money USING (request) ORDER BY district, awards.request
"""
MONEY = {
    "reservation.waiting.v1": "waiting",
    "reservation.made.v1": "reserved",
    "reservation.refused.v1": "refused",
    "reservation.released.v1": "released",
    "commitment.made.v1": "committed",
}


def name_of(event: dict[str, Any]) -> str:
    """Return what tells the event from all others."""
    return f"{event['source']} {event['id']}"


class Kept:
    """What was read, in an SQLite file."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.executescript(TABLES)

    @property
    def place(self) -> tuple[int, str | None]:
        """The offset to go on at, and the last event that was taken; (0, None): nothing yet."""
        return self.db.execute("SELECT next, last FROM place").fetchone()

    def start_over(self) -> None:
        """Read the stream from its beginning again; what is known stays, and repeats change nothing."""
        self.db.execute("UPDATE place SET next = 0, last = NULL")

    def take(self, offset: int, event: dict[str, Any]) -> None:
        """Do what the event says, once."""
        self.db.execute("BEGIN")
        try:
            new = self.db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (event["source"], event["id"])).rowcount
            if new:
                self._apply(event)
            self.db.execute("UPDATE place SET next = ?, last = ?", (offset + 1, name_of(event)))
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def _apply(self, event: dict[str, Any]) -> None:
        data = event["data"]
        match event["type"]:
            case "organization.approved.v1":
                self._name(event, "organization", data["organization"], data["name"])
            case "district.defined.v1":
                self._name(event, "district", data["district"], data["names"]["fa"])
            case "programme.opened.v1":
                self._name(event, "programme", data["programme"], data["names"]["fa"])
            case "priorities.adopted.v1":
                for topic in data["topics"]:
                    self._name(event, "topic", topic["topic"], topic["names"]["fa"])
            case "case.decided.v1" if data["outcome"] == "approved":
                # A later decision about the same request (an appeal) is another case: another subject, so its time decides.
                self.db.execute(
                    "INSERT INTO awards VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request) DO UPDATE SET district = excluded.district,"
                    " organization = excluded.organization, programme = excluded.programme, topic = excluded.topic,"
                    " currency = excluded.currency, issued_at = excluded.issued_at WHERE excluded.issued_at > awards.issued_at",
                    [
                        data[n]
                        for n in ("request", "district", "organization", "programme", "topic", "currency", "issued_at")
                    ],
                )
            case "commitment.released.v1" if data.get("remains"):  # a part of it
                self._money(event, "committed", data["remains"])
            case "commitment.released.v1":
                self._money(event, "reserved" if data["to"] == "reserved" else "released")
            case type if type in MONEY:
                self._money(event, MONEY[type])
            # Everything else: not needed here. Also a type that did not exist when this was written.

    def _name(self, event: dict[str, Any], kind: str, id: str, name: str) -> None:
        self.db.execute(
            "INSERT INTO names VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, id, subject) DO UPDATE"
            " SET sequence = excluded.sequence, name = excluded.name WHERE excluded.sequence > names.sequence",
            (kind, id, event["subject"], event["sequence"], name),
        )

    def _money(self, event: dict[str, Any], state: str, amount: int | None = None) -> None:
        # Entries of a book may come out of order: the one with the highest sequence says how it is.
        self.db.execute(
            "INSERT INTO money VALUES (?, ?, ?, ?) ON CONFLICT (request) DO UPDATE"
            " SET sequence = excluded.sequence, state = excluded.state, amount = excluded.amount"
            " WHERE excluded.sequence > money.sequence",
            (event["data"]["request"], event["sequence"], state, amount or event["data"]["amount"]),
        )

    def table(self) -> list[dict[str, Any]]:
        """Return every award: where, who, for what, how much, and where its money stands."""
        self.db.row_factory = sqlite3.Row
        return [dict(row) for row in self.db.execute(AWARDS)]


async def follow(url: str, kept: Kept) -> None:
    """Follow the stream for ever, whatever happens to the connection."""
    while True:
        try:
            await read(url, kept)
        except TimeoutError:
            pass  # silence
        except (aio_pika.exceptions.AMQPError, OSError) as trouble:
            sys.stderr.write(f"again in {AGAIN_SECONDS} s: {type(trouble).__name__} {trouble}\n")
            await asyncio.sleep(AGAIN_SECONDS)


async def read(url: str, kept: Kept) -> None:
    """Read from the kept place on, until the connection ends or is silent."""
    # Not connect_robust: after a lost connection that one would begin at the same old place again.
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=UNDER_WAY)
        stream = await channel.get_queue(STREAM, ensure=False)  # declaring needs rights that a reader does not have
        # From the last event that was taken, which a stream that is whole sends at once again. If another one comes, or none, the
        # stream was lost and filled again, so everything has a new place.
        next, last = kept.place
        begin = max(next - 1, 0)
        async with stream.iterator(arguments={"x-stream-offset": begin}, timeout=SILENCE_SECONDS) as messages:
            try:
                while True:
                    try:
                        message = await anext(messages, None)
                    except TimeoutError:
                        if last is not None:
                            kept.start_over()
                        raise
                    if message is None:
                        return  # the connection ended, or the stream was deleted
                    offset, event = message.headers["x-stream-offset"], json.loads(message.body)
                    if last is not None and (offset, name_of(event)) != (begin, last):
                        kept.start_over()
                        return
                    last = None
                    kept.take(offset, event)
                    await message.ack()
            finally:
                # Before the iterator ends: it would give back the messages that it still holds, which a stream refuses.
                await connection.close()


if __name__ == "__main__":
    known = Kept(os.environ.get("AWARDS_FILE", "awards.sqlite"))
    if sys.argv[1:] == ["table"]:
        json.dump(known.table(), sys.stdout, ensure_ascii=False, indent=1)
    elif sys.argv[1:] == ["follow"]:
        with suppress(KeyboardInterrupt):
            asyncio.run(follow(os.environ["PUBLIC_EVENTS_URL"], known))
    else:
        sys.exit(__doc__)
