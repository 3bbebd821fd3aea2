"""Withdraw a signature in any conversation, whatever became of the petition.

This skill is registered after those that a bare number wakes: a number alone asks for it only where no other skill
knows that number.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Say
from kesher.core.errors import Refused
from kesher.dialogues.registry import skill
from kesher.dialogues.turn import Answers, Turn
from kesher.participation.services import find_participation
from kesher.petitions import services
from kesher.petitions.forms import WithdrawForm
from kesher.petitions.models import Petition, Signature
from kesher.petitions.skill import OFFERED, call_of, choose, of_number
from kesher.petitions.under_review import name_of

WITHDRAW_WORDS = {
    "he": ("לבטל חתימה", "ביטול חתימה", "לבטל את החתימה", "להסיר חתימה"),
    "ar": ("سحب التوقيع", "إلغاء التوقيع", "الغاء توقيع"),
    "ru": ("отозвать подпись", "снять подпись"),
    "en": ("withdraw", "unsign", "withdraw signature"),
}


def signed(code: str) -> Petition | None:
    """Return the petition that a short code names if it could ever be signed, or None."""
    return of_number(Petition.objects.ever_signable(), code)


def before_withdrawing(turn: Turn, petition: Petition | None) -> Say | None:
    """Say which signature would be withdrawn. Raise Refused where there is none."""
    if petition is None:
        return choose_mine(turn)
    if find_participation(petition.action, turn.contact) is None:
        mine = Signature.objects.of(petition).filter(contact__in=turn.contact.family_ids())
        if mine.filter(state=Signature.State.WITHDRAWN).exists():
            raise Refused(_("You have taken your signature under “%(title)s” back.") % {"title": name_of(petition)})
        raise Refused(_("You have not signed “%(title)s” from here.") % {"title": name_of(petition)})
    return Say(name_of(petition), lang=turn.lang)


def choose_mine(turn: Turn) -> Say:
    """Offer the petitions that this person has signed."""
    states = [Signature.State.COUNTED, Signature.State.PENDING]
    rows = Signature.objects.filter(contact__in=turn.contact.family_ids(), state__in=states, action__kind="petition")
    mine = Petition.objects.select_related("action").filter(action__in=rows.values("action")).order_by("-id")[:OFFERED]
    nothing = _("You have signed no petition from here.")
    return choose(mine, "withdraw", _("Which signature do you take back?"), nothing)


@skill(
    "petitions.withdraw",
    title=gettext_lazy("Take a signature back"),
    form=WithdrawForm,
    words=WITHDRAW_WORDS,
    code=signed,
    intro=before_withdrawing,
    icon="undo",
    needs_code=True,
)
def withdraw(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Withdraw the person's signature, and say so."""
    services.withdraw_signature(petition, call_of(turn), turn.contact)
    return Say(_("Your signature under “%(title)s” was taken back.") % {"title": name_of(petition)})
