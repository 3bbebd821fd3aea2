"""Generate the chat dialogue of a verb (a thing that citizens can do), asked question by question."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.channels.base import Say
from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_identity
from kesher.conversations.services.identity_linkage import find_own_address
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, Skill, skill
from kesher.dialogues.services import begin_skill
from kesher.verbs.declaration import VERBS, Confirming, Proof, Verb, code_of
from kesher.verbs.door_forms import CodeStepForm, code_step_form, conversation_form
from kesher.verbs.models import PendingRequest
from kesher.verbs.services import CONFIRM, confirm_request, do_or_ask, find_pending, needs_code, receipt_message


def register_skills() -> None:
    """Register a skill for each verb, and one that asks for its code, where the app has not registered its own."""
    for verb in VERBS.values():
        if REGISTRY.get(verb.name) is None:
            REGISTRY.add(make_skill(verb))
        if verb.confirming is not None and verb.confirming.name and REGISTRY.get(verb.confirming.name) is None:
            REGISTRY.add(make_code_skill(verb, verb.confirming))


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
        number_rank=verb.number_rank,
        table_row=verb.table_row,
        facts=verb.facts,
        changes_own=verb.changes_own,
        form=verb.conversation_form or conversation_form(verb.form, address=verb.proof is Proof.ADDRESS),
        run=run,
        intro=verb.introduce,
        page=verb.page,
    )


def run_verb(verb: Verb, turn: Turn, subject: Any, answers: Answers) -> Say | list[Say]:
    """Return what to say after doing a verb with a conversation's answers; a stranger is asked for a code first."""
    outcome = do_or_ask(verb, subject, call_from_turn(verb, turn, subject, answers.get("address")), answers, turn.raw)
    if outcome.asked is None:
        return receipt_message(verb, outcome.result)
    confirming = verb.confirming
    text = say_where_code_went(confirming) % {"address": mask_address(outcome.asked.scheme, outcome.asked.address)}
    if isinstance(outcome.result, PendingRequest):
        return ask_code(turn, CONFIRM, outcome.result.key, text)
    assert confirming is not None
    kept = {**{name: answers.get(name) for name in confirming.consents}, **confirming.keep(outcome.result, answers)}
    known = {name: "on" if value is True else str(value or "") for name, value in kept.items()}
    code = code_of(subject if verb.subject else outcome.result)
    return ask_code(turn, confirming.name, code, text, {**known, "address": outcome.asked.address})


def say_where_code_went(confirming: Confirming | None) -> str:
    """Return the words, with `%(address)s`, that a code went there, and how to bring it."""
    spoken = _("We sent a code to %(address)s. Press its digits, and then the hash key.")
    if confirming is not None and confirming.sent:
        return choose_wording(confirming.sent, spoken)
    if confirming is not None and confirming.silent:  # its message has no link, and may not have been sent
        return choose_wording(
            _("If %(address)s took part, a code is on its way there. Write it here: then it is done."),
            _("If %(address)s took part, a code is on its way there. Press its digits, and then the hash key."),
        )
    words = _("We sent a code and a link to %(address)s. Write the code here, or open the link: then it is done.")
    return choose_wording(words, spoken)


def call_from_turn(verb: Verb, turn: Turn, subject: Any, given: Address | None) -> Call:
    """Return who asks in a conversation: its sender, or the owner of an address that must be proved.

    Raise Refused if no address is known that a code could go to.
    """
    if not needs_code(verb, subject, turn.call):
        return turn.call
    address = given or (verb.find_address(turn, subject) if verb.find_address else find_own_address(turn))
    if address is None:
        words = choose_wording(
            _("To do this, write to us from your phone or your e-mail, or go on here: %(link)s"),
            _("That cannot be done in a call. Please go on on our website, or press 0 to talk to a person."),
        )
        raise Refused(words % {"link": absolute("/")})
    return Call(door=turn.door, lang=turn.lang, address=address)


def ask_code(turn: Turn, skill: str, code: str, text: str, known: Answers | None = None) -> list[Say]:
    """Return messages that say where a code went, and ask for it; a page cannot ask on, and says it only.

    ``skill``: the dialogue that asks; ``code``: of its subject; ``known``: its raw answers.
    """
    asked = begin_skill(REGISTRY[skill], turn, code=code, answers=dict(known or {}))
    return [Say(text, lang=turn.lang), *(asked if turn.identity is not None else [])]


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
    verb = VERBS[row.verb]
    try:
        return receipt_message(verb, confirm_request(row, answers["code"], Call(door=turn.door, lang=turn.lang)))
    except Refused as refusal:
        return ask_code(turn, CONFIRM, row.key, refusal.message)


def make_code_skill(verb: Verb, confirming: Confirming) -> Skill:
    """Return the skill that takes the code of what a verb's service stored."""

    def run(turn: Turn, subject: Any, answers: Answers) -> Say | list[Say]:
        """Confirm what waited for this code, and reply with the receipt; ask again after a wrong code, as above."""
        find = confirming.find_identity
        identity = find(subject) if find else find_identity(answers["address"])
        call = Call(door=turn.door, lang=turn.lang, identity=identity)
        consents = {name: answers[name] for name in confirming.consents}
        try:
            return receipt_message(verb, confirming.execute(subject, call, answers["code"], **consents))
        except Refused as refusal:
            known = {name: value for name, value in turn.raw.items() if name != "code"}
            return ask_code(turn, confirming.name, code_of(subject), refusal.message, known)

    form = confirming.form or code_step_form(
        verb.conversation_form or verb.form, confirming.consents, with_address=not confirming.find_identity
    )
    return Skill(
        name=confirming.name, title=confirming.title, form=form, subject=confirming.subject, run=run, commits=False
    )
