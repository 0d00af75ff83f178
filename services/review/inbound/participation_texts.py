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
}
