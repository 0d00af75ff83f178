"""Files are named when an application is made, which is before its loop runs."""

import asyncio

from motor.motor_asyncio import AsyncIOMotorClient

from shared.storage.files import MongoFiles


def test_a_bucket_named_before_the_loop_runs_binds_the_client_to_no_other_loop() -> None:
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient("mongodb://127.0.0.1:1", connect=False)
    MongoFiles(client["sama"], "documents")

    async def served() -> bool:
        return client.get_io_loop() is asyncio.get_running_loop()

    assert asyncio.run(served())
    client.close()
