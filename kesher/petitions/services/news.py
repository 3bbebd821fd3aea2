"""Send news about a petition to its signers, and publish the public body's answer.

News go to people who agreed to get them (purpose "information"). The answer goes once to everybody whose signature
counts: it is what they asked for, as the form says before they sign (purpose "service"; "stop all" refuses it, too).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import BigIntegerField, Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff, in_language
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Consent, Contact
from kesher.conversations.models import Broadcast, Route
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.initiatives.services import in_all_languages, nonempty_texts, send_news, settle_news
from kesher.petitions.models import Petition, PetitionUpdate, Signature
from kesher.petitions.rules import may_write_news
from kesher.petitions.services.events import EventKind, append_event, tell_author
from kesher.petitions.services.milestones import mark_answers_done
from kesher.petitions.services.transitions import QUEUE

NEWS, ANSWER = Consent.Purpose.INFORMATION, Consent.Purpose.SERVICE
Texts = Mapping[str, str]
State = PetitionUpdate.State


@dataclass(frozen=True)
class Reach:
    """How many people a message to the signers would reach now, as an estimate before sending.

    Each person is checked again when it is sent. Each number is counted when it is asked for: no page shows them all.
    """

    petition: Petition

    @cached_property
    def signers(self) -> int:
        """Return the number of people whose signature under the petition counts."""
        return self.people().count()

    @cached_property
    def agreed(self) -> int:
        """Return the number of the petition's signers who agreed to get news."""
        return self.last_words().count()

    @cached_property
    def reachable(self) -> int:
        """Return the number of signers who agreed to get news and whom we can write to."""
        return self.last_words().filter(can_write("person")).count()

    @cached_property
    def everybody(self) -> int:
        """Return the number of the petition's signers whom we can write to, whatever they agreed to."""
        return self.people().filter(can_write("pk")).count()

    def people(self) -> QuerySet[Contact]:
        """Return a queryset of the people whose signature under the petition counts, each once."""
        return signers(self.petition).filter(merged_into=None)

    def last_words(self) -> QuerySet[Consent]:
        """Return the newest consent to news of each signer whose last word was yes."""
        person = Coalesce("identity__contact__merged_into", "identity__contact", output_field=BigIntegerField())
        said = Consent.objects.filter(purpose=NEWS).annotate(person=person)
        newest = said.filter(person__in=self.people().values("pk")).order_by().values("person")
        return said.filter(pk__in=newest.annotate(last=Max("pk")).values("last"), granted=True)


def can_write(person: str) -> Exists:
    """Return the condition that the contact in this column has an open route to write to."""
    return Exists(Route.objects.filter(conversation__contact=OuterRef(person), account__is_active=True, closed=False))


def reach(petition: Petition) -> Reach:
    """Return the estimate of how many people a message to the petition's signers would reach."""
    return Reach(petition)


def signers(petition: Petition) -> QuerySet[Contact]:
    """Return a queryset of the people whose signature under this petition counts."""
    return Contact.objects.filter(pk__in=Signature.objects.of(petition).counted().values("contact"))


@transaction.atomic
def publish_update(petition: Petition, texts: Texts, *, staff: Staff) -> PetitionUpdate:
    """Publish the body's news on a petition's page, and send it to the signers. Raise Refused."""
    words = nonempty_texts(texts)
    if not petition.is_published:
        raise Refused(_("Publish the petition first: nobody has seen it yet."))
    row = PetitionUpdate.objects.create(
        agency_id=petition.agency_id,
        petition=petition,
        texts=words,
        by=staff,
        broadcast=send_to_signers(petition, words, staff=staff),
    )
    append_event(petition, EventKind.UPDATE, staff=staff, words=words, by="body", update=row.pk)
    audit("petitions.update", by=staff_actor(staff), subject=petition, update=row.pk)
    publish(petition.action.stream)
    return row


@transaction.atomic
def propose_update(petition: Petition, text: str, *, language: str, by: Actor) -> PetitionUpdate:
    """Store the author's news, which a moderator must read before signers get it. Raise Refused."""
    words = nonempty_texts({language: text})
    if not may_write_news(petition):
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
    """Publish the news that a petition's author proposed, or refuse it with a reason. Raise Refused."""
    note = settle_news(row, staff=staff, allow=allow, note=note, at=timezone.now())
    petition = row.petition
    if allow:
        row.broadcast = send_to_signers(petition, row.texts, staff=staff)
        row.save(update_fields=["broadcast"])
        append_event(petition, EventKind.UPDATE, staff=staff, words=row.texts, by="author", update=row.pk)
        tell_author(petition, "update_published")
    else:
        tell_author(petition, "update_refused", note=note)
    audit("petitions.decide_update", by=staff_actor(staff), subject=petition, update=row.pk, allowed=allow)
    publish(petition.action.stream, QUEUE)


@transaction.atomic
def publish_response(petition: Petition, texts: Texts, *, staff: Staff, tell: bool = False) -> Petition:
    """Publish the body's answer on the petition's page; ``tell``: send it to all who signed. Raise Refused.

    The author gets the first answer in any case.
    """
    words = nonempty_texts(texts)
    if not petition.is_published:
        raise Refused(_("Only a published petition can be answered."))
    first, sent = petition.response != Petition.Response.GIVEN, is_answer_sent(petition)
    petition.responses = words
    petition.response, petition.answered_at = Petition.Response.GIVEN, timezone.now()
    petition.save(update_fields=["responses", "response", "answered_at", "changed"])
    mark_answers_done(petition)
    append_event(petition, EventKind.RESPONSE, staff=staff, words=words, again=not first, told=tell)
    audit("petitions.respond", by=staff_actor(staff), subject=petition, told=tell)
    publish(petition.action.stream)
    if tell:
        send_to_signers(petition, words, staff=staff, purpose=ANSWER, above=answer_heading(petition, again=sent))
    if first and not (tell and is_signer(petition)):
        tell_author(petition, "response")
    return petition


def is_signer(petition: Petition) -> bool:
    """Return whether the petition's author signed it, too: then they get what goes to the signers."""
    rows = Signature.objects.of(petition).counted()
    return petition.author is not None and rows.filter(contact__in=petition.author.family_ids()).exists()


def is_answer_sent(petition: Petition) -> bool:
    """Return whether an answer was already sent to the petition's signers.

    Then a small correction need not go to them.
    """
    rows = petition.events.filter(verb=EventKind.RESPONSE).values_list("data", flat=True)
    return any(data.get("told", True) for data in rows)  # older events do not say: assume that it was sent


def answer_heading(petition: Petition, *, again: bool = False) -> dict[str, str]:
    """Return {language: line above an answer that is sent}; ``again``: it is a correction."""

    def heading() -> str:
        """Return the line in the active language."""
        first = _("The answer of %(name)s to the petition that you signed")
        words = _("The corrected answer of %(name)s to the petition that you signed") if again else first
        return words % {"name": in_language(petition.agency.names)}

    return in_all_languages(heading)


def send_to_signers(
    petition: Petition, texts: Texts, *, staff: Staff, purpose: str = NEWS, above: Texts | None = None
) -> Broadcast:
    """Queue a message to the petition's signers; return the broadcast.

    The answer has no topic: people who want no news of petitions still get it, because they signed for it.
    """
    people = signers(petition).select_related("merged_into").iterator(chunk_size=500)
    name, topic = f"{petition.code} {petition.title}", "" if purpose == ANSWER else "petitions"
    return send_news(petition, people, texts, name=name, purpose=purpose, topic=topic, above=above, staff=staff)
