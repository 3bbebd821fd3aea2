"""News for those who signed, and the body's answer.

News go to whoever agreed to get them (purpose "information"). The answer goes once to everybody whose signature counts:
it is what they asked for, as the form says before they sign (purpose "service"; "stop all" refuses it, too).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import BigIntegerField, Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff, in_language
from kesher.contacts.models import Consent, Contact
from kesher.conversations.models import Broadcast, Route
from kesher.conversations.services import broadcast
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live import publish
from kesher.language import LANGUAGES
from kesher.petitions.models import Petition, PetitionUpdate, Signature
from kesher.petitions.rules import may_tell
from kesher.petitions.services.events import EventKind, actor, tell_story
from kesher.petitions.services.milestones import answer_given
from kesher.petitions.services.notifications import tell_author
from kesher.petitions.services.transitions import QUEUE

NEWS, ANSWER = Consent.Purpose.INFORMATION, Consent.Purpose.SERVICE
Texts = Mapping[str, str]
State = PetitionUpdate.State


@dataclass(frozen=True)
class Reach:
    """Whom words would reach now: an estimate before sending; each person is checked again at the moment of sending.
    Each number is counted when it is asked for, since no page shows them all."""

    petition: Petition

    @cached_property
    def signers(self) -> int:
        return self.people().count()

    @cached_property
    def agreed(self) -> int:
        """Those whose last word about news was a yes."""
        return self.last_words().count()

    @cached_property
    def reachable(self) -> int:
        """Those of them to whom we can write."""
        return self.last_words().filter(can_write("person")).count()

    @cached_property
    def everybody(self) -> int:
        """All signers to whom we can write."""
        return self.people().filter(can_write("pk")).count()

    def people(self) -> QuerySet[Contact]:
        return signers(self.petition).filter(merged_into=None)

    def last_words(self) -> QuerySet[Consent]:
        """The newest line of each signer who agreed: grouped, so that a hundred thousand of them are read once."""
        person = Coalesce("identity__contact__merged_into", "identity__contact", output_field=BigIntegerField())
        said = Consent.objects.filter(purpose=NEWS).annotate(person=person)
        newest = said.filter(person__in=self.people().values("pk")).order_by().values("person")
        return said.filter(pk__in=newest.annotate(last=Max("pk")).values("last"), granted=True)


def can_write(person: str) -> Exists:
    """Is there an open way to the contact in this column?"""
    return Exists(Route.objects.filter(conversation__contact=OuterRef(person), account__is_active=True, closed=False))


def reach(petition: Petition) -> Reach:
    """Whom words to the signers would reach."""
    return Reach(petition)


def signers(petition: Petition) -> QuerySet[Contact]:
    """Everybody whose signature counts."""
    return Contact.objects.filter(pk__in=Signature.objects.of(petition).counted().values("contact"))


def tidy(texts: Texts) -> dict[str, str]:
    """The texts that say something. Raises Refused where none does."""
    words = {lang: text.strip() for lang, text in texts.items() if text.strip()}
    if not words:
        raise Refused(_("Write something first."))
    return words


@transaction.atomic
def publish_update(petition: Petition, texts: Texts, *, staff: Staff) -> PetitionUpdate:
    """The body's news on the petition's page and to its signers. Raises Refused."""
    words = tidy(texts)
    if not petition.is_published:
        raise Refused(_("Publish the petition first: nobody has seen it yet."))
    row = PetitionUpdate.objects.create(
        agency_id=petition.agency_id,
        petition=petition,
        texts=words,
        by=staff,
        broadcast=send_to_signers(petition, words, staff=staff),
    )
    tell_story(petition, EventKind.UPDATE, staff=staff, words=words, by="body", update=row.pk)
    audit("petitions.update", by=actor(staff), subject=petition, update=row.pk)
    publish(petition.action.stream)
    return row


@transaction.atomic
def propose_update(petition: Petition, text: str, *, language: str, by: Actor) -> PetitionUpdate:
    """The author's news: a moderator reads them before anybody else does. Raises Refused."""
    words = tidy({language: text})
    if not may_tell(petition):
        raise Refused(_("News can be written once the petition is published."))
    if petition.updates.filter(by_author=True, state=State.WAITING).exists():
        raise Refused(_("Your last news are still being read by us. Wait for these first."))
    row = PetitionUpdate.objects.create(
        agency_id=petition.agency_id, petition=petition, texts=words, by_author=True, state=State.WAITING
    )
    audit("petitions.propose_update", by=by, subject=petition, update=row.pk)
    publish(QUEUE)
    return row


