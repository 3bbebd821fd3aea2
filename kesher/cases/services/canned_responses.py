"""Save and delete canned responses."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.cases.models import ReadyAnswer, Topic
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish


@transaction.atomic
def save_canned_response(
    row: ReadyAnswer | None, *, name: str, texts: Mapping[str, str], topic: Topic | None, staff: Staff
) -> ReadyAnswer:
    """Create (``row`` None) or change a canned response and return it. Raise Refused if the name is taken."""
    made = row or ReadyAnswer(agency_id=current_agency_id())
    made.name, made.topic = " ".join(name.split()), topic
    made.texts = {lang: text.strip() for lang, text in texts.items() if text.strip()}
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Refused(_("There is an answer of this name already. Choose another name.")) from error
    audit("cases.keep_ready", by=Actor("staff", staff.pk, "desk"), subject=made)
    publish("cases")
    return made


@transaction.atomic
def delete_canned_response(row: ReadyAnswer, *, staff: Staff) -> None:
    """Delete a canned response. Messages sent with it stay."""
    audit("cases.put_away_ready", by=Actor("staff", staff.pk, "desk"), subject=row, name=row.name)
    row.delete()
    publish("cases")
