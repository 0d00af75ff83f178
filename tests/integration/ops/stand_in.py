"""A service small enough to test the supervisor with: ready at once, and it tells its settings."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def _settings(_request: Request) -> JSONResponse:
    return JSONResponse({name: value for name, value in os.environ.items() if name.startswith("SAMA_")})


async def _ready(_request: Request) -> JSONResponse:
    return JSONResponse({"pid": os.getpid()})


app = Starlette(routes=[Route("/settings", _settings), Route("/health/ready", _ready)])
