"""What conversations say about signing a petition, and about withdrawing a signature."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.channels.base import Option, Say
from kesher.core.errors import Refused
from kesher.core.templatetags.ui import number
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.services import GO
from kesher.language import digits
from kesher.participation.services import find_participation, read_total
from kesher.petitions import services
from kesher.petitions.author_messages import meanwhile, state_message
from kesher.petitions.models import Petition, Signature
from kesher.petitions.models.petition import PetitionQuerySet
from kesher.petitions.rules import is_author, may_confirm, may_sign
from kesher.petitions.services.signatures import Signed, Withdrawn
from kesher.petitions.threshold_progress import Tallies, read_figures, supporters_progress, threshold_steps
from kesher.petitions.unavailable_petition_page import (
    find_known_petition,
    title_or_number,
)
from kesher.verbs.declaration import Receipt

OFFERED = 8
# The number alone, or with a few words around it ("48213 please"); more than that is a sentence, not a code.
CODE = re.compile(r"\D{0,12}(\d{4,8})\D{0,20}")


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
    number = CODE.fullmatch(digits(code).strip())
    found = find_known_petition(number[1]) if number else None
    return found if found and may_confirm(found) else None


def find_authored_petition(code: str) -> Petition | None:
    """Return the petition with this number if a citizen wrote it, or None; its author is checked later."""
    found = CODE.fullmatch(digits(code).strip())
    if found is None:
        return None
    rows = Petition.objects.select_related("action", "author", "agency", "picture")
    return rows.filter(action__code=found[1], author__isnull=False).first()


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
    return Say("\n\n".join(line for line in lines if line), lang=turn.lang, links=((_("More"), petition.page_url),))


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


def signature_receipt(signed: Signed) -> Receipt:
    """Return what the signer gets: the receipt, how many have signed, and the page to pass on."""
    petition = signed.petition
    if not signed.new:
        words = _("You have already signed “%(title)s”. Your receipt: %(receipt)s.")
    else:
        words = _("Thank you. You have signed “%(title)s”. Your receipt: %(receipt)s.")
    text = words % {"title": title_or_number(petition), "receipt": signed.signature.receipt}
    undo = _("To take it back, write: withdraw %(code)s") % {"code": petition.code}
    count = aim(petition, read_figures(petition, now=True))
    return Receipt(text=f"{text}\n{count}\n{undo}", links=((_("Pass it on"), petition.page_url),))


def find_withdrawable(code: str) -> Petition | None:
    """Return the petition with this number if it could ever be signed, or None."""
    return of_number(Petition.objects.ever_signable(), code)


def introduce_withdrawing(turn: Turn, petition: Petition | None) -> Say | None:
    """Return which signature would be withdrawn, or a choice of those signed.

    Raise Refused if there is none of this person, as far as their address is proved.
    """
    if petition is None:
        return offer_signed_petitions(turn)
    title = title_or_number(petition)
    if turn.assurance and find_participation(petition.action, turn.contact) is None:
        mine = Signature.objects.of(petition).filter(contact__in=turn.contact.family_ids())
        if mine.filter(state=Signature.State.WITHDRAWN).exists():
            raise Refused(_("You have taken your signature under “%(title)s” back.") % {"title": title})
        raise Refused(_("You have not signed “%(title)s” from here.") % {"title": title})
    return Say(title, lang=turn.lang)


def offer_signed_petitions(turn: Turn) -> Say:
    """Return a message with the petitions that this person has signed, as options to withdraw."""
    states = [Signature.State.COUNTED, Signature.State.PENDING]
    rows = Signature.objects.filter(contact__in=turn.contact.family_ids(), state__in=states, action__kind="petition")
    mine = Petition.objects.select_related("action").filter(action__in=rows.values("action")).order_by("-id")[:OFFERED]
    nothing = _("You have signed no petition from here.")
    return offer_petitions(mine, "withdraw", _("Which signature do you take back?"), nothing)


def withdrawal_receipt(withdrawn: Withdrawn) -> Receipt:
    """Return what whoever withdrew a signature gets."""
    words = _("Your signature under “%(title)s” was taken back.")
    return Receipt(text=words % {"title": title_or_number(withdrawn.petition)})
