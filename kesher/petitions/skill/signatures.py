"""What conversations say about signing a petition, and about withdrawing a signature."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.base_url import absolute
from kesher.agencies.models import in_language
from kesher.channels.base import Option, Say
from kesher.core.errors import Refused
from kesher.core.templatetags.ui import number
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.services import GO
from kesher.language import digits
from kesher.participation.services import find_participation, read_total
from kesher.petitions import services
from kesher.petitions.area_map import known_areas
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
OPEN_MOST = 3  # open petitions offered to somebody who names none; a link leads to all
ANSWER_MOST = 200  # characters of the body's answer
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
    """Return what would be signed and what is stored; without a petition, a choice of the best open ones.

    Raise Refused for one that is closed or under review, or that this person has signed.
    """
    if petition is None:
        return offer_open_petitions()
    if petition.is_out_of_sight:
        raise Refused(state_message(petition) if is_author(petition, turn.contact) else meanwhile(petition))
    if not may_sign(petition):
        words = _("The petition “%(title)s” takes no signatures now.") % {"title": petition.title}
        late = services.explain_lateness(petition)
        raise Refused(f"{words}{late} {describe_outcome(petition)}".strip())
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


def offer_open_petitions() -> Say:
    """Return a message with the open petitions that most have signed and the newest, and a link to all of them."""
    rows = Petition.objects.open().with_page()
    best = {row.pk: row for row in [*rows.most_signed()[: OPEN_MOST - 1], *rows.newest()[:OPEN_MOST]]}
    nothing = _("There are no open petitions now.")
    found = offer_petitions([*best.values()][:OPEN_MOST], "sign", _("Which petition do you want to sign?"), nothing)
    return replace(found, links=((_("All petitions"), absolute(reverse("petitions:list"))),))


def describe_outcome(petition: Petition) -> str:
    """Return in words what came of a petition that takes no signatures: how many signed, and its answer; or ""."""
    if not petition.is_published:
        return ""
    signed = read_total(read_figures(petition))
    people = ngettext("%(count)s person has signed.", "%(count)s people have signed.", signed)
    parts = [people % {"count": number(signed)} if signed else "", petition.closed_note]
    if petition.response == Petition.Response.GIVEN:
        parts.append(_("We have answered it: %(answer)s") % {"answer": Truncator(petition.answer).chars(ANSWER_MOST)})
        parts.append(petition.page_url)
    elif petition.response == Petition.Response.DUE:
        parts.append(_("It reached its goal, and we owe it an answer."))
    return " ".join(part for part in parts if part)


def aim(petition: Petition, found: Tallies) -> str:
    """Return in words how many signed by these tallies, and what happens at the threshold."""
    signed = read_total(found)
    if petition.is_out_of_sight or petition.is_gathering:
        return describe_next_step(petition, found)
    return f"{count_in_words(signed)} {describe_next_step(petition, found)}"


def count_in_words(signed: int) -> str:
    """Return in words how many people have signed."""
    people = ngettext("%(count)s person has signed.", "%(count)s people have signed.", signed)
    return people % {"count": number(signed)} if signed else _("Be the first to sign.")


def describe_next_step(petition: Petition, found: Tallies) -> str:
    """Return in words what happens at the threshold, or before a petition is published, by these tallies."""
    signed = read_total(found)
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
        return " ".join((_("At %(threshold)s: %(goal)s") % target, *proved))
    return " ".join((_("At %(threshold)s we must answer.") % target, *proved))


def offer_petitions(petitions: Iterable[Petition], verb: str, question: str, nothing: str) -> Say:
    """Return a message with these petitions as options that go on with ``verb``; ``nothing`` if there are none."""
    options = tuple(
        Option(f"{GO}petitions.{verb}:{petition.code}", title_or_number(petition)) for petition in petitions
    )
    return Say(question, options) if options else Say(nothing, (Option(f"{GO}menu", _("Menu")),))


def signature_receipt(signed: Signed) -> Receipt:
    """Return what the signer gets: which number they are, the receipt, what is stored, and what they may add."""
    petition, row = signed.petition, signed.signature
    found = read_figures(petition, now=True)
    known = {"title": title_or_number(petition), "receipt": row.receipt, "count": number(read_total(found))}
    if not signed.new:
        words = _("You have already signed “%(title)s”. Your receipt: %(receipt)s.")
    elif petition.is_out_of_sight:
        words = _("Counted: you have signed “%(title)s”. Your receipt: %(receipt)s.")
    else:
        words = _("Counted: you have signed “%(title)s”. You are number %(count)s. Your receipt: %(receipt)s.")
    undo = _("To take it back, write: withdraw %(code)s") % {"code": petition.code}
    lines = [words % known, describe_stored(signed), describe_next_step(petition, found), undo]
    options = list_additions(signed) if signed.own else ()
    return Receipt(text="\n".join(lines), links=((_("Share it"), petition.page_url),), options=options)


def describe_stored(signed: Signed) -> str:
    """Return in words what is stored beside a signature: the name on the page, the area, the news."""
    row = signed.signature
    parts = [_("No name is shown on the page.")]
    if row.show_name:
        parts = [_("Shown on the page: %(name)s.") % {"name": row.name}]
    if area := dict(known_areas()).get(row.area):
        parts.append(_("Your area: %(area)s.") % {"area": in_language(area)})
    if signed.news:
        parts.append(_("You will get news about it."))
    return " ".join(parts)


def list_additions(signed: Signed) -> tuple[Option, ...]:
    """Return as options what a signer may still add to the signature; nobody need answer."""
    row, found = signed.signature, []
    if not row.show_name:
        found.append(("signer_name", _("Add my name")))
    if not row.area and known_areas():
        found.append(("signer_area", _("Add my area")))
    if not signed.news:
        found.append(("signer_news", _("Get news")))
    return tuple(Option(f"{GO}petitions.{skill}:{signed.petition.code}", title) for skill, title in found)


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
            raise Refused(_("You have withdrawn your signature under “%(title)s”.") % {"title": title})
        raise Refused(
            f"{_('You have not signed “%(title)s” from here.') % {'title': title}} {list_signed(turn)}".strip()
        )
    return Say(title, lang=turn.lang)


def list_signed(turn: Turn) -> str:
    """Return in words which petitions this person has signed, with their numbers; "" for none."""
    titles = [f"{title_or_number(row)} ({row.code})" for row in find_signed(turn)]
    return _("You have signed: %(titles)s.") % {"titles": ", ".join(titles)} if titles else ""


def find_signed(turn: Turn) -> list[Petition]:
    """Return the petitions that this person has signed, newest first."""
    states = [Signature.State.COUNTED, Signature.State.PENDING]
    rows = Signature.objects.filter(contact__in=turn.contact.family_ids(), state__in=states, action__kind="petition")
    mine = Petition.objects.select_related("action").filter(action__in=rows.values("action"))
    return list(mine.order_by("-id")[:OFFERED])


def offer_signed_petitions(turn: Turn) -> Say:
    """Return a message with the petitions that this person has signed, as options to withdraw."""
    nothing = _("You have signed no petition from here.")
    return offer_petitions(find_signed(turn), "withdraw", _("Which signature do you want to withdraw?"), nothing)


def withdrawal_receipt(withdrawn: Withdrawn) -> Receipt:
    """Return what whoever withdrew a signature gets."""
    words = _("Your signature under “%(title)s” was withdrawn.")
    return Receipt(text=words % {"title": title_or_number(withdrawn.petition)})
