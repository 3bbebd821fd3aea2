"""Delete the names of a petition's author and signers: when they ask, or the retention time is over; counts stay."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from kesher.contacts.models import Contact, Proof
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.ids import token
from kesher.core.files.attachments import forget_attachments
from kesher.petitions.models import Petition, PetitionEvent, Policy, Signature
from kesher.petitions.policy_deadlines import months_after
from kesher.petitions.services.drafts import START
from kesher.petitions.services.events import EventKind, append_event
from kesher.petitions.services.signatures import SIGN, UNSIGN

BATCH = 500
TURN = 20  # batches of one petition in one turn
AT_ONCE = 50  # petitions in one turn
# A petition that was never published ends with one of these events.
OVER = (Petition.Moderation.REJECTED, Petition.Moderation.LAPSED)
ENDS = (EventKind.REJECTED, EventKind.TAKEN_DOWN, EventKind.LAPSED)


def anonymise_old() -> int:
    """Anonymise petitions that ended longer ago than the agency keeps names; return how many are done.

    A large one takes several turns: each batch is committed, and is not done again.
    """
    with everywhere("petitions whose names have to go"):
        rows = list(Petition.objects.filter(pk__in=list_due_petitions()[:AT_ONCE]).select_related("action"))
    done = 0
    for petition in rows:
        if not anonymise(petition):
            break  # the others wait for the next turn
        done += 1
    return done


def list_due_petitions() -> list[int]:
    """Return the ids of petitions whose names have to be deleted, those that ended first before the others.

    One that was refused or lapsed ended with that event. Each body keeps names as long as its policy says.
    """
    story = PetitionEvent.objects.filter(petition=OuterRef("pk"), verb__in=ENDS).order_by("-at").values("at")[:1]
    over = Q(closing=Petition.Closing.CLOSED, closed_at__isnull=False) | Q(moderation__in=OVER)
    when = Coalesce("closed_at", Subquery(story), "changed")
    ended = Petition.objects.filter(over, anonymised_at=None).annotate(ended=when)
    months = dict(Policy.objects.values_list("agency_id", "keep_months"))
    usual, now = Policy().keep_months, timezone.now()
    known = ended.order_by("ended", "pk").values_list("pk", "agency_id", "ended")
    return [pk for pk, agency_id, at in known if months_after(at, months.get(agency_id, usual)) <= now]


def anonymise(petition: Petition) -> bool:
    """Anonymise the next signatures of a petition; return whether all are done."""
    last = 0
    for _batch in range(TURN):
        reached = anonymise_rows(petition, last)
        if reached is None:
            return True
        last = reached
    return False


@transaction.atomic
def anonymise_rows(petition: Petition, after: int) -> int | None:
    """Anonymise one batch of signatures with ids above ``after``; return its last id, or None if none is left.

    Each row gets an empty contact of its own and a random key, so that it leads back to nobody; area, level and channel
    stay, and so do the counts.
    """
    with scope(petition.agency_id):
        done = Q(contact__status=Contact.Status.ERASED, identity=None, name="")
        rows = list(Signature.objects.of(petition).filter(pk__gt=after).exclude(done).order_by("id")[:BATCH])
        nobodies = Contact.objects.bulk_create(
            Contact(agency_id=petition.agency_id, status=Contact.Status.ERASED) for _row in rows
        )
        for row, nobody in zip(rows, nobodies, strict=True):
            row.contact, row.identity, row.name, row.show_name = nobody, None, "", False
            row.person_key = token(32).encode()[:32]
        fields = ["contact", "identity", "name", "show_name", "person_key"]
        Signature.objects.bulk_update(rows, fields, batch_size=BATCH)
        if len(rows) == BATCH:
            return rows[-1].pk
        Proof.objects.filter(subject=petition.code, purpose__in=[START, SIGN, UNSIGN]).delete()
        petition.author, petition.author_name, petition.author_key = None, "", token()
        petition.anonymised_at = timezone.now()
        petition.save(update_fields=["author", "author_name", "author_key", "anonymised_at", "changed"])
        append_event(petition, EventKind.ANONYMISED)
        audit("petitions.anonymise", by=SYSTEM, subject=petition)
        return None


@transaction.atomic
def erase_author(ids: Sequence[int]) -> None:
    """Erase these contacts as authors: name and key, and the texts and picture of petitions that are not public."""
    for petition in Petition.objects.filter(author__in=ids).select_related("picture"):
        petition.author_name, petition.author_key, petition.asked = "", token(), ""
        if not petition.is_published:
            if petition.picture is not None:
                forget_attachments([petition.picture])
            petition.titles = petition.demands = {petition.language: "…"}
            petition.hidden = True
            petition.backgrounds, petition.picture = {}, None
            petition.keys.all().delete()
        petition.save()
    audit("petitions.erase_author", by=SYSTEM, people=len(ids))
