"""Texts of review's refusals in Persian and English: code → (fa, en)."""

from typing import Final

from services.review.inbound.participation_texts import PARTICIPATION_TEXTS
from shared.web.texts import Texts

TEXTS: Final[Texts] = {
    **PARTICIPATION_TEXTS,
    # Rule sets and priority lists
    "rules_contradict": (
        "عددهای این آیین‌نامه با هم سازگار نیست. لطفاً موارد زیر را اصلاح کنید.",
        "The numbers of this rule set cannot all hold. Please correct the fields below.",
    ),
    "seat_number_repeated": ("شمارهٔ هر عضو باید یکتا باشد.", "Every seat needs a number of its own."),
    "exactly_one_chair": ("کارگروه باید دقیقاً یک رئیس داشته باشد.", "Exactly one seat is the chair's."),
    "more_than_seats": (
        "حد نصاب از شمار اعضا ({seats}) بیشتر است.",
        "More than the group has seats ({seats}).",
    ),
    "quorum_over_all": ("سهم حد نصاب نباید از کل اعضا بیشتر باشد.", "The quorum's share must not exceed the whole."),
    "no_such_version": ("این نسخه وجود ندارد.", "There is no such version."),
    "topic_repeated": ("هر محور فقط یک بار می‌تواند در فهرست بیاید.", "A topic can stand in the list only once."),
    "minutes_number_missing": (
        "شمارهٔ صورت‌جلسهٔ شورای منطقه لازم است.",
        "The number of the council's minutes is needed.",
    ),
    # Working groups
    "working_group_exists": (
        "کارگروه منطقهٔ {district} پیش‌تر تشکیل شده است.",
        "District {district} has its working group already.",
    ),
    "no_such_seat": ("عضو شمارهٔ {seat} وجود ندارد.", "There is no seat {seat}."),
    "seat_taken": (
        "عضو شمارهٔ {seat} تعیین شده است. ابتدا پایان عضویت او را ثبت کنید.",
        "Seat {seat} has a holder. Empty it first.",
    ),
    "seat_empty": ("برای جایگاه شمارهٔ {seat} عضوی تعیین نشده است.", "Seat {seat} has no holder."),
    "holds_another_seat": (
        "این شخص در همین منطقه عضو یا جانشین عضو شمارهٔ {seat} است؛ هر شخص در هر منطقه فقط یک عضویت دارد.",
        "This person holds seat {seat} of the district in that time, or is its substitute; a person holds at most one.",
    ),
    "substitute_taken": (
        "برای جایگاه شمارهٔ {seat} جانشین تعیین شده است. ابتدا پایان جانشینی او را ثبت کنید.",
        "Seat {seat} has a substitute. End that first.",
    ),
    "no_substitute": (
        "برای جایگاه شمارهٔ {seat} جانشینی که بتواند اکنون حاضر شود تعیین نشده است.",
        "Seat {seat} has no substitute who may act now.",
    ),
    "term_ends_before_it_begins": (
        "پایان دوره باید پس از آغاز آن باشد.",
        "The term must end after it begins.",
    ),
    "term_is_over": ("پایان این دوره گذشته است.", "This term is over already."),
    # Declarations and ballots
    "not_your_seat": ("این جایگاه از آنِ شما نیست.", "This seat is not yours."),
    "no_longer_member": (
        "دورهٔ عضویت شما پایان یافته است؛ رأیی که پیش از آن ثبت کرده‌اید معتبر می‌ماند.",
        "Your term is over; a ballot that you cast before stays as it is.",
    ),
    "has_declared": (
        "عضو شمارهٔ {seat} در این پرونده اعلام نظر دربارهٔ تعارض منافع کرده است و غایب شمرده نمی‌شود.",
        "The member of seat {seat} has declared in this case and so is not absent.",
    ),
    "not_declared": (
        "لطفاً ابتدا اعلام کنید که در این پرونده تعارض منافع دارید یا نه.",
        "Please declare first whether you have a conflict of interest in this case.",
    ),
    "recused_from_case": (
        "شما در این پرونده تعارض منافع اعلام کرده‌اید و در بررسی آن شرکت ندارید.",
        "You declared a conflict of interest and take no part in this case.",
    ),
    "ballot_precondition_required": (
        "برای نخستین برگ رأی سرایند If-None-Match: * و برای جایگزینی آن سرایند If-Match با آخرین ETag برگ خود لازم است.",
        "Send If-None-Match: * with the first ballot, or If-Match with your ballot's ETag to replace it.",
    ),
    "too_many_editions": (
        "برگ رأی شما {editions} بار ثبت شده است و دیگر تغییر نمی‌کند؛ آخرین رأی شما معتبر است.",
        "Your ballot was cast {editions} times and cannot be replaced again; your last one counts.",
    ),
    "ballot_changed": (
        "برگ رأی شما پس از آخرین مشاهده تغییر کرده است. لطفاً آن را دوباره باز کنید.",
        "Your ballot is not the one that you last read. Please read it again and repeat your change.",
    ),
    "ballot_incomplete": (
        "برگ ارزیابی کامل نیست. لطفاً موارد زیر را اصلاح کنید.",
        "The ballot is not complete. Please correct the fields below.",
    ),
    "unknown_criterion": ("این معیار در برنامه نیست.", "The programme has no such criterion."),
    "score_missing": ("امتیاز این معیار لازم است.", "A score is needed for this criterion."),
    "score_outside_weight": ("امتیاز باید از ۰ تا {weight} باشد.", "The score must be from 0 to {weight}."),
    "low_score_needs_comment": (
        "برای امتیاز کمتر از {percent} درصد وزن معیار، توضیح لازم است.",
        "A score under {percent} % of the criterion's weight needs a comment.",
    ),
    "comment_missing": ("توضیح کلی لازم است.", "An overall comment is needed."),
    "amount_missing": ("برای رأی موافق، مبلغ پیشنهادی لازم است.", "Approval needs a recommended amount."),
    "amount_only_with_approval": (
        "مبلغ پیشنهادی فقط همراه رأی موافق ثبت می‌شود.",
        "An amount goes with approval only.",
    ),
    "no_money_asked": (
        "این درخواست برای خدمت یا واگذاری کار است و مبلغی ندارد.",
        "The request asks for a service or a task, not for money.",
    ),
    "amount_outside_bounds": (
        "مبلغ پیشنهادی باید دست‌کم ۱ و حداکثر {most} باشد.",
        "The amount must be at least 1 and at most {most}.",
    ),
    # Ballots at a meeting
    "meeting_not_held": (
        "برگ‌های رأی هنگام برگزاری جلسه و پس از ثبت حاضران گشوده می‌شود.",
        "Ballots are opened while the meeting is held, once its attendance is noted.",
    ),
    "not_on_the_agenda": (
        "این پرونده در دستور این جلسه نیست.",
        "The case is not on this meeting's agenda.",
    ),
    "no_quorum_yet": (
        "شمار رأی‌های ثبت‌شده هنوز به حد نصاب نرسیده است.",
        "The ballots cast are no quorum yet.",
    ),
    "ballots_not_opened": (
        "برگ‌های رأی این پرونده برای شما گشوده نشده است.",
        "The ballots of this case are not open to you.",
    ),
    "revised_already": (
        "برگ رأی گشوده‌شده فقط یک بار اصلاح می‌شود و شما آن را اصلاح کرده‌اید.",
        "An opened ballot is revised once, and you have revised yours.",
    ),
    "discussion_over": (
        "بررسی این پرونده در جلسه پایان یافته است و برگ رأی دیگر تغییر نمی‌کند.",
        "The meeting is done with this case; ballots stay as they are.",
    ),
    # Paper ballots
    "paper_ballots_not_used": (
        "در این شهر برگ رأی کاغذی ثبت نمی‌شود.",
        "In this city no paper ballots are entered.",
    ),
    "no_certification_code": (
        "برگ رأی کاغذی‌ای در انتظار تأیید شما نیست.",
        "No paper ballot waits for you to confirm it.",
    ),
    "certification_code_spent": (
        "مهلت این کد به پایان رسیده یا دفعات مجاز ورود آن تمام شده است. دبیر می‌تواند برگ را دوباره ثبت کند.",
        "This code has expired or was tried too often. The secretary can enter the ballot again.",
    ),
    "certification_code_wrong": (
        "کد واردشده درست نیست. دفعات باقی‌مانده: {tries_left}.",
        "This is not the code that was given. Tries left: {tries_left}.",
    ),
    "certification_same_person": (
        "کسی که برگ رأی کاغذی را ثبت می‌کند نمی‌تواند عضو همان جایگاه باشد.",
        "Whoever enters a paper ballot cannot be the member whose ballot it is.",
    ),
    # Cases
    "case_not_open": (
        "این پرونده در مرحلهٔ بررسی اعضا نیست.",
        "The case takes no declarations and ballots now ({status}).",
    ),
    "case_is_paused": (
        "بررسی این پرونده تا روشن شدن وضعیت صلاحیت تشکل متوقف است.",
        "The case is paused until the organisation's standing is restored.",
    ),
    "deadline_passed": (
        "مهلت این پرونده به پایان رسیده است.",
        "The deadline has passed; the case is being closed or its deadline moved.",
    ),
    "case_not_stalled": (
        "این پرونده در انتظار تعیین جانشین نیست.",
        "The case does not wait for substitutes ({status}).",
    ),
    "case_not_excepted": (
        "این پرونده به قرارگاه ارجاع نشده است.",
        "The case is no exception for headquarters ({status}).",
    ),
    "base_still_too_small": (
        "شمار اعضایی که می‌توانند رأی دهند کمتر از {least} است.",
        "Fewer than {least} members could vote.",
    ),
    "same_group": ("پرونده هم‌اکنون نزد همین کارگروه است.", "The case comes before this working group already."),
    "no_such_group": ("چنین کارگروهی وجود ندارد.", "There is no such working group."),
    "wrong_kind_of_seat": (
        "سمت این شخص با جایگاه هم‌خوان نیست ({kind}).",
        "The person has to be of the seat's kind ({kind}).",
    ),
    "seat_has_voted": ("عضو این جایگاه رأی داده است.", "The member of this seat has voted."),
    "named_twice": ("هر جایگاه و هر شخص فقط یک بار می‌آید.", "A seat or a person is named twice."),
    "has_sat_in_case": ("این شخص در همین پرونده عضو بوده است.", "This person sits in the case or has sat in it."),
    "panel_judges_as_submitted": (
        "هیئت بازنگری دربارهٔ همان نسخه‌ای تصمیم می‌گیرد که ثبت شده است و پرونده برای اصلاح بازگردانده نمی‌شود.",
        "A panel decides about the revision as it was submitted; it is not sent back for changes.",
    ),
    "review_has_begun": (
        "رأی‌گیری آغاز شده است و دیگر نمی‌توان پرونده را برای اصلاح بازگرداند.",
        "Voting has begun, so the request can't be sent back any more.",
    ),
    "case_not_closed": (
        "نتیجهٔ این پرونده هنوز نهایی نشده یا تصمیم آن پیش‌تر صادر شده است.",
        "The result is not fixed yet, or the decision is issued already ({status}).",
    ),
    "no_draft": ("دبیر هنوز شرح دلایل را تنظیم نکرده است.", "The secretary has not drafted the reason yet."),
    "draft_changed": (
        "متن پیش‌نویس تغییر کرده است. لطفاً نسخهٔ {edition} را بخوانید و سپس امضا کنید.",
        "The draft changed. Please read edition {edition}, then sign.",
    ),
    "not_the_signer": (
        "امضای این تصمیم با رئیس کارگروه یا، در نبود او، با کارشناس ارشد حاضر در پرونده است.",
        "The chair signs or, recused or absent, the senior expert of the base.",
    ),
    "case_not_decided": (
        "تاریخچهٔ پرونده پس از صدور تصمیم در دسترس است.",
        "The history is open once the decision is issued ({status}).",
    ),
}
