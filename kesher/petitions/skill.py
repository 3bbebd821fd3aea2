"""Chat dialogues of petitions: sign one, and confirm the signature with a code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.channels.base import Option, Say
from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_identity
from kesher.conversations.services.identity_linkage import find_own_address
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.templatetags.ui import number
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, skill
from kesher.dialogues.services import GO, begin_skill
from kesher.language import digits
from kesher.participation.services import find_participation, read_total
from kesher.petitions import services
from kesher.petitions.area_map import find_last_area
from kesher.petitions.author_messages import meanwhile, state_message
from kesher.petitions.deep_links import page_url
from kesher.petitions.forms import ConfirmForm, SignForm
from kesher.petitions.models import Petition, Signature
from kesher.petitions.models.petition import PetitionQuerySet
from kesher.petitions.rules import is_author, may_confirm, may_sign
from kesher.petitions.services.signatures import Signed
from kesher.petitions.threshold_progress import Tallies, read_figures, supporters_progress, threshold_steps
from kesher.petitions.unavailable_petition_page import title_or_number

OFFERED = 8
# The number alone, or with a few words around it ("48213 please"); more than that is a sentence, not a code.
CODE = re.compile(r"\D{0,12}(\d{4,8})\D{0,20}")

SIGN_WORDS = {
    "he": ("לחתום", "חתום", "חתמו", "חתימה", "לחתום על עצומה", "עצומה", "עצומות"),
    "ar": ("وقّع", "توقيع", "أوقع", "التوقيع", "وقعوا", "عريضة"),
    "ru": ("подписать", "подпись", "подписаться под петицией", "петиция", "петиции"),
    "en": ("sign", "petition", "petitions", "sign petition"),
}


def of_number(rows: PetitionQuerySet, code: str) -> Petition | None:
    """Return the petition in this queryset with the number that a message says, or None."""
    found = CODE.fullmatch(digits(code).strip())
    return rows.with_page().filter(action__code=found[1]).first() if found else None


def find_given_petition(code: str) -> Petition | None:
    """Return the petition with this number if people were given it to sign, even if closed or in review."""
    found = of_number(Petition.objects.ever_signable(), code)
    signable = found is not None and (found.is_published or found.moderation == Petition.Moderation.GATHERING)
    return found if found is not None and (signable or found.is_out_of_sight) else None


def find_confirmable(code: str) -> Petition | None:
    """Return the petition with this number if its pending signatures can still be confirmed, or None."""
    found = find_given_petition(code)
    return found if found is not None and may_confirm(found) else None


def introduce_signing(turn: Turn, petition: Petition | None) -> Say | None:
    """Return what would be signed; without a petition, a choice of the open ones.

    Raise Refused for one that is closed or under review, or that this person has signed.
    """
    if petition is None:
        found = Petition.objects.open().most_signed().with_page()[:OFFERED]
        return offer_petitions(
            found, "sign", _("Which petition do you want to sign?"), _("There are no open petitions now.")
        )
    if petition.is_out_of_sight:
        raise Refused(state_message(petition) if is_author(petition, turn.contact) else meanwhile(petition))
    if not may_sign(petition):
        words = _("The petition “%(title)s” takes no signatures now.") % {"title": petition.title}
        raise Refused(words + services.explain_lateness(petition))
    mine = find_participation(petition.action, turn.contact)
    if mine is not None and mine.state == Signature.State.COUNTED:
        words = _("You have already signed “%(title)s”. Your receipt: %(receipt)s.")
        raise Refused(words % {"title": petition.title, "receipt": mine.receipt})
    # Where each part of a text costs money, the link leads to the rest.
    demand = "" if turn.capabilities.part else petition.demand
    privacy = _(
        "Nobody sees your number or address. Your name is shown only if you give it. "
        "We write to you once, when we answer."
    )
    lines = [petition.title, demand, aim(petition, read_figures(petition)), privacy]
    return Say("\n\n".join(line for line in lines if line), lang=turn.lang, links=((_("More"), page_url(petition)),))


def aim(petition: Petition, found: Tallies) -> str:
    """Return in words how many signed by these tallies, and what happens at the threshold."""
    signed = read_total(found)
    people = ngettext("%(count)s person has signed.", "%(count)s people have signed.", signed)
    so_far = people % {"count": number(signed)} if signed else _("Be the first to sign.")
    if petition.is_out_of_sight:
        return meanwhile(petition)
    if petition.is_gathering:
        return (
            f"{_('It looks for its first supporters; then we review it.')} {supporters_progress(petition, signed)[1]}."
        )
    proved = [
        f"{step['title']}: {step['words']}"
        for step in threshold_steps(petition, found.get("level", {}))
        if step["words"]
    ]
    target = {"threshold": number(petition.threshold), "goal": petition.goal}
    if petition.goal:
        return " ".join((so_far, _("At %(threshold)s: %(goal)s") % target, *proved))
    return " ".join((so_far, _("At %(threshold)s we must answer.") % target, *proved))


def offer_petitions(petitions: Iterable[Petition], verb: str, question: str, nothing: str) -> Say:
    """Return a message with these petitions as options that go on with ``verb``; ``nothing`` if there are none."""
    options = tuple(
        Option(f"{GO}petitions.{verb}:{petition.code}", title_or_number(petition)) for petition in petitions
    )
    return Say(question, options) if options else Say(nothing, (Option(f"{GO}menu", _("Menu")),))


@skill(
    "petitions.sign",
    title=gettext_lazy("Sign a petition"),
    form=SignForm,
    intents=SIGN_WORDS,
    subject=find_given_petition,
    intro=introduce_signing,
    menu=20,
    icon="pen",
    needs_subject=True,
)
def sign(turn: Turn, petition: Petition, answers: Answers) -> Say | list[Say]:
    """Sign the petition at once if the channel vouches for the address; else send a code and ask for it."""
    address = None if turn.assurance else answers.get("address") or find_own_address(turn)
    if address is None and not turn.assurance:
        words = _("To sign, write to us from your phone or your e-mail, or sign here: %(link)s")
        raise Refused(words % {"link": page_url(petition)})
    call = call_from_turn(turn, address, turn.identity)
    name, updates = str(answers.get("name") or ""), answers["updates"]
    area = answers.get("area") or (find_last_area(turn.contact) if address is None else "")
    signed = services.sign_petition(petition, call, name=name, show_name=bool(name), updates=updates, area=area)
    return (
        render_receipt(petition, signed) if address is None else ask_for_code(turn, petition, address, updates=updates)
    )


def call_from_turn(turn: Turn, address: Address | None = None, identity: Identity | None = None) -> Call:
    """Return who signs and how (a `Call`) from a chat message: its sender, or the owner of the given address."""
    if address is not None:
        return Call(door=turn.door, lang=turn.lang, address=address)
    return Call(door=turn.door, lang=turn.lang, identity=identity, level=turn.assurance)


def ask_for_code(turn: Turn, petition: Petition, address: Address, *, updates: bool, lead: str = "") -> list[Say]:
    """Return messages that ask for the code sent to the signer's address, after queueing it."""
    words = _(
        "We sent a code and a link to %(address)s. Write the code here, or open the link: then your signature counts."
    )
    text = lead or words % {"address": mask_address(address.scheme, address.address)}
    known = {"address": address.address, "updates": "on" if updates else ""}
    return begin_code(turn, "petitions.confirm", petition, text, known)


