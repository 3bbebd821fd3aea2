"""What following contributes to other apps: a person's own page, merges, personal data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.accounts import my_page
from kesher.accounts.my_page import MyPageSection
from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks
from kesher.following import presenters, services
from kesher.following.models import Digest, Following


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    hooks.contacts_merged.register(services.on_merge)
    my_page.register(
        MyPageSection(
            "following",
            _("What concerns me"),
            "bell",
            presenters.list_own_concerns,
            empty=_("Choose topics and your street, and you see here what is new about them."),
            more=("following:follow", _("Choose what I follow")),
            news=_("Digests of what I follow"),
            order=12,
        )
    )
    register(
        Holding(
            "following",
            _("What you follow"),
            ("following.following",),
            lambda ids: Following.objects.filter(contact__in=ids),
            {
                "topics": _("Topics"),
                "places": _("Streets and areas"),
                "languages": _("Languages"),
                "frequency": _("How often"),
                "created": _("When"),
            },
            erase=services.erase_followings,
            order=46,
        )
    )
    register(
        Holding(
            "digests",
            _("Digests of what you follow"),
            ("following.digest",),
            lambda ids: Digest.objects.filter(contact__in=ids),
            {"period": _("When"), "items": _("How many things"), "broadcast__texts": _("Words")},
            erase=services.erase_digests,
            keeps=_("That a digest was sent, without its words."),
            order=47,
        )
    )
