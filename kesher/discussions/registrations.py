"""What discussions contribute to other apps: the desk, and personal data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.cases.desk_panels import register as register_panel
from kesher.cases.desk_panels import register_link
from kesher.contacts.privacy_registry import Holding, register
from kesher.discussions import presenters, services
from kesher.discussions.models import Participant, Post, PostReport
from kesher.discussions.news import find_news
from kesher.following.feeds import OwnFeed, register_own


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    register_panel("questions", "discussions/_desk_overview.html", presenters.describe_overview, about="overview")
    register_panel("thread", "discussions/_desk_case.html", presenters.describe_case, about="case", order=10)
    register_own(OwnFeed("discussions", _("Community"), find_news))
    register_link(_("Moderation"), "discussions:queue", icon="shield", right="moderate", order=46)
    register_link(
        _("Insults and threats"),
        "discussions:watched_words",
        icon="list",
        right="moderate",
        order=60,
        place="admin",
        group="topics",
        purpose=_("Words for which a post is held before publication."),
    )
    register(
        Holding(
            "discussions",
            _("Discussions in which you take part"),
            ("discussions.participant",),
            lambda ids: Participant.objects.filter(identity__contact__in=ids),
            {"name": _("Name that others see"), "joined": _("When"), "left_at": _("Left"), "removed_at": _("Removed")},
            erase=services.erase_participants,
            keeps=_("That somebody took part, without who."),
            order=48,
        )
    )
    register(
        Holding(
            "posts",
            _("Posts that you wrote"),
            ("discussions.post", "discussions.postdecision"),
            lambda ids: Post.objects.filter(participant__identity__contact__in=ids),
            {"text": _("Words"), "state": _("State"), "created": _("When")},
            keeps=_("What you wrote in public, under “Former member”."),
            order=47,
        )
    )
    register(
        Holding(
            "post_reports",
            _("Posts that you reported"),
            ("discussions.postreport",),
            lambda ids: PostReport.objects.filter(identity__contact__in=ids),
            {"reason": _("Reason"), "created": _("When")},
            erase=services.erase_reports,
            keeps=_("That a post was reported, and why, without who did."),
            order=49,
        )
    )