@transaction.atomic
def decide_update(row: PetitionUpdate, *, staff: Staff, allow: bool, note: str = "") -> None:
    """A moderator publishes the author's news, or refuses them with a reason that he is told. Raises Refused."""
    if not allow and not note.strip():
        raise Refused(_("Say why it is not published."))
    state = State.PUBLISHED if allow else State.REFUSED
    changes = {"state": state, "by": staff, "note": note.strip()[:300], "at": timezone.now()}
    if not PetitionUpdate.objects.filter(pk=row.pk, state=State.WAITING).update(**changes):
        raise Refused(_("Somebody else decided this a moment ago."))
    petition = row.petition
    if allow:
        row.broadcast = send_to_signers(petition, row.texts, staff=staff)
        row.save(update_fields=["broadcast"])
        tell_story(petition, EventKind.UPDATE, staff=staff, words=row.texts, by="author", update=row.pk)
        tell_author(petition, "update_published")
    else:
        tell_author(petition, "update_refused", note=note.strip()[:300])
    audit("petitions.decide_update", by=actor(staff), subject=petition, update=row.pk, allowed=allow)
    publish(petition.action.stream, QUEUE)


@transaction.atomic
def publish_response(petition: Petition, texts: Texts, *, staff: Staff, tell: bool = False) -> Petition:
    """The body's answer, shown on the page; ``tell`` sends it to everybody who signed. The author is told in any case,
    when it is the first. Raises Refused."""
    words = tidy(texts)
    if not petition.is_published:
        raise Refused(_("Only a published petition can be answered."))
    first, sent = petition.response != Petition.Response.GIVEN, answer_sent(petition)
    petition.responses = words
    petition.response, petition.answered_at = Petition.Response.GIVEN, timezone.now()
    petition.save(update_fields=["responses", "response", "answered_at", "changed"])
    answer_given(petition)
    tell_story(petition, EventKind.RESPONSE, staff=staff, words=words, again=not first, told=tell)
    audit("petitions.respond", by=actor(staff), subject=petition, told=tell)
    publish(petition.action.stream)
    if tell:
        send_to_signers(petition, words, staff=staff, purpose=ANSWER, head=answer_head(petition, again=sent))
    if first and not (tell and is_signer(petition)):
        tell_author(petition, "response")
    return petition


def is_signer(petition: Petition) -> bool:
    """Has its author signed it himself? Then what goes to the signers goes to him."""
    rows = Signature.objects.of(petition).counted()
    return petition.author is not None and rows.filter(contact__in=petition.author.family_ids()).exists()


def answer_sent(petition: Petition) -> bool:
    """Did an answer go to the signers already? Whoever corrects a comma must not write to all of them again."""
    rows = petition.events.filter(verb=EventKind.RESPONSE).values_list("data", flat=True)
    return any(data.get("told", True) for data in rows)  # older lines do not say: then it is not risked


def answer_head(petition: Petition, *, again: bool = False) -> dict[str, str]:
    """What stands above an answer that is sent: whose it is, in each language; ``again``: a correction of it."""
    found = {}
    for lang in LANGUAGES:
        with translation.override(lang):
            first = _("The answer of %(name)s to the petition that you signed")
            words = _("The corrected answer of %(name)s to the petition that you signed") if again else first
            found[lang] = words % {"name": in_language(petition.agency.names, lang)}
    return found


def send_to_signers(
    petition: Petition, texts: Texts, *, staff: Staff, purpose: str = NEWS, head: Texts | None = None
) -> Broadcast:
    """Queues words to the signers, each text with the petition's title above and its page below. Whoever wishes to hear
    no news of petitions still gets the answer: it is what he signed for, so it is of no topic."""
    page = absolute(petition.get_absolute_url())
    titles = petition.titles
    full = {
        lang: "\n\n".join(
            part
            for part in ((head or {}).get(lang, ""), titles.get(lang) or in_language(titles, lang), words, page)
            if part
        )
        for lang, words in texts.items()
    }
    people = signers(petition).select_related("merged_into").iterator(chunk_size=500)
    name = f"{petition.code} {petition.title}"[:120]
    topic = "" if purpose == ANSWER else "petitions"
    return broadcast(people, name=name, texts=full, purpose=purpose, topic=topic, staff=staff)
