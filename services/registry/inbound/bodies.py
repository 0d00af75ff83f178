"""What callers send: every field bounded, described and with an example; turned into domain values here.

The parts of a profile are used for answers too; identifiers are then normalised, or masked to their last four characters.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.registry.domain import profile as domain
from services.registry.domain.checklist import Answer, AnswerValue
from services.registry.domain.district import District
from services.registry.domain.organization import Correction
from shared.contracts.base import Names
from shared.contracts.ids import DistrictId, Id

_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
_LINES: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_EARLIEST: Final = date(1900, 1, 1)
_LATEST: Final = date(2200, 1, 1)


def _line(length: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=length, pattern=_ONE_LINE)


Name = Annotated[str, _line(300)]
Short = Annotated[str, _line(80)]
Identifier = Annotated[str, _line(60)]  # longer than any: people type spaces and hyphens
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=_LINES)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000, pattern=_LINES)]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=_LINES)]
Day = Annotated[date, Field(ge=_EARLIEST, le=_LATEST)]
Instant = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[a-z0-9_]{1,40}){1,4}$")]


class Body(BaseModel):
    """Base of what is sent: an unknown field is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class DistrictNames(Body):
    """Name of a district."""

    fa: Name = Field(description="Persian.", examples=["منطقه ۷"])
    en: Name | None = Field(default=None, description="English.", examples=["District 7"])


class DistrictBody(Body):
    """A district, whole."""

    model_config = _example(
        names={"fa": "منطقه ۷", "en": "District 7"}, order=7, valid_from="2026-03-21T00:00:00+03:30", external_code="07"
    )

    names: DistrictNames
    order: int = Field(
        strict=True, ge=0, le=100_000, description="Place in the city's own order (BUD-4).", examples=[7]
    )
    valid_from: Instant = Field(description="First instant of its validity.", examples=["2026-03-21T00:00:00+03:30"])
    valid_to: Instant | None = Field(default=None, description="First instant at which it is no more; null: open.")
    external_code: Short | None = Field(
        default=None, description="Its code in the city's other systems.", examples=["07"]
    )

    def to_domain(self, id: str) -> District:
        """Return the district under its id; times to the millisecond in UTC."""
        return District(
            id=id,
            names=Names(fa=self.names.fa, en=self.names.en),
            order=self.order,
            valid_from=_milliseconds(self.valid_from),
            valid_to=None if self.valid_to is None else _milliseconds(self.valid_to),
            external_code=self.external_code,
        )


class NamesPart(Body):
    """Names, as typed."""

    fa: Name = Field(description="Persian.", examples=["گروه مسجدی شماره ۱"])
    latin: Name | None = Field(default=None, description="Latin.", examples=["Mosque group 1"])
    former: tuple[Name, ...] = Field(default=(), max_length=10, description="Names it had before.")


class LicencePart(Body):
    """The licence to be active."""

    number: Short = Field(description="Its number, as printed.", examples=["1404/215"])
    issuer: Name = Field(description="Who issued it.", examples=["فرمانداری"])
    valid_from: Day = Field(description="First day.", examples=["2025-03-21"])
    valid_until: Day | None = Field(
        default=None, description="Last day; null: without an end.", examples=["2028-03-19"]
    )

    @model_validator(mode="after")
    def _in_order(self) -> "LicencePart":
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise PydanticCustomError("ends_before_it_begins", "valid_until is before valid_from")
        return self


class AddressPart(Body):
    """Where the organisation is found."""

    text: Sentence = Field(description="Street and number, as typed.", examples=["خیابان نمونه، پلاک ۱"])
    neighbourhood: Name = Field(description="Name of the neighbourhood.", examples=["محله نمونه"])
    postal_code: Identifier | None = Field(default=None, description="10 digits.", examples=["1619735744"])


class ContactPart(Body):
    """How the organisation is reached: a telephone number or an e-mail address at least."""

    telephone: Identifier | None = Field(
        default=None, description="With its area code; spaces and hyphens are dropped.", examples=["051-30000000"]
    )
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = Field(
        default=None, description="E-mail address.", examples=["group1@example.org"]
    )
    website: Annotated[str, StringConstraints(max_length=300, pattern=r"^https?://[^\s]+$")] | None = Field(
        default=None, description="Address of its pages.", examples=["https://example.org"]
    )

    @model_validator(mode="after")
    def _reachable(self) -> "ContactPart":
        if self.telephone is None and self.email is None:
            raise PydanticCustomError("contact_needs_a_way", "no telephone number and no e-mail address")
        return self


