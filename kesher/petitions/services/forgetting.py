"""Names and keys of those who signed are deleted when the body's time is over; the counts stay."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kesher.contacts.models import Contact, Proof
from kesher.core.audit import SYSTEM, audit
from kesher.core.ids import token
from kesher.core.scope import everywhere, scope
from kesher.petitions.models import Petition, Signature
from kesher.petitions.period import months_after, policy_of
from kesher.petitions.services.signing import SIGN, UNSIGN
from kesher.petitions.services.starting import START
from kesher.petitions.services.story import Verb, tell_story

BATCH = 500


def anonymise_old() -> int:
    """Petitions closed longer ago than the body keeps names; returns how many are done. A large one takes several
    turns: each row is its own work, and what is done is not done again."""
    with everywhere("petitions whose names have to go"):
        closed = Petition.objects.filter(closing="closed", closed_at__isnull=False, anonymised_at=None)
        rows = list(closed.select_related("action").order_by("closed_at")[:50])
    return sum(anonymise(petition) for petition in rows if is_due(petition))


def is_due(petition: Petition) -> bool:
    assert petition.closed_at is not None
    with scope(petition.agency_id):
        return months_after(petition.closed_at, policy_of(petition.agency_id).keep_months) <= timezone.now()


@transaction.atomic
def anonymise(petition: Petition) -> int:
    """The next rows of one petition, and the petition itself when none is left. Each row is given to an empty contact
    of its own and its key becomes noise, so that no row leads back to anybody; area, level and channel stay, so the
    counts do, too."""
    with scope(petition.agency_id):
        done = Q(contact__status=Contact.Status.ERASED, identity=None, name="")
        rows = list(Signature.objects.of(petition).exclude(done).order_by("id")[:BATCH])
        nobodies = Contact.objects.bulk_create(
            Contact(agency_id=petition.agency_id, status=Contact.Status.ERASED) for _row in rows
        )
        for row, nobody in zip(rows, nobodies, strict=True):
            row.contact, row.identity, row.name, row.show_name = nobody, None, "", False
            row.person_key = token(32).encode()[:32]
        fields = ["contact", "identity", "name", "show_name", "person_key"]
        Signature.objects.bulk_update(rows, fields, batch_size=BATCH)
        if len(rows) == BATCH:
            return 0
        Proof.objects.filter(subject=petition.code, purpose__in=[START, SIGN, UNSIGN]).delete()
        petition.author, petition.author_name, petition.author_key = None, "", token()
        petition.anonymised_at = timezone.now()
        petition.save(update_fields=["author", "author_name", "author_key", "anonymised_at", "changed"])
        tell_story(petition, Verb.ANONYMISED)
        audit("petitions.anonymise", by=SYSTEM, subject=petition)
        return 1
