"""Chat dialogues that link a second telephone number or e-mail address to a person."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Say
from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.contacts.services import ProofFailed
from kesher.conversations.forms import LinkCodeForm, LinkForm
from kesher.conversations.services import finish_link, start_link
from kesher.core.db.ids import is_number
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, skill
from kesher.dialogues.services import begin_skill


def find_identity_by_key(code: str) -> Identity | None:
    """Return the identity with this primary key (as text); None if there is none."""
    return Identity.objects.select_related("contact").filter(pk=int(code)).first() if is_number(code) else None


@skill(
    "conversations.link",
    title=gettext_lazy("Link another address"),
    form=LinkForm,
    intents={
        "he": ("לקשר", "קישור", "לקשר כתובת", "לקשר טלפון"),
        "ar": ("ربط", "ربط عنوان"),
        "ru": ("связать", "привязать"),
        "en": ("link", "link address"),
    },
    commands=("קישור", "ربط", "привязать", "связать", "link"),
    changes_own=True,
)
def link(turn: Turn, subject: None, answers: Answers) -> list[Say]:
    """Send a code to the second address that a person wants to link, and ask for the code."""
    identity = start_link(turn, answers["address"])
    sent = _("A code is on its way to %(address)s.") % {"address": mask_address(identity.scheme, identity.address)}
    return [Say(sent, lang=turn.lang), *begin_skill(REGISTRY["conversations.link_code"], turn, code=str(identity.pk))]


@skill(
    "conversations.link_code",
    title=gettext_lazy("Link another address"),
    form=LinkCodeForm,
    subject=find_identity_by_key,
    needs_subject=True,
    changes_own=True,
    commits=False,
)
def link_code(turn: Turn, identity: Identity, answers: Answers) -> list[Say]:
    """Check the code, link the second address by merging the contacts, or ask for the code again."""
    try:
        finish_link(turn, identity, answers["code"])
    except ProofFailed:
        wrong = _("This code is wrong or has expired. Write it again, or “link” for a new one.")
        return [
            Say(wrong, lang=turn.lang),
            *begin_skill(REGISTRY["conversations.link_code"], turn, code=str(identity.pk)),
        ]
    return [Say(_("Linked. From now on it is one conversation, wherever you write from."), lang=turn.lang)]
