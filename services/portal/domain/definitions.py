"""What each figure means, in Persian and English: shown beside the figure, always (PUB-1)."""

from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["money", "count", "seconds", "percent_hundredths", "gini_ten_thousandths"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure's name, unit and meaning. public: everybody may see it; else headquarters and the offices."""

    name: str
    unit: Unit
    fa: str
    en: str
    public: bool = True


CREDIT: Final = (
    Definition(
        "appropriated", "money", "اعتباری که شورا برای سال مالی به دفتر شهر داده است.", "What the council put into the city's book."
    ),
    Definition(
        "allotted", "money", "اعتبار تخصیص‌یافته به دفتر منطقه‌ها؛ برابر با جمع شش بخش بعدی.",
        "What is allotted to districts' books: the sum of the next six parts.",
    ),
    Definition("available", "money", "مانده‌ای که هنوز به درخواستی اختصاص نیافته است.", "Not earmarked for any request yet."),
    Definition("held", "money", "مبلغی که برای درخواست‌های بازنگری نگه داشته شده است.", "Kept back for appeals."),
    Definition(
        "reserved", "money", "اعتبار تأمین‌شده برای درخواست‌های مصوب که هنوز پذیرفته نشده‌اند.",
        "Earmarked for approved requests that are not accepted yet.",
    ),
    Definition(
        "committed", "money", "تعهدهایی که هنوز در پرداختی نیامده‌اند.", "Obligations of which no payment has been prepared yet."
    ),
    Definition("pending", "money", "پرداخت‌های در دست انجام.", "In payments that are prepared and not made yet."),
    Definition("paid", "money", "پرداخت‌شده پس از کسر استردادها.", "Paid, less refunds."),
)  # fmt: skip

FIGURES: Final = (
    *(Definition(f"credit.{one.name}", one.unit, one.fa, one.en) for one in CREDIT),
    Definition("requests", "count", "درخواست‌هایی که ثبت و ارسال شده‌اند.", "Requests that were submitted."),
    Definition("decided", "count", "درخواست‌هایی که تصمیم درباره آن‌ها صادر شده است.", "Requests whose decision was issued."),
    Definition(
        "waiting_median_seconds", "seconds", "میانه زمان از نخستین ارسال درخواست تا صدور تصمیم: نیمی زودتر پاسخ گرفته‌اند.",
        "Median time from the first submission to the issued decision: half were answered sooner.",
    ),
    Definition(
        "waiting_p90_seconds", "seconds", "زمانی که از هر ده درخواست، نه درخواست تا پایان آن تصمیم گرفته‌اند.",
        "Time within which nine of ten requests were decided.",
    ),
    Definition(
        "breaches", "count", "دفعاتی که مهلت قانونی شهر بی‌پاسخ گذشته است.", "How often a term of the city passed without an answer."
    ),
    Definition("reports_overdue", "count", "طرح‌هایی که گزارش آن‌ها دیر شده است.", "Awards whose report is late.", public=False),
    Definition(
        "stalled", "count", "پرونده‌هایی که به حد نصاب نرسیده‌اند و در انتظار جانشین‌اند.",
        "Cases without a quorum that wait for substitutes.", public=False,
    ),
    Definition(
        "exceptions", "count", "پرونده‌هایی که برای تصمیم به قرارگاه رسیده‌اند.", "Cases that came before headquarters.", public=False
    ),
    Definition("held", "count", "طرح‌های برگزارشده که گزارش پایانی آن‌ها پذیرفته شده است.", "Held: the final report is accepted."),
    Definition(
        "people_planned", "count", "مخاطبان پیش‌بینی‌شده طرح‌های دارای تعهد.", "People that committed awards mean to reach."
    ),
    Definition(
        "people_reached", "count", "مخاطبان بر پایه گزارش‌های پذیرفته‌شده.", "People reached, as accepted reports say."
    ),
    Definition(
        "indicators_reported", "count", "طرح‌هایی که نتیجه شاخص خود را گزارش کرده‌اند.", "Awards that reported what their indicator shows."
    ),
    Definition("amount_reported", "money", "هزینه‌کرد بر پایه گزارش‌های پذیرفته‌شده.", "Spent, as accepted reports say."),
    Definition("acceptance", "percent_hundredths", "سهم تصمیم‌های موافق از همه تصمیم‌ها.", "Approvals among all issued decisions."),
    Definition("awards", "count", "درخواست‌هایی که با آن‌ها موافقت شده است.", "Requests that were approved."),
    Definition("amount_approved", "money", "جمع مبلغ‌های مصوب.", "Sum of what decisions approved."),
    Definition(
        "amount_committed", "money", "جمع تعهدها، پرداخت‌شده یا نشده.", "Sum of obligations, paid or not."
    ),
    Definition("organizations_awarded", "count", "تشکل‌هایی که دست‌کم یک درخواست مصوب دارند.", "Organisations with an award."),
    Definition(
        "first_time_organizations", "count", "تشکل‌هایی که نخستین موافقت خود را در این محدوده گرفته‌اند.",
        "Organisations whose first award ever is here.",
    ),
    Definition(
        "first_time_share", "percent_hundredths", "سهم تشکل‌های بار اول از تشکل‌های دارای موافقت.",
        "First-time organisations among those with an award.",
    ),
    Definition("organizations_committed", "count", "تشکل‌هایی که تعهدی به سود آن‌ها هست.", "Organisations with a commitment."),
    Definition("largest_ten_amount", "money", "تعهد ده تشکل نخست.", "Committed to the ten organisations that have most."),
    Definition(
        "largest_ten_share", "percent_hundredths", "سهم ده تشکل نخست از همه تعهدها.", "Share of the ten that have most."
    ),
    Definition(
        "gini", "gini_ten_thousandths", "ضریب جینی تعهدها میان تشکل‌ها: صفر یعنی سهم همه برابر است.",
        "Gini coefficient of commitments among organisations: 0 means that all have the same.",
    ),
)  # fmt: skip
"""Figures that are one number."""

TABLES: Final = (
    Definition("by_status", "count", "درخواست‌ها به تفکیک وضعیت.", "Requests by status.", public=False),
    Definition("breaches_by_clock", "count", "مهلت‌های گذشته به تفکیک مهلت.", "Terms that passed, by which."),
    Definition(
        "appeals", "count", "درخواست‌های بازنگری به تفکیک مرحله.", "Requests that were appealed, by how far the appeal is.",
        public=False,
    ),
    Definition("held_by_kind", "count", "طرح‌های برگزارشده به تفکیک نوع.", "Held, by kind."),
    *(
        Definition(
            f"rates.{name}",
            "count",
            f"درخواست، تصمیم، موافقت و مبلغ به تفکیک {fa}.",
            f"Requests, decisions, approvals and amounts by {en}.",
        )
        for name, fa, en in (
            ("district", "منطقه", "district"),
            ("topic", "محور اجتماعی", "topic"),
            ("kind", "نوع", "kind"),
            ("organization_kind", "نوع تشکل", "kind of organisation"),
        )
    ),
    Definition(
        "spread", "percent_hundredths",
        "پراکندگی امتیازها در هر معیار: میانگین فاصله بیشترین و کمترین امتیاز، نسبت به وزن معیار. عضوی از آن شناخته نمی‌شود.",
        "Spread of scores by criterion: mean distance of highest and lowest, as a share of the weight. It tells no seat.", public=False,
    ),
)  # fmt: skip
"""Figures that are a table."""
