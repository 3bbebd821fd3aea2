"""What one owes, in a few words: for a chat, an SMS, a voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.accounts.services import link_to_page
from kesher.agencies.base_url import absolute
from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.core.errors import Refused
from kesher.records.formatting import listed, money
from kesher.records.insights import Held, owed
from kesher.records.lookup_results import SHOWN, Envelope
from kesher.records.models import RecordSource

MOST = 5


def answer_of(envelopes: Sequence[Envelope], identity: Identity, *, lang: str) -> Say:
    """The answer to "what do I owe?": the sum and what is in it, which sources did not answer, and the way to more."""
    names = {source.code: source.name for source in RecordSource.objects.defer("settings", "secrets")}
    held = [Held(one.code, row) for one in envelopes if one.status in SHOWN for row in one.rows]
    lines = [*owing(held, asked=any(one.status in SHOWN for one in envelopes)), *silent(envelopes, names)]
    locked = [one for one in envelopes if one.status in ("level", "no_consent")]
    if locked:
        lines.append(
            ngettext(
                "%(count)d more source opens on your page, after you show that it is you or agree.",
                "%(count)d more sources open on your page, after you show that it is you or agree.",
                len(locked),
            )
            % {"count": len(locked)}
        )
    return with_page_link(Say("\n".join(lines), lang=lang), identity)


def owing(held: Sequence[Held], *, asked: bool) -> list[str]:
    total, rows = owed(held)
    if not rows:
        return [_("Nothing to pay was found.")] if asked else []
    count = len(rows)
    head = ngettext("To pay: %(sum)s, one payment.", "To pay: %(sum)s, %(count)d payments.", count)
    lines = [head % {"sum": money(total), "count": count}, *(line(one) for one in rows[:MOST])]
    if count > MOST:
        lines.append(_("And %(count)d more on the page.") % {"count": count - MOST})
    return lines


def line(one: Held) -> str:
    row = one.row
    said = f"• {row.title}: {money(row.amount, row.currency)}"
    if row.due is None:
        return said
    return said + ", " + _("by %(day)s") % {"day": date_format(row.due, "SHORT_DATE_FORMAT")}


def silent(envelopes: Sequence[Envelope], names: dict[str, str]) -> list[str]:
    """How many of those that were asked did not answer, and which; which gave a part alone, and which an older answer:
    a sum without these is less than what is owed."""
    asked = [one for one in envelopes if one.status in (*SHOWN, "error", "waiting")]
    failed = [one for one in asked if one.status in ("error", "waiting")]
    part = [one for one in asked if one.missing]
    old = [one for one in asked if one.status == "stale"]
    lines = []
    if failed:
        lines.append(
            _("%(failed)d of %(all)d sources did not answer: %(names)s.")
            % {
                "failed": len(failed),
                "all": len(asked),
                "names": listed(names.get(one.code, one.code) for one in failed),
            }
        )
    if part:
        lines.append(
            _("Answered in part: %(names)s.") % {"names": listed(names.get(one.code, one.code) for one in part)}
        )
    if old:
        lines.append(_("Not of today: %(names)s.") % {"names": listed(names.get(one.code, one.code) for one in old)})
    return lines


def with_page_link(what: Say, identity: Identity) -> Say:
    """The words with a link to the page of everything: it opens once for whom we know by his address; else, and where
    he has had as many links as an hour allows, he signs in there. The words go out also where the link is too old."""
    page, title = reverse("records:mine"), _("Everything in my name")
    plain = replace(what, links=((title, absolute(page)),))
    if identity.scheme == "web":
        return plain
    try:
        url = f"{link_to_page(identity).url}?{urlencode({'next': page})}"
    except Refused:
        return plain
    return replace(what, links=((title, url),), secrets=(url,))
