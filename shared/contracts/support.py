"""The forms in which a city supports (REQ-4)."""

from typing import Literal

SupportForm = Literal["money", "service", "task"]
"""money; service: the city lends what it has; task: the city entrusts a task of its own. Only money needs amount, account and book."""

Service = Literal["venue", "permit", "equipment"]
