"""F18: review goes from one replica to four and back to one under load, and replicas are killed at random."""

import asyncio
import random
from typing import Final

from tests.integration.faults.city import City
from tests.integration.faults.underway import under_load

SEED: Final = 18
KILLS: Final = 3


async def test_replicas_come_go_and_die_and_nothing_is_lost_or_done_twice(city: City) -> None:
    chance = random.Random(SEED)
    async with under_load(city, each=6) as load:
        await load.until_answered(5)
        await asyncio.gather(*(city.add("review") for _ in range(3)))
        first = city.process("review")
        first.watched.held = True
        for _ in range(KILLS):
            await load.until_answered(chance.randint(5, 20))
            victim = chance.choice([first, *city.replicas["review"]])
            victim.watched.child.kill()
            await load.until_answered(chance.randint(1, 10))
            victim.watched.start()
        await first.ready()
        while city.replicas["review"]:
            await city.replicas["review"].pop().watched.child.stop()