def begin_code(turn: Turn, skill: str, petition: Petition, text: str, known: Mapping[str, str]) -> list[Say]:
    """Return messages that say where a code went, and begin the form that asks for it."""
    asked = begin_skill(REGISTRY[skill], turn, code=petition.code, answers=known)
    # A page cannot ask on: the code is used where it arrived, or by its link.
    return [Say(text, lang=turn.lang), *(asked if turn.identity is not None else [])]


@skill(
    "petitions.confirm",
    title=gettext_lazy("Confirm my signature"),
    form=ConfirmForm,
    subject=find_confirmable,
    commits=False,
)
def confirm(turn: Turn, petition: Petition, answers: Answers) -> Say | list[Say]:
    """Count the signature whose code came back, and reply with the receipt; ask again after a wrong code.

    It asks without raising, so that a wrong try stays counted.
    """
    address, updates = answers["address"], answers["updates"]
    call = call_from_turn(turn, identity=find_identity(address))
    try:
        signed = services.confirm_signature(petition, call, answers["code"], updates=updates, as_written=True)
    except Refused as refusal:
        return ask_for_code(turn, petition, address, updates=updates, lead=refusal.message)
    return render_receipt(petition, signed)


def render_receipt(petition: Petition, signed: Signed) -> Say:
    """Return the message after signing: the receipt, how many have signed, and the page to pass on."""
    if not signed.new:
        words = _("You have already signed “%(title)s”. Your receipt: %(receipt)s.")
    else:
        words = _("Thank you. You have signed “%(title)s”. Your receipt: %(receipt)s.")
    text = words % {"title": title_or_number(petition), "receipt": signed.signature.receipt}
    undo = _("To take it back, write: withdraw %(code)s") % {"code": petition.code}
    count = aim(petition, read_figures(petition, now=True))
    return Say(f"{text}\n{count}\n{undo}", links=((_("Pass it on"), page_url(petition)),))
