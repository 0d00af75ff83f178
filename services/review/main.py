"""The process: ``uvicorn services.review.main:app``, from the project's root."""

from services.review.settings import Settings
from services.review.wiring import create_app

app = create_app(Settings())
