"""Links that are somebody's own: whoever got one may change his pledge, or lead his purchase, without a code."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from kesher.participation.models import Participation
from kesher.purchases.models import Purchase

OWN_SALT, ORGANISER_SALT = "kesher.purchases.own", "kesher.purchases.organiser"


def own_path(row: Participation) -> str:
    """The page of one's own pledge (or interest). Unguessable, and told to nobody else."""
    return reverse("purchases:mine", args=[signing.dumps(row.pk, salt=OWN_SALT)])


def own_row(key: str) -> Participation | None:
    """Whose page this is. None for a link that we did not make."""
    try:
        pk = signing.loads(key, salt=OWN_SALT)
    except signing.BadSignature:
        return None
    rows = Participation.objects.select_related("action", "identity", "contact__merged_into")
    return rows.filter(pk=pk, action__kind__in=("purchase", "pledge")).first()


def organiser_path(purchase: Purchase) -> str:
    return reverse("purchases:organise", args=[signing.dumps(purchase.pk, salt=ORGANISER_SALT)])


def organised(key: str) -> Purchase | None:
    """The purchase that this organiser's link is for."""
    try:
        pk = signing.loads(key, salt=ORGANISER_SALT)
    except signing.BadSignature:
        return None
    return Purchase.objects.with_page().filter(pk=pk).first()


def full(path: str) -> str:
    return settings.KESHER_PUBLIC_URL.rstrip("/") + path
