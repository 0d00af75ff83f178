"""Texts of the refusals about councils, concerns, obstacles and meetings, in Persian and English: code → (fa, en)."""

from typing import Final

from shared.web.texts import Texts

PARTICIPATION_TEXTS: Final[Texts] = {
    # Councils
    "council_exists": ("این شورا پیش‌تر تشکیل شده است.", "This council was set up already."),
    "no_such_member": ("شورا عضوی با شمارهٔ {member} ندارد.", "The council has no member {member} now."),
    "already_member": (
        "این شخص در این دوره با شمارهٔ {member} عضو همین شورا است.",
        "This person is member {member} of this council in that time.",
    ),
    "not_on_the_council": (
        "این کار از اعضای شورای محله یا شورای منطقه در دورهٔ عضویتشان برمی‌آید.",
        "Only members of the neighbourhood's or the district's council may do this, within their terms.",
    ),
    "no_such_neighbourhood": (
        "برای این محله در این منطقه شورایی تشکیل نشده است.",
        "No council was set up for this neighbourhood of the district.",
    ),
    # Concerns and proposed orders
    "concern_resolved_already": (
        "این مسئله پایان‌یافته ثبت شده است. اگر باز دیده شود، دوباره گزارش کنید.",
        "This concern is resolved already. If it comes again, please report it again.",
    ),
    "concern_not_monitored": (
        "ابتدا پایش این مسئله را ثبت کنید.",
        "Please note first that the council looks after this concern.",
    ),
    "too_many_remarks": (
        "برای این مسئله {limit} یادداشت ثبت شده است و یادداشت دیگری پذیرفته نمی‌شود.",
        "This concern has {limit} remarks; no more are taken.",
    ),
    "nothing_to_propose": (
        "در منطقهٔ {district} مسئلهٔ حل‌نشده‌ای ثبت نشده است.",
        "District {district} has no unresolved concern.",
    ),
    "no_such_proposal": (
        "چنین پیشنهادی برای این منطقه تنظیم نشده است.",
        "No such order was proposed for this district.",
    ),
    # Obstacles
    "no_standing": (
        "گزارش مانع مشارکت با تشکلی است که صلاحیت آن تأیید شده باشد ({reason}).",
        "Only an organisation with standing can report an obstacle ({reason}).",
    ),
    "person_or_role": (
        "پاسخ‌دهنده را با شخص یا با نقش مشخص کنید؛ یکی از این دو.",
        "Name either the person or the role that is to answer.",
    ),
    "obstacle_answered_already": (
        "پاسخ این مورد منتشر شده است و دیگر تغییر نمی‌کند.",
        "The answer is published already and stays.",
    ),
    "obstacle_not_assigned": (
        "ابتدا اداره و پاسخ‌دهنده را تعیین کنید.",
        "Please give it to an office first.",
    ),
    "not_assigned_to_you": (
        "پاسخ این مورد با «{office}» است.",
        "This is for “{office}” to answer.",
    ),
    "personal_number": (
        "در متنی که منتشر می‌شود نباید کد ملی، شمارهٔ همراه یا شمارهٔ شبا باشد.",
        "A text that is published must not hold a national code, a mobile number or a Sheba.",
    ),
    # Meetings
    "no_such_working_group": ("این منطقه کارگروه ندارد.", "The district has no working group."),
    "case_or_title": (
        "هر بند دستور جلسه یا یک پرونده است یا یک عنوان؛ یکی از این دو.",
        "An item of the agenda is either a case or has a title.",
    ),
    "no_such_case": ("پروندهٔ بازشده‌ای با این شناسه در منطقه نیست.", "No opened case of the district has this id."),
    "case_repeated": (
        "هر پرونده فقط یک بار در دستور جلسه می‌آید.",
        "A case can stand on the agenda only once.",
    ),
    "seat_not_filled": (
        "این جایگاه در زمان جلسه عضوی نداشته است.",
        "Nobody held this seat at the time of the meeting.",
    ),
    "seat_repeated": ("هر عضو یک بار ثبت می‌شود.", "A seat can be present only once."),
    "meeting_over": (
        "این جلسه برگزار یا لغو شده یا صورت‌جلسهٔ آن تصویب شده است.",
        "This meeting was held or cancelled, or its minutes are adopted.",
    ),
    "meeting_not_begun": (
        "حاضران پس از آغاز جلسه ثبت می‌شوند.",
        "Who is present is noted when the meeting has begun.",
    ),
    "no_attendance": ("ابتدا حاضران جلسه را ثبت کنید.", "Please note first who was present."),
    "no_minutes": ("صورت‌جلسه هنوز تنظیم نشده است.", "No minutes were drafted yet."),
    "minutes_changed": (
        "متن صورت‌جلسه تغییر کرده است. لطفاً نسخهٔ {edition} را بخوانید و سپس تصویب کنید.",
        "The minutes changed. Please read edition {edition}, then adopt.",
    ),
    "not_the_chair": (
        "تصویب صورت‌جلسه با رئیس کارگروه است.",
        "Only the chair of the working group adopts its minutes.",
    ),
    # Field visits
    "case_not_visited": (
        "در این مرحله برای این پرونده بازدید میدانی انجام نمی‌شود.",
        "No field visit is made for this case at this stage.",
    ),
    "file_closed": (
        "این پرونده پس از اظهار نبود تعارض منافع در دسترس است.",
        "This file is open once you declared no conflict of interest.",
    ),
    "seat_does_not_visit": (
        "به بازدید عضوی می‌رود که در این پرونده نبود تعارض منافع را اظهار کرده باشد.",
        "A member goes on a visit after declaring no conflict in this case.",
    ),
    "person_has_a_conflict": (
        "این شخص در این پرونده تعارض منافع اظهار کرده است.",
        "This person declared a conflict in this case.",
    ),
    "nobody_visits": ("دست‌کم یک بازدیدکننده را مشخص کنید.", "Please name at least one visitor."),
    "visitor_repeated": ("هر بازدیدکننده یک بار نام برده می‌شود.", "A visitor can be named only once."),
    "no_such_visitor": ("بازدید چنین بازدیدکننده‌ای ندارد.", "The visit has no such visitor."),
    "visit_not_made_yet": ("تاریخ بازدید نباید پس از امروز باشد.", "The day of the visit is not after today."),
    "visit_over": (
        "گزارش این بازدید ثبت شده یا بازدید لغو شده است.",
        "This visit was reported or cancelled.",
    ),
    "not_a_visitor": (
        "گزارش و عکس بازدید را بازدیدکنندگان یا دبیر ثبت می‌کنند.",
        "The visitors or the secretary write the report and hand in pictures.",
    ),
    "not_a_picture": ("عکس باید PNG یا JPEG باشد.", "A picture is a PNG or a JPEG."),
    "pictures_show_no_persons": (
        "عکس بازدید فقط با این اظهار پذیرفته می‌شود که کسی در آن شناخته نمی‌شود.",
        "A picture is taken only if you say that nobody can be recognised on it.",
    ),
    "too_many_pictures": (
        "برای هر بازدید حداکثر {limit} عکس پذیرفته می‌شود.",
        "A visit has at most {limit} pictures.",
    ),
    "picture_not_found": ("چنین عکسی برای این بازدید نیست.", "The visit has no such picture."),
}
