"""Files in GridFS: beside the documents that name them, so that they are backed up and restored together."""

from collections.abc import AsyncIterator
from functools import cached_property

from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket, AsyncIOMotorGridOut

from shared.contracts.refusals import NotFound
from shared.storage.mongo import Database, translated


class MongoFiles:
    """Files (port) in one bucket, i.e. the collections ``<bucket>.files`` and ``<bucket>.chunks``."""

    def __init__(self, database: Database, bucket: str) -> None:
        self.bucket = bucket
        self._database = database

    @cached_property
    def _files(self) -> AsyncIOMotorGridFSBucket:
        # Not before it is used: motor binds the client to the loop of this moment, and an application is made before its loop runs.
        return AsyncIOMotorGridFSBucket(self._database, bucket_name=self.bucket)

    async def put(self, id: str, content: bytes) -> None:
        with translated():
            await self._files.upload_from_stream_with_id(id, id, content)

    async def remove(self, id: str) -> None:
        with translated():
            try:
                await self._files.delete(id)
            except NoFile:
                return

    async def open(self, id: str) -> AsyncIterator[bytes]:
        with translated():
            try:
                file = await self._files.open_download_stream(id)
            except NoFile as error:
                raise NotFound(noun="file", id=id) from error
        return _parts(file)


async def _parts(file: AsyncIOMotorGridOut) -> AsyncIterator[bytes]:
    while True:
        with translated():
            part: bytes = await file.readchunk()
        if not part:
            return
        yield part
