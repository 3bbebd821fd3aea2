"""Message everybody who proposed a word when it is published or rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.contacts.models import Consent, Contact
from kesher.contests.models import Proposal, ProposalCredit
from kesher.contests.rules import REASONS
from kesher.conversations.models import Broadcast
from kesher.conversations.services import broadcast
from kesher.initiatives.services import in_all_languages


def tell_published(word: Proposal, credits: Iterable[ProposalCredit], *, staff: Staff | None) -> Broadcast | None:
    """Message the credited people that their proposal is published, in the spelling of ``word``."""

    def words() -> str:
        """Return the text of the message in the active language."""
        said = _("“%(text)s”, which you proposed in “%(title)s”, is published.") % message_values(word)
        return f"{said}\n{absolute(word.get_absolute_url())}"

    return send_to_proposers(word, credits, words, staff)


def tell_rejected(word: Proposal, credits: Iterable[ProposalCredit], *, staff: Staff | None) -> Broadcast | None:
    """Message the credited people that their proposal is rejected, with the reason."""

    def words() -> str:
        """Return the text of the message in the active language."""
        said = _("“%(text)s”, which you proposed in “%(title)s”, is not published: %(reason)s.") % message_values(word)
        return f"{said}\n{word.contest.page_url}"

    return send_to_proposers(word, credits, words, staff)


def message_values(word: Proposal) -> dict[str, str]:
    """Return the values of a proposal that messages to its proposers name: text, title, reason."""
    return {"text": word.text, "title": word.contest.title, "reason": str(REASONS.get(word.reason, ""))}


def send_to_proposers(
    word: Proposal, credits: Iterable[ProposalCredit], make: Callable[[], str], staff: Staff | None
) -> Broadcast | None:
    """Queue a message to the credited people, one row each; return the broadcast, None for nobody.

    Return None where it goes to nobody: the proposal is the staff's own, everybody was erased, or no address is proved.
    """
    people = [credit.contact.root() for credit in credits if is_surely_theirs(credit)]
    living = [contact for contact in people if contact.status != Contact.Status.ERASED]
    if not living:
        return None
    name, texts = f"{word.contest.code} {word.number}", in_all_languages(make)
    return broadcast(living, name=name, texts=texts, purpose=Consent.Purpose.SERVICE, staff=staff)


def is_surely_theirs(credit: ProposalCredit) -> bool:
    """Return whether the credited person surely made the proposal, by the proof of their address.

    In the API an address is only typed, perhaps by another person, until its code comes back. A browser or a
    conversation gets no more than it sent.
    """
    return credit.level > 0 or credit.channel != "api"
