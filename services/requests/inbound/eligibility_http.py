"""Trying eligibility over HTTP: public, and nothing of it is stored (REQ-3)."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StrictBool

from services.requests.domain.eligibility import Answer, Condition, ConditionName, Told
from services.requests.domain.proposal import Proposal
from services.requests.inbound.bodies import Body, Time, body_example
from services.requests.inbound.texts import TEXTS
from services.requests.usecases import UseCases
from shared.contracts.base import Names
from shared.contracts.ids import DistrictId, Id
from shared.contracts.money import PositiveAmount
from shared.contracts.support import SupportForm
from shared.web.api import OptionalCallerDep
from shared.web.texts import Catalogue

CATALOGUE: Final = Catalogue(TEXTS)


class EligibilityBody(Body):
    """What you plan, as far as you know it; what is left out is answered with unknown. No names, no identifiers."""

    model_config = body_example(
        district="7",
        topic="addiction",
        amount_asked=60_000_000,
        minimum=40_000_000,
        starts_on="2027-03-01T08:00:00Z",
        ends_on="2027-03-10T16:00:00Z",
        organization_approved=True,
        other_open_request=False,
    )

    support: SupportForm = Field(default="money", description="Form of support.")
    district: DistrictId | None = Field(default=None, description="Where it would be.", examples=["7"])
    topic: Id | None = Field(default=None, description="The issue that it lessens.", examples=["addiction"])
    amount_asked: PositiveAmount | None = Field(default=None, description="In the programme's currency.")
    minimum: PositiveAmount | None = Field(default=None, description="The least with which it can still be done.")
    starts_on: Time | None = None
    ends_on: Time | None = None
    organization_approved: StrictBool | None = Field(
        default=None, description="Whether your organisation is registered and approved."
    )
    other_open_request: StrictBool | None = Field(
        default=None, description="Whether it has another request under this programme that is not over."
    )

    def told(self, programme: str) -> Told:
        """Return the domain's form."""
        proposal = Proposal(
            programme=programme,
            district=self.district,
            topic=self.topic,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            amount_asked=self.amount_asked,
            minimum=self.minimum,
            support=self.support,
        )
        return Told(proposal, self.organization_approved, self.other_open_request)


class ConditionView(BaseModel):
    """One condition."""

    condition: ConditionName
    answer: Answer
    code: str = Field(description="The reason, for programs.", examples=["above_ceiling"])
    reason: Names = Field(description="The reason, in words.")


class EligibilityView(BaseModel):
    """The answer to the whole and to each condition."""

    programme: str
    programme_version: int
    answer: Answer = Field(description="no: at least one condition is not met; unknown: something was not told.")
    conditions: list[ConditionView]


def eligibility_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the route of the self-check."""

    @routes.post(
        "/programmes/{id}/eligibility",
        response_model=EligibilityView,
        tags=["programmes"],
        summary="Try whether a request could be submitted (public)",
    )
    async def try_eligibility(
        id: Annotated[Id, Path(description="The programme.")], body: EligibilityBody, caller: OptionalCallerDep
    ) -> dict[str, Any]:
        """Needs no sign-in and no Idempotency-Key: nothing is stored. As many calls as any caller or address may make."""
        stored, answer, conditions = await uses.programmes.eligibility(id, body.told(id), caller=caller)
        return {
            "programme": stored.id,
            "programme_version": stored.state.edition,
            "answer": answer,
            "conditions": [_condition(condition) for condition in conditions],
        }


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "condition": condition.name,
        "answer": condition.answer,
        "code": condition.code,
        "reason": Names(
            fa=CATALOGUE.text(condition.code, "fa", condition.params),
            en=CATALOGUE.text(condition.code, "en", condition.params),
        ),
    }
