"""The answers to commands on a case, which tell neither its version nor who has cast (REV-5)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from services.review.domain.case import Case
from shared.storage.ports import Stored


class CaseReceipt(BaseModel):
    """The answer to a command on a case; without a version, which would count the ballots (REV-5)."""

    id: str
    status: str = Field(examples=["open"])


def case_answer(response: Response, stored: Stored[Case]) -> dict[str, Any]:
    """Return a case's receipt; a repeat's is the first one."""
    if stored.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return stored.answer if stored.answer is not None else {"id": stored.id, "status": stored.state.status}