class AccountPart(Body):
    """The account money would be paid to."""

    sheba: Identifier = Field(description="IR and 24 digits.", examples=["IR820540102680020817909002"])
    held_by: domain.AccountHolder = Field(
        description="The organisation's own, a joint account of two mandated representatives, or a host organisation's.",
        examples=["two_representatives"],
    )


class RepresentativePart(Body):
    """A person who acts for the organisation."""

    name: Name = Field(description="First and family name.", examples=["نماینده ۱"])
    role: Name = Field(description="What the person is in the organisation.", examples=["مدیر"])
    national_code: Identifier | None = Field(default=None, description="10 digits.", examples=["0010350829"])
    mobile: Identifier | None = Field(default=None, description="09 and 9 digits.", examples=["09123456789"])


class OptionalParts(Body):
    """The parts that a draft may lack."""

    topics: tuple[Id, ...] = Field(
        default=(), max_length=50, description="Ids of social issues it works on.", examples=[["addiction"]]
    )
    legal_id: Identifier | None = Field(default=None, description="شناسه ملی, 11 digits.", examples=["10380284790"])
    no_legal_id_reason: Sentence | None = Field(
        default=None,
        description="Why there is no legal id; never a dummy number.",
        examples=["گروه مسجدی، ثبت‌نشده"],
    )
    licence: LicencePart | None = None
    address: AddressPart | None = None
    contact: ContactPart | None = None
    account: AccountPart | None = None
    representatives: tuple[RepresentativePart, ...] = Field(
        default=(), max_length=20, description="Who acts for it; how many are needed depends on the kind."
    )
    purpose: Text | None = Field(default=None, description="Stated purpose.", examples=["پیشگیری از اعتیاد در محله"])


class RegistrationBody(OptionalParts):
    """A new draft: names, kind and districts; the rest may follow before it is submitted (REG-1)."""

    model_config = _example(
        names={"fa": "گروه مسجدی شماره ۱", "latin": "Mosque group 1"},
        kind="mosque_group",
        districts=["7"],
        topics=["addiction"],
        no_legal_id_reason="گروه مسجدی، ثبت‌نشده",
        address={"text": "خیابان نمونه، پلاک ۱", "neighbourhood": "محله نمونه", "postal_code": "1619735744"},
        contact={"telephone": "051-30000000"},
        representatives=[
            {"name": "نماینده ۱", "role": "مدیر", "national_code": "0010350829", "mobile": "09123456789"},
            {"name": "نماینده ۲", "role": "خزانه‌دار", "national_code": "0076229645", "mobile": "09123456780"},
        ],
        purpose="پیشگیری از اعتیاد در محله",
    )

    names: NamesPart
    kind: Id = Field(description="One of GET /organization-kinds.", examples=["mosque_group"])
    districts: tuple[DistrictId, ...] = Field(
        min_length=1, max_length=50, description="Ids of the districts it works in; the first leads.", examples=[["7"]]
    )

    def to_domain(self) -> domain.Profile:
        """Return the profile."""
        return domain.Profile(**{part: _value(part, getattr(self, part)) for part in type(self).model_fields})


class ProfilePatch(OptionalParts):
    """The parts to replace, each whole; null takes an optional part away; what is not named stays."""

    model_config = _example(
        address={"text": "خیابان نمونه، پلاک ۲", "neighbourhood": "محله نمونه", "postal_code": "1619735744"}
    )

    names: NamesPart | None = None
    kind: Id | None = Field(default=None, description="One of GET /organization-kinds.", examples=["mosque_group"])
    districts: tuple[DistrictId, ...] | None = Field(
        default=None, min_length=1, max_length=50, description="Ids of the districts it works in.", examples=[["7"]]
    )

    @model_validator(mode="after")
    def _kept(self) -> "ProfilePatch":
        for part in ("names", "kind", "districts"):
            if part in self.model_fields_set and getattr(self, part) is None:
                raise PydanticCustomError("part_stays", "{part} can be changed, not taken away", {"part": part})
        return self

    def parts(self) -> dict[str, Any]:
        """Return the named parts as domain values."""
        return {part: _value(part, getattr(self, part)) for part in sorted(self.model_fields_set)}


