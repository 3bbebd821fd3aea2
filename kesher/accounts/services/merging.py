"""Two people turn out to be two after all: who signed in since is whose address it was."""

from __future__ import annotations

from kesher.accounts.models import SignIn
from kesher.contacts.models import Contact, Merge


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Hand each sign-in that was made while they were one person to the contact whose address was proved."""
    if not undone:
        return
    ids = [*kept.family_ids(), *absorbed.family_ids()]
    rows = SignIn.objects.filter(contact__in=ids, identity__contact__in=ids, started__gte=merge.decided_at)
    for row in rows.select_related("contact", "identity__contact"):
        if row.contact.root().pk != row.identity.contact.root().pk:
            SignIn.objects.filter(pk=row.pk).update(contact=row.identity.contact_id)
