"""What contacts contribute to other apps: their own rows, as personal data to export and to erase."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.models import Consent, Contact, Erasure, Identity
from kesher.contacts.privacy_registry import Holding, register
from kesher.contacts.services import erasure


def register_all() -> None:
    """Register the contacts' own rows as personal data to export and erase, once the apps are ready.

    It is erased last: other apps find the person by these rows.
    """
    register(
        Holding(
            "person",
            _("About you"),
            ("contacts.contact", "contacts.merge", "contacts.mergeevent"),
            lambda ids: Contact.objects.filter(pk__in=ids),
            {"name": _("Name"), "language": _("Language"), "prefs": _("Preferences"), "created": _("Since")},
            erase=erasure.empty_contacts,
            keeps=_("An empty line with a number, so that counts and the history of decisions stay whole."),
            order=1,
        )
    )
    register(
        Holding(
            "addresses",
            _("Your addresses"),
            ("contacts.identity", "contacts.proof", "contacts.unprovedaddress"),
            lambda ids: Identity.objects.filter(contact__in=ids),
            {"scheme": _("Kind"), "address": _("Address"), "assurance": _("Level"), "verified_at": _("Proved")},
            erase=erasure.empty_identities,
            order=2,
        )
    )
    register(
        Holding(
            "consents",
            _("What you agreed to"),
            ("contacts.consent",),
            lambda ids: Consent.objects.filter(identity__contact__in=ids),
            {"purpose": _("Purpose"), "granted": _("Agreed"), "source": _("Where"), "at": _("When")},
            keeps=_("That somebody agreed or refused, without who: the law asks us to show why we wrote."),
            order=90,
        )
    )
    register(
        Holding(
            "erasures",
            _("Your wishes to be erased"),
            ("contacts.erasure",),
            lambda ids: Erasure.objects.filter(contact__in=ids),
            {"state": _("State"), "asked_at": _("Asked"), "due_at": _("Due"), "done_at": _("Done")},
            keeps=_("That and when it was done."),
            order=95,
        )
    )
