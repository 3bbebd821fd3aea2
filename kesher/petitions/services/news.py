"""News for those who signed: only whoever agreed gets it, on the way that he used last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff, in_language
from kesher.contacts.models import Consent, Contact
from kesher.conversations.models import Broadcast, Route
from kesher.conversations.services import broadcast
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live import publish
from kesher.petitions.models import Petition, PetitionUpdate, Signature

PURPOSE = Consent.Purpose.INFORMATION


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an update would reach now: all signers, those who agreed, and those of them whom we can still write to."""

    signers: int
    agreed: int
    reachable: int


def reach(petition: Petition) -> Reach:
    """An estimate before sending; each person is checked again at the moment of sending."""
    mine = Q(identity__contact=OuterRef("pk")) | Q(identity__contact__merged_into=OuterRef("pk"))
    newest = Consent.objects.filter(mine, purpose=PURPOSE).order_by("-id").values("granted")[:1]
    ways = Route.objects.filter(conversation__contact=OuterRef("pk"), account__is_active=True, closed=False)
    people = signers(petition).filter(merged_into=None)
    agreed = people.annotate(word=Subquery(newest)).filter(word=True)
    return Reach(people.count(), agreed.count(), agreed.filter(Exists(ways)).count())


def signers(petition: Petition) -> QuerySet[Contact]:
    """Everybody whose signature counts."""
    return Contact.objects.filter(pk__in=Signature.objects.of(petition).counted().values("contact"))


@transaction.atomic
def publish_update(petition: Petition, texts: Mapping[str, str], *, staff: Staff) -> PetitionUpdate:
    """News on the petition's page and to its signers, with the purpose "information". Raises Refused."""
    words = {lang: text.strip() for lang, text in texts.items() if text.strip()}
    if not words:
        raise Refused(_("Write something first."))
    if not petition.is_published:
        raise Refused(_("Publish the petition first: nobody has seen it yet."))
    row = PetitionUpdate.objects.create(
        agency_id=petition.agency_id,
        petition=petition,
        texts=words,
        by=staff,
        broadcast=send_to_signers(petition, words, staff=staff),
    )
    audit("petitions.update", by=Actor("staff", staff.pk, "desk"), subject=petition, update=row.pk)
    publish(petition.action.stream)
    return row


def send_to_signers(petition: Petition, texts: Mapping[str, str], *, staff: Staff) -> Broadcast:
    """Queues words to the signers, each text with the petition's title above and its page below."""
    page = settings.KESHER_PUBLIC_URL.rstrip("/") + petition.get_absolute_url()
    titles = petition.titles
    full = {
        lang: f"{titles.get(lang) or in_language(titles, lang)}\n\n{words}\n\n{page}" for lang, words in texts.items()
    }
    people = signers(petition).select_related("merged_into").iterator(chunk_size=500)
    return broadcast(people, name=f"{petition.code} {petition.title}"[:120], texts=full, purpose=PURPOSE, staff=staff)
