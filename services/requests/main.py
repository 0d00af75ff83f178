"""The process: ``uvicorn services.requests.main:app``, from the project's root."""

from services.requests.settings import Settings
from services.requests.wiring import create_app

app = create_app(Settings())
