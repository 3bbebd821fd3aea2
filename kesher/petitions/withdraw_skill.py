"""Chat dialogue for withdrawing a signature, even from a closed petition.

This skill is registered after those that a bare number wakes: a number alone asks for it only where no other skill
knows that number.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Say
from kesher.core.errors import Refused
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import skill
from kesher.participation.services import find_participation
from kesher.petitions import services
from kesher.petitions.forms import WithdrawForm
from kesher.petitions.models import Petition, Signature
from kesher.petitions.skill import OFFERED, call_from_turn, of_number, offer_petitions
from kesher.petitions.unavailable_petition_page import title_or_number

WITHDRAW_WORDS = {
    "he": ("לבטל חתימה", "ביטול חתימה", "לבטל את החתימה", "להסיר חתימה"),
    "ar": ("سحب التوقيع", "إلغاء التوقيع", "الغاء توقيع"),
    "ru": ("отозвать подпись", "снять подпись"),
    "en": ("withdraw", "unsign", "withdraw signature"),
}


def find_withdrawable(code: str) -> Petition | None:
    """Return the petition with this number if it could ever be signed, or None."""
    return of_number(Petition.objects.ever_signable(), code)


def introduce_withdrawing(turn: Turn, petition: Petition | None) -> Say | None:
    """Return which signature would be withdrawn, or a choice of those signed. Raise Refused if none."""
    if petition is None:
        return offer_signed_petitions(turn)
    if find_participation(petition.action, turn.contact) is None:
        mine = Signature.objects.of(petition).filter(contact__in=turn.contact.family_ids())
        if mine.filter(state=Signature.State.WITHDRAWN).exists():
            raise Refused(
                _("You have taken your signature under “%(title)s” back.") % {"title": title_or_number(petition)}
            )
        raise Refused(_("You have not signed “%(title)s” from here.") % {"title": title_or_number(petition)})
    return Say(title_or_number(petition), lang=turn.lang)


def offer_signed_petitions(turn: Turn) -> Say:
    """Return a message with the petitions that this person has signed, as options to withdraw."""
    states = [Signature.State.COUNTED, Signature.State.PENDING]
    rows = Signature.objects.filter(contact__in=turn.contact.family_ids(), state__in=states, action__kind="petition")
    mine = Petition.objects.select_related("action").filter(action__in=rows.values("action")).order_by("-id")[:OFFERED]
    nothing = _("You have signed no petition from here.")
    return offer_petitions(mine, "withdraw", _("Which signature do you take back?"), nothing)


@skill(
    "petitions.withdraw",
    title=gettext_lazy("Take a signature back"),
    form=WithdrawForm,
    intents=WITHDRAW_WORDS,
    subject=find_withdrawable,
    intro=introduce_withdrawing,
    icon="undo",
    needs_subject=True,
    changes_own=True,
)
def withdraw(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Withdraw the person's signature under the petition, and reply so."""
    services.withdraw_signature(petition, replace(call_from_turn(turn), contact=turn.contact))
    return Say(_("Your signature under “%(title)s” was taken back.") % {"title": title_or_number(petition)})
