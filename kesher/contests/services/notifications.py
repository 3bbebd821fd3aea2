"""What whoever proposed a word hears of its review, once, where he reads: that it is published, or why it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.contacts.models import Consent, Contact
from kesher.contests.models import Proposal, ProposalCredit
from kesher.contests.rules import REASONS
from kesher.conversations.models import Broadcast
from kesher.conversations.services import broadcast
from kesher.language import LANGUAGES


def tell_published(word: Proposal, credits: Iterable[ProposalCredit], *, staff: Staff | None) -> Broadcast | None:
    """These people's proposal is on the list now, as this word."""

    def words() -> str:
        said = _("“%(text)s”, which you proposed in “%(title)s”, is published.") % message_values(word)
        return f"{said}\n{absolute(word.get_absolute_url())}"

    return send_to_proposers(word, credits, words, staff)


def tell_rejected(word: Proposal, credits: Iterable[ProposalCredit], *, staff: Staff | None) -> Broadcast | None:
    """These people's proposal is not published; the reason is one that stands in the contest's rules."""

    def words() -> str:
        said = _("“%(text)s”, which you proposed in “%(title)s”, is not published: %(reason)s.") % message_values(word)
        return f"{said}\n{absolute(word.contest.get_absolute_url())}"

    return send_to_proposers(word, credits, words, staff)


def message_values(word: Proposal) -> dict[str, str]:
    return {"text": word.text, "title": word.contest.title, "reason": str(REASONS.get(word.reason, ""))}


def send_to_proposers(
    word: Proposal, credits: Iterable[ProposalCredit], make: Callable[[], str], staff: Staff | None
) -> Broadcast | None:
    """Queues it for the worker, one row a person: a popular word was proposed by hundreds. None where there is nobody
    to tell: it is the staff's own, everybody was erased, or no address has answered."""
    people = [credit.contact.root() for credit in credits if is_known(credit)]
    living = [contact for contact in people if contact.status != Contact.Status.ERASED]
    if not living:
        return None
    texts = {}
    for lang in LANGUAGES:
        with translation.override(lang):
            texts[lang] = make()
    name = f"{word.contest.code} {word.number}"
    return broadcast(living, name=name, texts=texts, purpose=Consent.Purpose.SERVICE, staff=staff)


def is_known(credit: ProposalCredit) -> bool:
    """Is it surely his? Through the API an address is only typed, perhaps by somebody else, until its code comes back;
    a browser or a conversation gets no more than it sent."""
    return credit.level > 0 or credit.channel != "api"
