"""What callers send: every field bounded and described; unknown fields are refused, unlike in events."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.base import Names
from shared.contracts.durations import Duration
from shared.contracts.ids import DistrictId, Id
from shared.contracts.money import PositiveAmount
from shared.contracts.review import Quorum, Rules, RuleSetRef, SeatRule, TopicWeight

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
Score = Annotated[int, Field(strict=True, ge=0, le=100)]
# Outside, a change of zone overflows; nobody holds a seat then.
Time = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class NamesBody(Names):
    """A name in Persian, and in English where there is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DurationBody(Duration):
    """Exactly one of working days, days (24 h each) or seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SeatRuleBody(SeatRule):
    """One seat that a working group has by rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuorumBody(Quorum):
    """How many of the base must have cast (REV-6)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TopicBody(TopicWeight):
    """One priority topic and its weight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: NamesBody


class RuleSetRefBody(RuleSetRef):
    """Which rule set, at which version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1, le=1_000_000, description="Its version.")


class RulesBody(Body):
    """The numbers of a rule set (REV-11); what is left out has the value that the city announced or DOMAIN.md assumes."""

    seats: list[SeatRuleBody] = Field(min_length=1, max_length=50, description="The seats of every working group.")
    quorum: QuorumBody = QuorumBody()
    comment_below_percent: int = Field(
        default=40, ge=0, le=100, description="A score under this share of its weight needs a comment (REV-4)."
    )
    case_within: DurationBody = DurationBody(working_days=15)
    deadline_moves_by: DurationBody = DurationBody(working_days=7)
    deadline_moves: int = Field(
        default=1, ge=0, le=5, description="How often a missed quorum moves the deadline (REV-7)."
    )
    sign_within: DurationBody = DurationBody(working_days=3)
    accept_within: DurationBody = DurationBody(days=15)
    suspension_lasts: DurationBody = DurationBody(days=60)
    obstacle_within: DurationBody = DurationBody(working_days=15)
    revise_within: DurationBody = DurationBody(working_days=10)
    report_within: DurationBody = DurationBody(days=30)
    appeal_within: DurationBody = DurationBody(days=15)
    appeal_answered_within: DurationBody = DurationBody(working_days=5)
    heard_within: DurationBody = DurationBody(working_days=10)
    completeness_within: DurationBody = DurationBody(working_days=5)
    substitutes_within: DurationBody = DurationBody(days=7)

    def rules(self) -> Rules:
        """Return the contract's form."""
        return Rules.model_validate(self.model_dump())


class RuleSetBody(Body):
    """A new version of a rule set."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "mashhad",
                    "names": {"fa": "آیین‌نامهٔ کارگروه‌ها", "en": "Rules of the working groups"},
                    "rules": {
                        "seats": [
                            {"seat": 1, "kind": "deputy", "chair": True},
                            {"seat": 2, "kind": "expert"},
                            {"seat": 3, "kind": "expert"},
                            {"seat": 4, "kind": "expert"},
                            {"seat": 5, "kind": "neighbourhood_member"},
                            {"seat": 6, "kind": "neighbourhood_member"},
                        ],
                        "case_within": {"working_days": 15},
                    },
                }
            ]
        },
    )

    id: Id = Field(description="Id of the rule set; a known one gets its next version.", examples=["mashhad"])
    names: NamesBody
    rules: RulesBody


class PriorityListBody(Body):
    """A new version of the city's list (`district` null, by headquarters) or of a district's (with the minutes' number)."""

    model_config = _example(
        topics=[
            {"topic": "addiction", "names": {"fa": "اعتیاد", "en": "Addiction"}, "weight": 30},
            {"topic": "divorce", "names": {"fa": "طلاق", "en": "Divorce"}, "weight": 20},
        ]
    )

    district: DistrictId | None = Field(default=None, description="null: the city's list.", examples=["7"])
    topics: list[TopicBody] = Field(
        min_length=1,
        max_length=100,
        description="In the order of their urgency.",
        examples=[[{"topic": "addiction", "names": {"fa": "اعتیاد", "en": "Addiction"}, "weight": 30}]],
    )
    minutes_number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] | None = Field(
        default=None, description="Number of the council's minutes; needed for a district's list.", examples=["1405/12"]
    )
    proposal: Id | None = Field(
        default=None, description="The district's proposed order that the council adopted its list from."
    )


