"""Text of the answer to "what do I owe?" in a chat, an SMS or a call."""

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
from kesher.records.formatting import format_money, join_words
from kesher.records.models import RecordSource
from kesher.records.record_findings import SourceRow, sum_due
from kesher.records.sources.readings import SHOWN_STATUSES, Envelope

PAYMENTS_MAX = 5


def render_debts_reply(envelopes: Sequence[Envelope], identity: Identity, *, lang: str) -> Say:
    """Return the reply to "what do I owe?": the sum, first payments, failed sources, and a link to the page."""
    names = {source.code: source.name for source in RecordSource.objects.defer("settings", "secrets")}
    held = [SourceRow(one.code, row) for one in envelopes if one.status in SHOWN_STATUSES for row in one.rows]
    lines = [
        *debt_lines(held, asked=any(one.status in SHOWN_STATUSES for one in envelopes)),
        *source_failure_lines(envelopes, names),
    ]
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


def debt_lines(held: Sequence[SourceRow], *, asked: bool) -> list[str]:
    """Return the lines of the sum to pay and the first payments. ``asked``: whether any source answered."""
    total, rows = sum_due(held)
    if not rows:
        return [_("Nothing to pay was found.")] if asked else []
    count = len(rows)
    head = ngettext("To pay: %(sum)s, one payment.", "To pay: %(sum)s, %(count)d payments.", count)
    lines = [head % {"sum": format_money(total), "count": count}, *(debt_line(one) for one in rows[:PAYMENTS_MAX])]
    if count > PAYMENTS_MAX:
        lines.append(_("And %(count)d more on the page.") % {"count": count - PAYMENTS_MAX})
    return lines


def debt_line(one: SourceRow) -> str:
    """Return one payment as a line of text: its title, amount and due day."""
    row = one.row
    said = f"• {row.title}: {format_money(row.amount, row.currency)}"
    if row.due is None:
        return said
    return said + ", " + _("by %(day)s") % {"day": date_format(row.due, "SHORT_DATE_FORMAT")}


def source_failure_lines(envelopes: Sequence[Envelope], names: dict[str, str]) -> list[str]:
    """Return a line for each way sources failed: no answer, answered in part, or an older answer.

    Without them the sum is less than what is owed.
    """
    asked = [one for one in envelopes if one.status in (*SHOWN_STATUSES, "error", "waiting")]
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
                "names": join_words(names.get(one.code, one.code) for one in failed),
            }
        )
    if part:
        lines.append(
            _("Answered in part: %(names)s.") % {"names": join_words(names.get(one.code, one.code) for one in part)}
        )
    if old:
        lines.append(
            _("Not of today: %(names)s.") % {"names": join_words(names.get(one.code, one.code) for one in old)}
        )
    return lines


def with_page_link(what: Say, identity: Identity) -> Say:
    """Return the message with a link that opens the person's records page.

    The link opens once without a sign-in, unless the identity is of the web or had too many links this hour. The
    message is sent even if the link is too old.
    """
    page, title = reverse("records:mine"), _("Everything in my name")
    plain = replace(what, links=((title, absolute(page)),))
    if identity.scheme == "web":
        return plain
    try:
        url = f"{link_to_page(identity).url}?{urlencode({'next': page})}"
    except Refused:
        return plain
    return replace(what, links=((title, url),), secrets=(url,))
