"""``GET /ops/doctor``: a service examines itself for an operator."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared.doctor import Finding, Severity, worst, worst_first
from shared.doctor_checks import check_dependencies, check_patient, check_servers
from shared.doctor_facts import Patient, look_at_broker, look_at_database
from shared.web.api import CallerDep

EXAMPLE: dict[str, Any] = {
    "service": "review",
    "at": "2026-11-22T08:30:00Z",
    "worst": "warning",
    "findings": [
        {
            "severity": "warning",
            "code": "dead_letters",
            "where": "review",
            "what": "2 events put aside in review.requests.dead: handling failed, the others went on",
            "do": "sama dead-letters list",
        }
    ],
}


class FindingView(BaseModel):
    """One thing that was looked at, for operators, in English."""

    severity: Severity = Field(description="alarm: act now; warning: look at it today; fine.")
    code: str = Field(description="Which kind of finding; docs/operations.md explains each.", max_length=60)
    where: str = Field(description="The service, queue, database … it concerns.", max_length=200)
    what: str = Field(description="The cause as a sentence.", max_length=2000)
    do: str = Field(description="The next command to type or step to take; empty when fine.", max_length=2000)


class DoctorReport(BaseModel):
    """What a service found out about itself: worst first."""

    model_config = {"json_schema_extra": {"examples": [EXAMPLE]}}

    service: str = Field(description="The service that examined itself.", max_length=40)
    at: datetime = Field(description="When, by the service's own clock.")
    worst: Severity = Field(description="The worst severity of the findings.")
    findings: Annotated[list[FindingView], Field(max_length=1000, description="All findings, worst first.")]


async def examine(patient: Patient) -> list[Finding]:
    """Return a service's findings about itself, worst first. Never fails because a server is away: that is a finding."""
    broker, database = await asyncio.gather(look_at_broker(patient.messaging, patient.clock), look_at_database(patient))
    return worst_first(
        [
            *check_dependencies(patient.service, broker, database),
            *check_servers(broker, database),
            *check_patient(patient, broker, database, patient.clock()),
        ]
    )


def doctor_router(patient: Callable[[], Patient]) -> APIRouter:
    """Return the router; ``patient`` is asked at each call, when all is wired."""
    router = APIRouter(tags=["operations"])

    @router.get(
        "/ops/doctor",
        summary="What is wrong with this service and what to do",
        description="Role operator. Its queues, bindings, outboxes, timers, indexes, servers and clocks. Reads only.",
        response_model=DoctorReport,
    )
    async def doctor(caller: CallerDep) -> DoctorReport:
        caller.require_whole_city("operator")
        whom = patient()
        findings = await examine(whom)
        return DoctorReport(
            service=whom.service,
            at=whom.clock(),
            worst=worst(findings),
            findings=[
                FindingView(severity=f.severity, code=f.code, where=f.where, what=f.what[:2000], do=f.do[:2000])
                for f in findings
            ],
        )

    return router
