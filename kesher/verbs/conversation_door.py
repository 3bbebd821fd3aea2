"""Generate the chat dialogue of a verb (a thing that citizens can do), asked question by question."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.channels.base import Say
from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import Call
from kesher.conversations.services.identity_linkage import find_own_address
from kesher.core.errors import Refused
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, Skill, skill
from kesher.dialogues.services import begin_skill
from kesher.verbs.declaration import VERBS, Proof, Receipt, Verb
from kesher.verbs.door_forms import CodeStepForm, conversation_form
from kesher.verbs.models import PendingRequest
from kesher.verbs.services import CONFIRM, ask_for_code, confirm_request, do, find_pending


def register_skills() -> None:
    """Register a skill for each verb that has none of its own."""
    for verb in VERBS.values():
        if REGISTRY.get(verb.name) is None:
            REGISTRY.add(make_skill(verb))


def make_skill(verb: Verb) -> Skill:
    """Return the skill that does a verb in a conversation."""

    def run(turn: Turn, subject: Any, answers: Answers) -> Say | list[Say]:
        """Do the verb for the person who writes, or send a code to their address and ask for it."""
        return run_verb(verb, turn, subject, answers)

    return Skill(
        name=verb.name,
        title=verb.title,
        intents=verb.intents,
        subject=verb.find_subject if verb.subject else None,
        needs_subject=verb.needs_subject,
        menu=verb.menu,
        icon=verb.icon,
        form=conversation_form(verb.form, address=verb.proof is Proof.ADDRESS),
        run=run,
        intro=verb.introduce,
    )


def run_verb(verb: Verb, turn: Turn, subject: Any, answers: Answers) -> Say | list[Say]:
    """Return what to say after doing a verb with a conversation's answers; a stranger is asked for a code first."""
    if verb.proof is Proof.NONE or turn.assurance >= 1:
        call = Call(door=turn.door, lang=turn.lang, identity=turn.identity, contact=turn.contact, level=turn.assurance)
        return receipt_say(do(verb, subject, call, answers))
    address = answers.get("address") or find_own_address(turn)
    if address is None:
        words = _("To do this, write to us from your phone or your e-mail, or go on here: %(link)s")
        raise Refused(words % {"link": absolute("/")})
    row = ask_for_code(verb, subject, Call(door=turn.door, lang=turn.lang, address=address), turn.raw)
    words = _("We sent a code and a link to %(address)s. Write the code here, or open the link: then it is done.")
    return ask_code(turn, row, words % {"address": mask_address(address.scheme, address.address)})


def ask_code(turn: Turn, row: PendingRequest, text: str) -> list[Say]:
    """Return messages that say where a code went, and ask for it; a page cannot ask on, and says it only."""
    asked = begin_skill(REGISTRY[CONFIRM], turn, code=row.key)
    return [Say(text, lang=turn.lang), *(asked if turn.identity is not None else [])]


def receipt_say(receipt: Receipt) -> Say:
    """Return a receipt as a message."""
    return Say(receipt.text, links=receipt.links)


@skill(
    CONFIRM,
    title=gettext_lazy("Confirm with a code"),
    form=CodeStepForm,
    subject=find_pending,
    needs_subject=True,
    commits=False,
)
def confirm(turn: Turn, row: PendingRequest, answers: Answers) -> Say | list[Say]:
    """Do what waited for this code, and reply with the receipt; ask again after a wrong code.

    It asks without raising, so that a wrong try stays counted.
    """
    try:
        return receipt_say(confirm_request(row, answers["code"], Call(door=turn.door, lang=turn.lang)))
    except Refused as refusal:
        return ask_code(turn, row, refusal.message)
