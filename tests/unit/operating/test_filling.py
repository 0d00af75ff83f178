"""What the streams miss is announced again by itself, as often as it takes, and is one entry in the operator's list."""

from collections.abc import Collection

import pytest

from shared.messaging.broker import BrokerAway
from shared.ops import announcing
from shared.ops.announcing import ANNOUNCEMENTS, Announcing
from shared.ops.records import Actions
from tests.fakes.operations import MemoryBus, MemoryRecords, now
from tests.waiting import until


class AwayAtFirst(MemoryBus):
    """A broker that is away for some attempts."""

    def __init__(self, away: int) -> None:
        super().__init__()
        self.away, self.attempts = away, 0

    async def refill_public(self, types: Collection[str]) -> int:
        """Nothing is missing, once it is there."""
        self.attempts += 1
        if self.attempts <= self.away:
            raise BrokerAway("gone")
        return 0


async def test_attempts_while_the_broker_is_away_are_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "AGAIN_SECONDS", 0.0)
    records, bus = MemoryRecords(), AwayAtFirst(3)
    made = Announcing("budget", lambda: bus, (), Actions(records, now), records, now)

    made.fill()
    await _until_done(records, 1)
    await made.stop()

    assert bus.attempts == 4
    (record,) = records.collections[ANNOUNCEMENTS].values()
    assert (record["status"], record["trouble"]) == ("done", [])
    assert record["actor"] == "system:budget"


async def test_each_look_that_is_asked_for_is_a_record_of_its_own() -> None:
    records, bus = MemoryRecords(), AwayAtFirst(0)
    made = Announcing("budget", lambda: bus, (), Actions(records, now), records, now)

    for look in (1, 2):
        made.fill()
        await _until_done(records, look)

    await made.stop()
    assert bus.attempts == 2


async def _until_done(records: MemoryRecords, looks: int) -> None:
    def done() -> bool:
        ended = [record["status"] for record in records.of(ANNOUNCEMENTS).values()]
        return ended.count("done") == looks

    await until(done, what=f"{looks} looks are done")
