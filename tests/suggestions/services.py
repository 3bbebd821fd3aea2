"""Write suggestions and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.contacts.service_caller import Call
from kesher.conversations.services.identity_linkage import write_to
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused
from tests.suggestions.models import Suggestion
from tests.suggestions.rules import may_answer


@transaction.atomic
def suggest(call: Call, *, text: str) -> Suggestion:
    """Store a resident's suggestion, and return it."""
    assert call.identity is not None
    row = Suggestion.objects.create(agency_id=call.identity.agency_id, identity=call.identity, text=text)
    audit("suggestions.suggest", by=call.actor(call.person()), subject=row)
    return row


@transaction.atomic
def answer_suggestion(suggestion: Suggestion, answer: str, *, staff: Staff) -> None:
    """Store the body's answer to a suggestion, and tell the resident. Raise Refused if it has one."""
    if not may_answer(suggestion):
        raise Refused(_("This suggestion is answered already."))
    suggestion.answer = answer
    suggestion.save()
    with translation.override(suggestion.identity.contact.language), suppress(Refused):  # no channel may reach them
        write_to(suggestion.identity, Say(answer, subject=_("Your suggestion")))
    audit("suggestions.answer", by=Actor("staff", staff.pk, "desk"), subject=suggestion)


@transaction.atomic
def erase_suggestions(ids: Sequence[int]) -> None:
    """Empty the suggestions of these contacts."""
    Suggestion.objects.filter(identity__contact__in=ids).update(text="…")
    audit("suggestions.erase", by=SYSTEM, people=len(ids))
