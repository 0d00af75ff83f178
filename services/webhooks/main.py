"""The process: ``uvicorn services.webhooks.main:app``, from the project's root."""

from services.webhooks.settings import Settings
from services.webhooks.wiring import create_app

app = create_app(Settings().or_exit())
