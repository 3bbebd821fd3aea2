"""What whoever pledged, offered or organises on a page gets where they read: what it binds to, when they pay, and the
private way to change it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.here import absolute
from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.conversations.services import is_short, title_for
from kesher.language import sms_parts
from kesher.purchases.keys import organiser_path, own_path
from kesher.purchases.models import Pledge, Purchase
from kesher.purchases.prices import money, progress
from kesher.purchases.services.news import page_url
from kesher.purchases.services.waiting_list import stays_in_line

PARTS = 2  # of an SMS: where the private link does not fit in, the words to write instead stand there


def what_happens_now(row: Purchase, line: Pledge) -> list[str]:
    """Return, line by line, what a pledge means: price, when it binds, when and whom one pays, and what we tell."""
    if line.standing == Pledge.Standing.WAITING:
        return [
            _("You are on the waiting list. When a place is free, we write to you; you owe nothing until you take it.")
        ]
    now, day = progress(row), timezone.localtime(row.closes_at).strftime("%d.%m") if row.closes_at else ""
    known = {"price": money(now.price), "sum": money(now.price * line.quantity), "day": day}
    parts = [_("Now %(price)s each, %(sum)s together; the price is final after %(day)s.") % known]
    if stays := stays_in_line(line.missing):
        parts.append(stays)
    if row.is_open:
        parts.append(
            _("Until %(day)s you may change it or give it up; after that it binds, if the purchase comes about.")
            % known
        )
    own = row.words(row.payments)
    parts.append(own or _("You pay the seller when you collect; nothing is paid here."))
    parts.append(_("After the end we write to you what you get, where and when."))
    return parts


def pledged(row: Purchase, line: Pledge, identity: Identity) -> Say:
    """A pledge that was made or changed on a page."""
    own = absolute(own_path(line.participation))
    words = ngettext("“%(title)s”: %(count)s unit.", "“%(title)s”: %(count)s units.", line.quantity)
    words = words % {"count": line.quantity, "title": title_for(identity, row.title)}
    change = _("To change it: %(link)s") % {"link": own}
    if not is_short(identity):
        return Say("\n".join((words, *what_happens_now(row, line), change)), subject=_("Your pledge"), secrets=(own,))
    say = short_words(row, line, words)
    if sms_parts(f"{say} {change}").parts <= PARTS:
        return Say(f"{say} {change}", secrets=(own,))
    return Say(f"{say} {_('To change it, write: buy %(code)s') % {'code': row.code}}")


def short_words(row: Purchase, line: Pledge, words: str) -> str:
    """The same where each part is paid for."""
    if line.standing == Pledge.Standing.WAITING:
        return f"{words} {_('You are on the waiting list.')}"
    day = timezone.localtime(row.closes_at).strftime("%d.%m") if row.closes_at else ""
    short = _("Now %(price)s each; binds after %(day)s; you pay at pick-up.") % {
        "price": money(progress(row).price),
        "day": day,
    }
    return " ".join(part for part in (words, short, stays_in_line(line.missing)) if part)


def offered(row: Purchase, identity: Identity) -> Say:
    """A seller's offer that waits for its review."""
    known = {"title": title_for(identity, row.title), "code": row.code}
    words = _("Your offer for “%(title)s” is here. We read it, and write to you whether it is published.") % known
    undo = _("To take it back, write: withdraw offer %(code)s") % known
    link = "" if is_short(identity) else page_url(row)
    return Say("\n".join(part for part in (words, undo, link) if part), subject=_("Your offer"))


def organised(row: Purchase, identity: Identity) -> Say:
    """A purchase that waits for its review, with its organiser's own page."""
    own = absolute(organiser_path(row))
    known = {"title": title_for(identity, row.title), "code": row.code}
    words = (
        _("Your purchase “%(title)s” is number %(code)s. We read it, and write to you when it is published.") % known
    )
    links = ((_("Your own page: keep it"), own),)
    return Say(words, links=links, subject=_("Your purchase"), secrets=(own,))
