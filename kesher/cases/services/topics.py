"""Save and delete the topics of cases."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.cases.models import Topic
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.ids import unused_slug
from kesher.core.errors import Refused


@transaction.atomic
def save_topic(topic: Topic | None, *, staff: Staff, **fields: Any) -> Topic:
    """Save a topic for cases and return it; None creates one, with a code made from its English name.

    ``fields`` are those of `Topic`; ``order`` None puts it last. Open cases keep their due times.
    """
    taken = set(Topic.objects.values_list("code", flat=True))
    code = unused_slug(fields["names"].get("en", ""), taken, default="topic")
    saved = topic or Topic(agency_id=current_agency_id(), code=code)
    if fields["order"] is None:
        fields["order"] = (Topic.objects.aggregate(last=Max("order"))["last"] or 0) + 1
    for name, value in fields.items():
        setattr(saved, name, value)
    saved.save()
    audit("cases.save_topic", by=Actor("staff", staff.pk, "desk"), subject=saved, code=saved.code)
    return saved


@transaction.atomic
def remove_topic(topic: Topic, *, staff: Staff) -> None:
    """Delete a topic. Raise Refused if a case or a canned response has it."""
    audit("cases.remove_topic", by=Actor("staff", staff.pk, "desk"), subject=topic, code=topic.code)
    try:
        with transaction.atomic():
            topic.delete()
    except ProtectedError as error:
        raise Refused(_("There are requests about this. Take it out of use instead; they keep it.")) from error