class WorkingGroupBody(Body):
    """A district's working group; its seats are those of the rule set."""

    model_config = _example(district="7", rule_set={"id": "mashhad", "version": 1})

    district: DistrictId = Field(description="Id of the district; it has one group.", examples=["7"])
    rule_set: RuleSetRefBody = Field(examples=[{"id": "mashhad", "version": 1}])


class SeatBody(Body):
    """A person in a seat for a term."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"holder": "member-7-2", "from": "2026-03-21T00:00:00Z", "until": "2028-03-20T00:00:00Z"}]
        },
    )

    holder: Subject = Field(description="`sub` of the person's tokens.", examples=["member-7-2"])
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None = Field(
        default=None, description="Shown to the public as the holder of the seat."
    )
    since: Time = Field(alias="from", description="The first moment of the term.", examples=["2026-03-21T00:00:00Z"])
    until: Time = Field(description="The first moment after the term.", examples=["2028-03-20T00:00:00Z"])


class EmptySeatBody(Body):
    """Why a seat is emptied before the end of its term."""

    model_config = _example(reason="استعفا")

    reason: Text = Field(description="In plain words.", examples=["استعفا"])


class DeclarationBody(Body):
    """A member's declaration (REV-3)."""

    model_config = _example(conflict="recent_joint_work", note="همکاری در برنامهٔ سال گذشته")

    conflict: Literal["none", "same_organization", "family", "recent_joint_work", "money"] = Field(
        description="none: the inner file opens; any other: out of the case for good."
    )
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        default="", description="For the minutes; stays inside.", examples=["همکاری در برنامهٔ سال گذشته"]
    )


class BallotBody(Body):
    """A ballot (REV-4)."""

    model_config = _example(
        scores={"need": 32, "plan": 10},
        comments={"plan": "زمان‌بندی روشن نیست."},
        comment="برنامه سودمند و هزینه‌ها متناسب است.",
        vote="approve",
        amount=180_000_000,
    )

    scores: dict[Id, Score] = Field(
        max_length=50, description="Points per criterion, 0 to its weight.", examples=[{"need": 32, "plan": 21}]
    )
    comments: dict[Id, Text] = Field(
        default_factory=dict,
        max_length=50,
        description="Per criterion; needed where the score is under the rule set's share of its weight.",
    )
    comment: Text = Field(description="The overall comment.", examples=["برنامه روشن و هزینه‌ها متناسب است."])
    vote: Literal["approve", "reject", "abstain"] = Field(
        description="An abstention counts as cast, so it does not approve (REV-8)."
    )
    amount: PositiveAmount | None = Field(
        default=None,
        description="With approve only: recommended whole units of the request's currency, at most asked and ceiling; "
        "never for a request without money.",
        examples=[180_000_000],
    )


class FieldReasonBody(Body):
    """One field to correct and why."""

    pointer: Annotated[str, StringConstraints(pattern=r"^(/[^/]+)+$", max_length=200)] = Field(
        description="JSON pointer into the request.", examples=["/budget_lines"]
    )
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] = Field(
        description="What is to be corrected.", examples=["جمع ردیف‌ها با مبلغ درخواست نمی‌خواند."]
    )


class RequestChangesBody(Body):
    """What the applicant has to correct (REQ-6)."""

    model_config = _example(fields=[{"pointer": "/budget_lines", "reason": "جمع ردیف‌ها با مبلغ درخواست نمی‌خواند."}])

    fields: list[FieldReasonBody] = Field(min_length=1, max_length=50, description="Only these open again.")


class SummaryBody(Body):
    """The draft of the reason (REV-10)."""

    model_config = _example(reason="کارگروه طرح را با اولویت محله هم‌خوان دانست و مبلغ میانه را پیشنهاد کرد.")

    reason: Reason = Field(
        description="Published with the decision.",
        examples=["کارگروه طرح را با اولویت محله هم‌خوان دانست و مبلغ میانه را پیشنهاد کرد."],
    )


class SignBody(Body):
    """Which draft is signed."""

    model_config = _example(draft=1)

    draft: int | None = Field(
        default=None, ge=1, le=10_000, description="Edition of the draft that was read; null: the one that stands."
    )
