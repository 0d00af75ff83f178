"""Texts of the problems of requests: code → (Persian, English)."""

from services.requests.inbound.ending_texts import ENDING_TEXTS
from shared.web.texts import Texts

TEXTS: Texts = {
    **ENDING_TEXTS,
    # Standing
    "standing_forbids": (
        "وضعیت صلاحیت تشکل اکنون اجازه این کار را نمی‌دهد (وضعیت: {organization_status}). "
        "لطفاً وضعیت صلاحیت تشکل را در بخش ثبت تشکل‌ها پیگیری کنید.",
        "The organisation's standing does not allow this now (status: {organization_status}; reasons: {reasons}).",
    ),
    # Programmes
    "programme_frozen": (
        "برنامه حمایت پس از گشایش تغییر نمی‌کند (وضعیت: {status}).",
        "A programme does not change once it was opened (status: {status}).",
    ),
    "programme_not_ready": (
        "هنوز نمی‌توان برنامه حمایت را گشود. موارد زیر هنوز تعریف نشده یا به این سامانه نرسیده است.",
        "The programme cannot be opened yet. What is named below is not defined or has not arrived here.",
    ),
    "programme_not_open": (
        "این برنامه حمایت اکنون درخواست نمی‌پذیرد.",
        "This programme takes no requests now.",
    ),
    "another_open_request": (
        "تشکل شما در این برنامه درخواست دیگری دارد که هنوز به پایان نرسیده است. در این برنامه هر تشکل در هر زمان یک درخواست دارد.",
        "Your organisation has another request under this programme that is not over; it takes one at a time.",
    ),
    "fixed_once_open": (
        "این مورد پس از گشایش برنامه در هیچ نسخه‌ای تغییر نمی‌کند.",
        "No later version of an open programme changes this.",
    ),
    "end_has_passed": ("پایان برنامه باید در آینده باشد.", "The end must lie in the future."),
    "least_above_ceiling": (
        "حداقل مبلغ درخواست نباید از سقف برنامه بیشتر باشد.",
        "The least that may be asked must not be above the ceiling.",
    ),
    "organization_ceiling_below_ceiling": (
        "سقف هر تشکل نباید از سقف هر درخواست کمتر باشد.",
        "The ceiling of one organisation must not be below that of one request.",
    ),
    "shared_ceiling_reached": (
        "سقف این برنامه برای هر تشکل، همراه با تشکل‌هایی که نماینده یا حساب مشترک با آن دارند، {ceiling} {currency} است"
        " و از آن {left} {currency} مانده است.",
        "This programme gives one organisation, with those that share its representatives or account, {ceiling} {currency}"
        " at most; {left} {currency} are left.",
    ),
    "most_below_ceiling": (
        "حداکثر مبلغ درخواست نباید از سقف برنامه کمتر باشد.",
        "The most that may be asked must not be below the ceiling.",
    ),
    "programme_unknown": ("چنین برنامه حمایتی گشوده نشده است.", "There is no such open programme."),
    "rule_set_unknown": (
        "نسخه نام‌برده از مجموعه قواعد شناخته نیست: {rule_set}.",
        "This version of the rule set is not known: {rule_set}.",
    ),
    "district_unknown": ("این منطقه شناخته نیست: {district}.", "This district is not known: {district}."),
    "district_not_valid": (
        "این منطقه اکنون برقرار نیست: {district}.",
        "This district does not exist now: {district}.",
    ),
    "book_unknown": (
        "دفتر اعتبارات {book} هنوز گشوده نشده است.",
        "The book {book} has not been opened yet.",
    ),
    "book_closed": (
        "سال مالی دفتر {book} بسته شده است.",
        "The year of the book {book} is closed.",
    ),
    "book_currency_differs": (
        "واحد پول دفتر اعتبارات {book} با برنامه یکی نیست: {currency}.",
        "The book {book} has another currency: {currency}.",
    ),
    "weights_sum": (
        "جمع وزن معیارها باید {wanted} باشد، اکنون {sum} است.",
        "The weights must add up to {wanted}; they add up to {sum}.",
    ),
    "repeated": ("این مقدار تکراری است: {value}.", "Named more than once: {value}."),
    "rolling_has_no_end": (
        "برنامه مستمر تاریخ پایان ندارد؛ برای تعیین پایان، مهلت افزوده یا ترتیب رتبه‌بندی، نوع «فراخوان» را برگزینید.",
        "A rolling programme has no end; for a deadline, grace or ranked waiting choose the kind “dated”.",
    ),
    "ends_before_start": ("پایان نباید پیش از آغاز باشد.", "The end must not be before the start."),
    "questions_end_too_late": (
        "پرسش باید پیش از پایان مهلت فراخوان بسته شود.",
        "Questions must close before the call's deadline.",
    ),
    # Questions
    "questions_only_of_calls": (
        "پرسش و پاسخ تنها برای فراخوان گشوده است.",
        "Questions are taken by an open dated call only.",
    ),
    "questions_closed": (
        "مهلت پرسش درباره این فراخوان به پایان رسیده است؛ پاسخ‌ها برای همه در دسترس است.",
        "The time for questions about this call is over since {until}; the answers are there for all.",
    ),
    # Trying eligibility
    "takes_requests_now": ("برنامه اکنون درخواست می‌پذیرد.", "The programme takes requests now."),
    "not_open_yet": ("زمان پذیرش درخواست هنوز نرسیده است.", "The programme does not take requests yet."),
    "programme_is_over": (
        "مهلت پذیرش درخواست در این برنامه به پایان رسیده است.",
        "The programme takes no further requests.",
    ),
    "standing_as_told": (
        "بنا بر اعلام شما تشکل تأیید شده است؛ هنگام ثبت درخواست بررسی می‌شود.",
        "As you say, the organisation is approved; this is looked at when a request is submitted.",
    ),
    "standing_needed": (
        "پیش از ثبت درخواست، تشکل باید در سامانه ثبت و تأیید شود.",
        "The organisation must be registered and approved before a request is submitted.",
    ),
    "standing_not_told": (
        "نگفته‌اید که تشکل شما ثبت و تأیید شده است یا نه.",
        "You have not said whether your organisation is registered and approved.",
    ),
    "no_other_request": (
        "تشکل شما درخواست باز دیگری در این برنامه ندارد.",
        "Your organisation has no other open request under this programme.",
    ),
    "other_request_not_told": (
        "در این برنامه هر تشکل در هر زمان یک درخواست دارد؛ نگفته‌اید که درخواست باز دیگری دارید یا نه.",
        "The programme takes one request at a time; you have not said whether you have another open one.",
    ),
    "not_told": ("این مورد را هنوز نگفته‌اید.", "You have not said this yet."),
    "condition_met": ("این شرط برآورده است.", "This condition is met."),
    "district_may_have_the_topic": (
        "این محور در فهرست شهر نیست؛ شاید در فهرست منطقه باشد. لطفاً منطقه را بگویید.",
        "The topic is not in the city's list; the district's own may have it. Please say which district.",
    ),
    # Requests
    "required": ("لطفاً این مورد را تکمیل کنید.", "Please fill this in."),
    "district_not_in_programme": (
        "این برنامه حمایت برای منطقه {district} نیست.",
        "The programme is not for the district {district}.",
    ),
    "topic_not_in_force": (
        "این محور در برنامه حمایت یا فهرست اولویت‌های جاری نیست: {topic}.",
        "This topic is not one of the programme or of the priority lists in force: {topic}.",
    ),
    "lines_do_not_add_up": (
        "جمع ردیف‌های هزینه ({sum} {currency}) با مبلغ درخواستی ({asked} {currency}) برابر نیست.",
        "The budget lines add up to {sum} {currency}, not to the amount asked, {asked} {currency}.",
    ),
    "above_ceiling": (
        "مبلغ درخواستی از سقف برنامه ({ceiling} {currency}) بیشتر است.",
        "The amount asked is above the programme's ceiling of {ceiling} {currency}.",
    ),
    "support_not_in_programme": (
        "این برنامه این شکل از حمایت را ندارد.",
        "The programme does not give this form of support.",
    ),
    "only_for_money": (
        "مبلغ تنها برای حمایت مالی است؛ برای خدمت یا واگذاری کار خالی بگذارید.",
        "Amounts are for support in money only; leave this empty for a service or a task.",
    ),
    "only_for_a_service": (
        "این مورد تنها برای حمایت در قالب خدمت است.",
        "This is for support by a service only.",
    ),
    "below_least": (
        "مبلغ درخواستی از حداقل برنامه ({least} {currency}) کمتر است.",
        "The amount asked is below the programme's least of {least} {currency}.",
    ),
    "minimum_above_ceiling": (
        "حداقل مبلغ لازم نباید از سقف پرداخت برنامه ({ceiling} {currency}) بیشتر باشد.",
        "The minimum must not be above the programme's ceiling of {ceiling} {currency}; more is not given.",
    ),
    "minimum_above_asked": (
        "حداقل مبلغ لازم نباید از مبلغ درخواستی بیشتر باشد.",
        "The minimum must not be above the amount asked.",
    ),
    "planned_date_passed": ("تاریخ برنامه‌ریزی‌شده گذشته است.", "The planned date has passed."),
    "not_editable": (
        "این درخواست اکنون قابل ویرایش نیست (وضعیت: {status}).",
        "This request cannot be edited now (status: {status}).",
    ),
    "fields_not_open": (
        "تنها مواردی که دبیر کارگروه برای اصلاح نام برده است قابل تغییر است.",
        "Only what the working group's secretary named for correction can be changed.",
    ),
    "field_not_open": ("این مورد برای اصلاح باز نیست.", "This is not open for correction."),
    "fixed_once_submitted": (
        "این مورد پس از ثبت تغییر نمی‌کند؛ در صورت نیاز درخواست تازه‌ای ثبت کنید.",
        "This is fixed once submitted; please make a new request if it must differ.",
    ),
    "cannot_submit": (
        "این درخواست در وضعیت کنونی قابل ثبت نیست (وضعیت: {status}).",
        "This request cannot be submitted now (status: {status}).",
    ),
    "certification_not_used": (
        "در این شهر ثبت درخواست به تأیید نماینده دوم نیاز ندارد.",
        "In this city requests are submitted without certification.",
    ),
    "certification_needed": (
        "پیش از ثبت، لازم است نماینده دوم تشکل این درخواست را با کد تأیید کند.",
        "A second representative has to certify this request by a code before it is submitted.",
    ),
    "no_certification_code": (
        "برای متن کنونی درخواست کد تأییدی صادر نشده است. لطفاً کد تازه‌ای دریافت کنید.",
        "No code was given for the request as it is now. Please ask for a new one.",
    ),
    "certification_code_spent": (
        "مهلت این کد به پایان رسیده یا دفعات مجاز ورود آن تمام شده است. لطفاً کد تازه‌ای دریافت کنید.",
        "This code has expired or was tried too often. Please ask for a new one.",
    ),
    "certification_code_wrong": (
        "کد واردشده درست نیست. دفعات باقی‌مانده: {tries_left}.",
        "This is not the code that was given. Tries left: {tries_left}.",
    ),
    "certification_same_person": (
        "کد را باید نماینده‌ای جز دریافت‌کننده آن وارد کند.",
        "The code is to be entered by another representative than the one who was told it.",
    ),
    "cannot_withdraw": (
        "انصراف تنها تا پیش از پذیرش حمایت ممکن است (وضعیت: {status}).",
        "A request can be withdrawn only until the award is accepted (status: {status}).",
    ),
    "nothing_to_accept": (
        "هنوز اعتباری برای این درخواست تأمین نشده است که بپذیرید (وضعیت: {status}).",
        "There is no reserved award to accept (status: {status}).",
    ),
    "revised_plan_needed": (
        "مبلغ تصویب‌شده از حداقل اعلام‌شده ({minimum} {currency}) کمتر است؛ لطفاً نخست برنامه اصلاح‌شده را ثبت کنید یا از حمایت انصراف دهید.",
        "Less than the minimum of {minimum} {currency} was approved: please give a revised plan first, or decline the award.",
    ),
    "no_plan_needed": (
        "برای این درخواست اکنون برنامه اصلاح‌شده لازم نیست (وضعیت: {status}).",
        "No revised plan is asked for now (status: {status}).",
    ),
    "revised_plan_overdue": (
        "مهلت ثبت برنامه اصلاح‌شده به پایان رسیده است.",
        "The time to give a revised plan is over since {until}.",
    ),
    "lines_do_not_add_up_to_approved": (
        "جمع ردیف‌های هزینه ({sum} {currency}) با مبلغ تصویب‌شده ({approved} {currency}) برابر نیست.",
        "The budget lines add up to {sum} {currency}, not to the amount approved, {approved} {currency}.",
    ),
    "nothing_to_decline": (
        "اکنون حمایت تصویب‌شده‌ای نیست که بتوان آن را نپذیرفت (وضعیت: {status}).",
        "There is no award that could be declined now (status: {status}).",
    ),
    "no_report_due": (
        "اکنون گزارشی برای این درخواست در انتظار ثبت نیست (وضعیت: {status}).",
        "No report is to be filed for this request now (status: {status}).",
    ),
    "no_report_to_answer": (
        "برای مرحله {instalment} گزارشی در انتظار بررسی نیست.",
        "No report of instalment {instalment} waits for an answer.",
    ),
    "declaration_needed": (
        "لطفاً اعلام کنید که گزارش نام یا تصویر قابل شناسایی مددجویان را در بر ندارد.",
        "Please declare that the report holds no names or recognisable pictures of beneficiaries.",
    ),
    "more_spent_than_committed": (
        "جمع هزینه‌های گزارش‌شده ({sum} {currency}) از مبلغ تعهدشده ({committed} {currency}) بیشتر است.",
        "What is reported adds up to {sum} {currency}, more than the {committed} {currency} committed.",
    ),
    "nothing_to_appeal": (
        "درخواست بازنگری تنها درباره رد درخواست یا مبلغ کاهش‌یافته، پیش از پذیرش حمایت، ممکن است (وضعیت: {status}).",
        "Only a rejection, or a reduced amount that is not accepted yet, can be appealed (status: {status}).",
    ),
    "appeal_too_late": (
        "مهلت درخواست بازنگری به پایان رسیده است.",
        "The time to appeal is over since {until}.",
    ),
    "appealed_already": (
        "برای این تصمیم پیش‌تر درخواست بازنگری ثبت شده است.",
        "This decision was appealed already.",
    ),
    "no_appeal_to_withdraw": (
        "درخواست بازنگری‌ای که بتوان پس گرفت وجود ندارد.",
        "There is no appeal to withdraw, or it is over.",
    ),
    "no_appeal_to_answer": (
        "درخواست بازنگری در انتظار پاسخی وجود ندارد.",
        "There is no appeal that waits for this answer.",
    ),
    "acceptance_overdue": (
        "مهلت پذیرش حمایت به پایان رسیده است.",
        "The time to accept the award is over since {until}.",
    ),
    "award_being_raised": (
        "مبلغ تازه این درخواست هنوز در دفتر اعتبارات ثبت نشده است. لطفاً چند لحظه دیگر دوباره تلاش کنید.",
        "The district's book has not entered the panel's award yet. Please try again in a moment.",
    ),
    "reservation_paused": (
        "اعتبار تأمین‌شده این درخواست هنوز متوقف است. لطفاً چند لحظه دیگر دوباره تلاش کنید.",
        "The reservation still stands still in the district's book. Please try again in a moment.",
    ),
}
