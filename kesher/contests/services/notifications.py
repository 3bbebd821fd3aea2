"""Message everybody who proposed a word when it is published or rejected."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.contacts.models import Consent, Contact
from kesher.contests.models import Proposal, ProposalCredit
from kesher.contests.rules import REASONS
from kesher.conversations.models import Broadcast
from kesher.conversations.services import broadcast
from kesher.initiatives.services import in_all_languages


def tell_reviewed(word: Proposal, credits: Iterable[ProposalCredit], *, staff: Staff | None) -> Broadcast | None:
    """Queue a message to the credited people, one row each, that their proposal is published, or rejected and why.

    It is published in the spelling of ``word``. Return None where it goes to nobody: the proposal is the staff's own,
    everybody was erased, or no address is proved.
    """
    people = [credit.contact.root() for credit in credits if is_surely_theirs(credit)]
    living = [contact for contact in people if contact.status != Contact.Status.ERASED]
    if not living:
        return None

    def make() -> str:
        """Return the text of the message in the active language."""
        known = {"text": word.text, "title": word.contest.title, "reason": str(REASONS.get(word.reason, ""))}
        if word.state == Proposal.State.REJECTED:
            said = _("“%(text)s”, which you proposed in “%(title)s”, is not published: %(reason)s.") % known
            return f"{said}\n{word.contest.page_url}"
        said = _("“%(text)s”, which you proposed in “%(title)s”, is published.") % known
        return f"{said}\n{absolute(word.get_absolute_url())}"

    name, texts = f"{word.contest.code} {word.number}", in_all_languages(make)
    return broadcast(living, name=name, texts=texts, purpose=Consent.Purpose.SERVICE, staff=staff)


def is_surely_theirs(credit: ProposalCredit) -> bool:
    """Return whether the credited person surely made the proposal, by the proof of their address.

    In the API an address is only typed, perhaps by another person, until its code comes back. A browser or a
    conversation gets no more than it sent.
    """
    return credit.level > 0 or credit.channel != "api"
