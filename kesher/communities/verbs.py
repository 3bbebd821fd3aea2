"""What citizens do with communities: join, write, and leave."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.communities import presenters, services
from kesher.communities.forms import JoinForm, LeaveForm, PostForm
from kesher.communities.models import Community
from kesher.discussions.presenters import post_receipt
from kesher.verbs.declaration import Verb, register


def find_community(code: str) -> Community | None:
    """Return the community with these digits that is not archived; None for none."""
    return Community.objects.active().select_related("discussion__agency").filter(code=code).first()


JOIN = Verb(
    name="communities.join",
    title=_("Join a community"),
    intents={
        "he": ("להצטרף לקהילה", "הצטרפות לקהילה", "להצטרף לקבוצה"),
        "ar": ("الانضمام إلى مجتمع", "الانضمام إلى مجموعة", "انضمام"),
        "ru": ("вступить в сообщество", "вступить в группу", "вступить"),
        "en": ("join a community", "join the community", "join"),
    },
    form=JoinForm,
    subject=find_community,
    needs_subject=True,
    name_subject=str,
    number_rank=80,
    execute=services.join_community,
    receipt=presenters.join_receipt,
    icon="users",
)
POST = Verb(
    name="communities.post",
    title=_("Write to a community"),
    intents={
        "he": ("לכתוב לקהילה", "לפרסם בקהילה"),
        "ar": ("الكتابة إلى المجتمع", "النشر في المجتمع"),
        "ru": ("написать в сообщество", "опубликовать в сообществе"),
        "en": ("post to the community", "write to the community", "post"),
    },
    form=PostForm,
    subject=find_community,
    needs_subject=True,
    name_subject=str,
    number_rank=90,
    execute=services.post_to_community,
    receipt=post_receipt,
    changes_own=True,
    table_row="post",
    icon="megaphone",
)
LEAVE = Verb(
    name="communities.leave",
    title=_("Leave a community"),
    intents={
        "he": ("לעזוב את הקהילה", "לצאת מהקהילה"),
        "ar": ("مغادرة المجتمع", "الخروج من المجتمع"),
        "ru": ("выйти из сообщества", "покинуть сообщество"),
        "en": ("leave the community", "leave a community"),
    },
    form=LeaveForm,
    subject=find_community,
    needs_subject=True,
    name_subject=str,
    number_rank=95,
    execute=services.leave_community,
    receipt=presenters.leave_receipt,
    changes_own=True,
    icon="log-out",
)
register(JOIN, POST, LEAVE)