class ReasonBody(Body):
    """Why."""

    model_config = _example(reason="مهلت مجوز تمام شده است.")

    reason: Sentence = Field(
        description="The reason, in plain words; the organisation reads it.", examples=["مهلت مجوز تمام شده است."]
    )


class CorrectionPart(Body):
    """One part to correct."""

    field: Pointer = Field(description="JSON pointer into the profile.", examples=["/address/postal_code"])
    reason: Sentence = Field(description="What is to be corrected.", examples=["کد پستی با نشانی نمی‌خواند."])


class ChangesBody(Body):
    """What the organisation has to correct; nothing else opens."""

    model_config = _example(corrections=[{"field": "/address/postal_code", "reason": "کد پستی با نشانی نمی‌خواند."}])

    corrections: tuple[CorrectionPart, ...] = Field(min_length=1, max_length=50, description="One for each part.")

    @model_validator(mode="after")
    def _of_the_profile(self) -> "ChangesBody":
        for correction in self.corrections:
            if correction.field.split("/")[1] not in (*RegistrationBody.model_fields, "documents"):
                raise PydanticCustomError(
                    "not_a_profile_field", "{field} is not a part of the profile", {"field": correction.field}
                )
        return self

    def to_domain(self) -> list[Correction]:
        """Return the corrections."""
        return [Correction(correction.field, correction.reason) for correction in self.corrections]


class AnswerPart(Body):
    """The answer to one question of the checklist."""

    answer: AnswerValue = Field(
        description="not_applicable only where the kind of organisation has no such part.", examples=["yes"]
    )
    comment: Comment = Field(default="", description="Needed unless the answer is yes.", examples=["با مدارک یکی است."])


class AnswersPart(Body):
    """Answers by question (REG-2); a question left out keeps its earlier answer."""

    identity_matches: AnswerPart | None = Field(default=None, description="The identity matches the documents.")
    licence_valid: AnswerPart | None = Field(default=None, description="The licence is valid.")
    purpose_social: AnswerPart | None = Field(
        default=None, description="The purpose is social, not political or commercial."
    )
    representatives_identified: AnswerPart | None = Field(
        default=None, description="The representatives are identified."
    )
    account_ok: AnswerPart | None = Field(
        default=None,
        description="The account is the organisation's, or a joint one of two mandated representatives, or an approved host's.",
    )


class ChecklistBody(Body):
    """Answers to some or all questions."""

    model_config = _example(
        answers={
            "identity_matches": {"answer": "yes"},
            "licence_valid": {"answer": "not_applicable", "comment": "این نوع تشکل مجوز جداگانه ندارد."},
        }
    )

    answers: AnswersPart

    @model_validator(mode="after")
    def _answered(self) -> "ChecklistBody":
        if not self.to_domain():
            raise PydanticCustomError("no_answer_given", "no question is answered")
        return self

    def to_domain(self) -> dict[str, Answer]:
        """Return the given answers."""
        given = {question: getattr(self.answers, question) for question in AnswersPart.model_fields}
        return {question: Answer(part.answer, part.comment) for question, part in given.items() if part is not None}


class DuplicateBody(Body):
    """A registrar's word on a likely duplicate (REG-5)."""

    model_config = _example(
        organization="0b7f3a52-6d0c-5f57-9a51-0c8f0d1e2a33",
        verdict="different",
        reason="هم‌نام، با نمایندگان و نشانی دیگر.",
    )

    organization: Id = Field(description="The other organisation.")
    verdict: Literal["different"] = Field(description="They are two organisations, not one.")
    reason: Sentence = Field(description="How that is known.", examples=["هم‌نام، با نمایندگان و نشانی دیگر."])


def _milliseconds(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _value(part: str, value: Any) -> Any:
    match part:
        case "names":
            return domain.OrganizationNames(**value.model_dump())
        case "representatives":
            return tuple(domain.Representative(**person.model_dump()) for person in value)
        case "licence" | "address" | "contact" | "account":
            return None if value is None else _PARTS[part](**value.model_dump())
    return value


_PARTS: Final[dict[str, type[Any]]] = {
    "licence": domain.Licence,
    "address": domain.Address,
    "contact": domain.Contact,
    "account": domain.Account,
}
