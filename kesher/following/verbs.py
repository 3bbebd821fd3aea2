"""What citizens do: follow topics and places, and end it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.following import presenters, services
from kesher.following.forms import FollowForm, FollowStepForm, UnfollowForm
from kesher.verbs.declaration import Verb, register
from kesher.verbs.door_forms import conversation_form

FOLLOW = Verb(
    name="following.follow",
    title=_("Follow what concerns me"),
    intents={
        "he": ("לעקוב", "לעקוב אחרי נושא", "לעקוב אחרי הרחוב שלי", "להירשם לעדכונים", "עדכונים על הרחוב שלי"),
        "ar": ("متابعة", "أريد متابعة", "متابعة موضوع", "متابعة شارعي", "الاشتراك في التحديثات"),
        "ru": ("следить", "следить за темой", "следить за моей улицей", "подписаться на новости"),
        "en": ("follow", "follow a topic", "follow my street", "subscribe to updates"),
    },
    form=FollowForm,
    conversation_form=conversation_form(FollowStepForm, address=True),
    execute=services.follow,
    receipt=presenters.follow_receipt,
    table_row="follow what concerns me",
    icon="bell",
)
UNFOLLOW = Verb(
    name="following.unfollow",
    title=_("Stop following"),
    intents={
        "he": ("להפסיק לעקוב", "הפסקת מעקב", "ביטול מעקב"),
        "ar": ("إيقاف المتابعة", "إلغاء المتابعة"),
        "ru": ("перестать следить", "больше не следить"),
        "en": ("stop following", "unfollow"),
    },
    form=UnfollowForm,
    execute=services.unfollow,
    receipt=presenters.unfollow_receipt,
    icon="ban",
)
register(FOLLOW, UNFOLLOW)
