"""The database that a backup reads or a restore fills: given, of the running local stack, or that stack's own server without the stack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ops.doctor.system import find_database
from ops.local.given import from_environment
from ops.local.mongo import MongoServer
from ops.local.problems import StackProblem
from ops.local.state import Folder, State, end_leftovers


@asynccontextmanager
async def reachable_database(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Yield connection string and prefix. Raises NoSystem, StackProblem.

    The private server of a local stack lives and ends with the stack. So when the stack is down, its server alone is started for as
    long as the context lasts, and the folder is held, so that nobody starts the services meanwhile.
    """
    url, prefix = find_database(folder)
    if from_environment("SAMA_MONGO_URL"):
        yield url, prefix
        return
    held = Folder(folder)
    state = _claimed(held)
    if state is None:
        yield url, prefix  # the stack runs, and its server with it
        return
    server = MongoServer(held.data / "mongo", held.logs / "mongo.log", state.ports["mongo"])
    try:
        await end_leftovers(state)
        server.start()
        await server.ready()
        yield url, prefix
    finally:
        await server.stop()
        held.release()


def _claimed(held: Folder) -> State | None:
    """Hold the folder and return what it remembers; None when a stack holds it."""
    try:
        return held.claim()
    except StackProblem:
        return None
