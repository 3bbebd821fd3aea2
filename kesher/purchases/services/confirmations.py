"""Build the messages that confirm a pledge, vote or offer: what it binds to, when to pay, how to change it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.base_url import absolute
from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.conversations.services import fits_confirmation, is_billed_by_part, shorten_title
from kesher.core.templatetags.ui import deadline, number
from kesher.purchases.magic_links import organiser_path, own_path
from kesher.purchases.models import Allotment, Offer, Pledge, Purchase
from kesher.purchases.prices import money, progress, shortage_in_words
from kesher.purchases.services.waiting_list import still_waiting_notice

FORMS = ("purchases.pledge", "purchases.confirm")  # open forms that a pledge ends

SHORTEST = 8  # letters of a title, which leaves room for the private link


def what_happens_now(row: Purchase, line: Pledge) -> list[str]:
    """Return sentences on what a pledge means: price, when it binds, and whom one pays."""
    if line.standing == Pledge.Standing.WAITING:
        return [
            _("You are on the waiting list. When a place is free, we write to you; you owe nothing until you take it.")
        ]
    if row.is_counting or row.is_settled:
        return [bound_notice()]
    now, day = progress(row), deadline(row.ends_at, "short")
    known = {"price": money(now.price), "sum": money(now.price * line.quantity), "day": day}
    parts = [_("Now %(price)s each, %(sum)s together; the price is final after %(day)s.") % known]
    if stays := still_waiting_notice(line.missing):
        parts.append(stays)
    if fewer := shortage_in_words(row, row.asked, now.units):
        parts.append(fewer)
    if row.is_open:
        parts.append(
            _("Until %(day)s you may change it or give it up; after that it binds, if the purchase comes about.")
            % known
        )
    elif row.is_filling:
        parts.append(already_binding_notice())
    own = row.words(row.payments)
    parts.append(own or _("You pay the seller when you collect; nothing is paid here."))
    parts.append(_("After the end we write to you what you get, where and when."))
    return parts


def pledge_confirmation(row: Purchase, line: Pledge, identity: Identity) -> Say:
    """Return the message that confirms a pledge made or changed on a page."""
    own = absolute(own_path(line.participation))
    share = Allotment.objects.filter(participation=line.participation_id).first()
    if share is not None:
        return share_confirmation(row, share, identity, own)
    change = _("Change it: %(link)s") % {"link": own}
    words = units_in_words(line, shorten_title(identity, row.title))
    if not is_billed_by_part(identity):
        return Say("\n".join((words, *what_happens_now(row, line), change)), subject=_("Your pledge"), secrets=(own,))
    brief = units_in_words(line, shorten_title(identity, row.title, SHORTEST))
    long, short = binding_notice(row, line)
    for text in (f"{words} {long}", f"{words} {short}", f"{brief} {short}", short):
        text = f"{text} {change}"
        if fits_confirmation(text):
            return Say(text, secrets=(own,))
    return Say(f"{brief} {short} {_('To change it, write: buy %(code)s') % {'code': row.code}}")


def share_in_words(title: str, share: Allotment) -> str:
    """Return how many units a person gets, and what they cost, in words."""
    had = ngettext("%(title)s: you get %(count)s unit.", "%(title)s: you get %(count)s units.", share.quantity)
    cost = _("%(price)s each, %(sum)s together, VAT included. You pay the seller.")
    known = {"price": money(share.price), "sum": money(share.total)}
    return f"{had % {'title': title, 'count': share.quantity}}\n{cost % known}"


def bound_notice() -> str:
    """Return the sentence that pledging is over and the pledge binds."""
    return _("Pledging is over, and it binds. We write to you where and when you collect.")


def already_binding_notice() -> str:
    """Return the sentence that a pledge binds already, while a box is being filled."""
    return _("The deadline is over: it binds already, and cannot be given up.")


def share_confirmation(row: Purchase, share: Allotment, identity: Identity, own: str) -> Say:
    """Return the message that a pledge closed the purchase: what the person gets, and that it binds."""
    page = _("Your page: %(link)s") % {"link": own}
    if not is_billed_by_part(identity):
        words = (share_in_words(row.title, share), bound_notice(), page)
        return Say("\n".join(words), subject=_("Your pledge"), secrets=(own,))
    brief = _("You get %(count)s: %(sum)s. It binds.") % {"count": share.quantity, "sum": money(share.total)}
    for text in (f"{share_in_words(shorten_title(identity, row.title), share)} {brief}", brief):
        if fits_confirmation(f"{text} {page}"):
            return Say(f"{text} {page}", secrets=(own,))
    return Say(brief)


def units_in_words(line: Pledge, title: str) -> str:
    """Return a sentence with the title and the units of a pledge."""
    words = ngettext("“%(title)s”: %(count)s unit.", "“%(title)s”: %(count)s units.", line.quantity)
    return words % {"count": line.quantity, "title": title}


def binding_notice(row: Purchase, line: Pledge) -> tuple[str, str]:
    """Return when a pledge binds, as (full text, shortest text for channels that charge each part)."""
    if line.standing == Pledge.Standing.WAITING:
        return (_("You are on the waiting list."),) * 2
    if stays := still_waiting_notice(line.missing):
        return stays, stays
    now = progress(row)
    known = {"price": money(now.price), "day": deadline(row.ends_at, "brief")}
    if shortage_in_words(row, row.asked, now.units):
        known |= {"units": number(now.units), "asked": number(row.asked)}
        drawn, other = _("%(units)s for %(asked)s, drawn after %(day)s."), _("%(units)s for %(asked)s: maybe fewer.")
        fewer = (drawn if row.tie == Purchase.Tie.LOTTERY else other) % known
        return f"{_('%(price)s each; binds after %(day)s.') % known} {fewer}", fewer
    long = _("Now %(price)s each; binds after %(day)s; you pay at pick-up.") % known
    return long, _("%(price)s each; binds after %(day)s.") % known


def vote_confirmation(row: Purchase, offer: Offer, identity: Identity) -> Say:
    """Return the message that confirms a vote for an offer."""
    known = {"seller": shorten_title(identity, offer.seller), "title": shorten_title(identity, row.title)}
    words = _("“%(title)s”: you chose %(seller)s. You may change that until one offer is taken.") % known
    return Say(words, subject=_("Your choice"))


def giving_up_confirmation(row: Purchase, identity: Identity) -> Say:
    """Return the message that confirms that a pledge was given up."""
    words = _("Your pledge for “%(title)s” was withdrawn. You owe nothing.")
    return Say(words % {"title": shorten_title(identity, row.title)}, subject=_("Your pledge"))


def offer_confirmation(row: Purchase, identity: Identity) -> Say:
    """Return the message to a seller that their offer waits for its review."""
    known = {"title": shorten_title(identity, row.title), "code": row.code}
    undo = _("To take it back, write: withdraw offer %(code)s") % known
    if is_billed_by_part(identity):
        words = _("Your offer for “%(title)s” is being read; we write to you.") % known
        return Say(f"{words}\n{undo}")
    words = _("Your offer for “%(title)s” is here. We read it, and write to you whether it is published.") % known
    return Say("\n".join((words, undo, row.page_url)), subject=_("Your offer"))


def start_confirmation(row: Purchase, identity: Identity) -> Say:
    """Return the message to an organiser that their purchase waits for review, with their own page."""
    own = absolute(organiser_path(row))
    known = {"title": row.title, "code": row.code}
    if is_billed_by_part(identity):
        words = _("Purchase %(code)s is being read; we write to you. Your page: %(link)s") % {**known, "link": own}
        return Say(words, secrets=(own,))
    words = (
        _("Your purchase “%(title)s” is number %(code)s. We read it, and write to you when it is published.") % known
    )
    links = ((_("Your own page: keep it"), own),)
    return Say(words, links=links, subject=_("Your purchase"), secrets=(own,))
