"""Build the messages that confirm a signature, its withdrawal or a new petition."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.conversations.services import fits_confirmation, is_billed_by_part, shorten_title
from kesher.core.templatetags.ui import deadline
from kesher.participation.models import Participation
from kesher.petitions.author_messages import author_message
from kesher.petitions.models import Petition

FORMS = ("petitions.sign", "petitions.confirm")  # the forms that a signature ends


def public_title(petition: Petition) -> str:
    """Return a petition's title as a message may say it: its number while the public may not read it."""
    return petition.code if petition.is_out_of_sight or petition.is_gathering else petition.title


def signature_confirmation(petition: Petition, signature: Participation, identity: Identity) -> Say:
    """Return the message that confirms a signature: its receipt, how to withdraw it, what comes next."""
    title = shorten_title(identity, public_title(petition))
    known = {"title": title, "code": petition.code, "receipt": signature.receipt}
    first = _("You signed “%(title)s”. Your receipt: %(receipt)s.") % known
    undo = _("To take it back, write: withdraw %(code)s") % known
    if is_billed_by_part(identity):
        return Say(f"{first}\n{undo}")
    after = _("We write to you when it is answered. Its page: %(link)s") % {"link": petition.page_url}
    return Say("\n".join((first, undo, after)), subject=_("Your signature"))


def withdrawal_confirmation(petition: Petition, signature: Participation, identity: Identity) -> Say:
    """Return the message that confirms that a signature was withdrawn."""
    title = shorten_title(identity, public_title(petition))
    words = _("You withdrew your signature under “%(title)s”. Receipt %(receipt)s is no longer valid.")
    return Say(words % {"title": title, "receipt": signature.receipt}, subject=_("Your signature"))


def started(petition: Petition, identity: Identity) -> Say:
    """Return the message that confirms a new petition to its author: number, page, next step, the author's own page."""
    own = petition.author_url
    links = ((_("Your petition"), own),)
    if not is_billed_by_part(identity):
        text = author_message(petition, "gather") if petition.is_gathering else author_message(petition, "submit")
        return Say(f"{text}\n{petition.page_url}", links=links, subject=petition.title, secrets=(own,))
    known = {"code": petition.code, "count": petition.supporters, "day": deadline(petition.gather_until)}
    if petition.is_gathering:
        long = _("Petition %(code)s: %(count)s supporters must sign by %(day)s; pass on “sign %(code)s”.") % known
        short = _("Petition %(code)s: %(count)s supporters must sign by %(day)s.") % known
    else:
        long = _("Petition %(code)s is being read. We write to you when it is decided.") % known
        short = _("Petition %(code)s is being read; we write to you.") % known
    for text in (long, short):
        if fits_confirmation(f"{text}\n{links[0][0]}: {own}"):
            return Say(text, links=links, secrets=(own,))
    return Say(f"{long} {_('Its page: write “my petition”.')}")
