"""Writing a petition, publishing it, closing it and answering it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.contacts.models import Contact
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused
from kesher.core.live import publish
from kesher.core.models import Attachment
from kesher.core.scope import current_agency_id, everywhere, scope
from kesher.participation.models import Action
from kesher.participation.services import create_action
from kesher.petitions.models import TITLE_MAX, Petition
from kesher.petitions.services.news import send_to_signers
from kesher.petitions.states import step

Moderation, Closing, Response = Petition.Moderation, Petition.Closing, Petition.Response
Texts = Mapping[str, str]


def actor(staff: Staff | None) -> Actor:
    return Actor("staff", staff.pk, "desk") if staff else SYSTEM


@transaction.atomic
def create_petition(
    *,
    titles: Texts,
    demands: Texts,
    backgrounds: Texts | None = None,
    goals: Texts | None = None,
    language: str = "he",
    threshold: int = 1000,
    author: Contact | None = None,
    picture: Attachment | None = None,
    picture_alt: str | None = None,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    code: str = "",
    published: bool = False,
    staff: Staff | None = None,
) -> Petition:
    """A new petition with a short code of its own (or ``code``); a draft unless ``published``. Texts are
    {language: words} and must have the author's language. Raises Refused, IntegrityError for a code that is taken."""
    check_texts(language, titles, demands)
    petition = Petition(
        action=create_action(current_agency_id(), "petition", code),
        titles=dict(titles),
        demands=dict(demands),
        backgrounds=dict(backgrounds or {}),
        goals=dict(goals or {}),
        language=language,
        threshold=threshold,
        author=author,
        picture=shown_to_all(picture, picture_alt),
        opens_at=opens_at,
        closes_at=closes_at,
    )
    petition.save()
    audit("petitions.create", by=actor(staff), subject=petition)
    return move(petition, "publish", staff=staff) if published else petition


@transaction.atomic
def edit_petition(petition: Petition, *, staff: Staff, picture_alt: str | None = None, **values: Any) -> Petition:
    """Changes texts, threshold, closing time or picture. Raises Refused."""
    for name, value in values.items():
        setattr(petition, name, value)
    shown_to_all(petition.picture, picture_alt)
    check_texts(petition.language, petition.titles, petition.demands)
    petition.save(update_fields=[*values, "changed"])
    audit("petitions.edit", by=actor(staff), subject=petition, fields=sorted(values))
    publish(petition.action.stream)
    return petition


def check_texts(language: str, titles: Texts, demands: Texts) -> None:
    """A title and a demand in the author's language, and titles that fit on a phone."""
    if not titles.get(language, "").strip() or not demands.get(language, "").strip():
        raise Refused(_("A petition needs a title and a demand in the language it was written in."))
    if any(len(title) > TITLE_MAX for title in titles.values()):
        raise Refused(_("A title may have at most %(most)s letters.") % {"most": TITLE_MAX})


def shown_to_all(picture: Attachment | None, alt: str | None = None) -> Attachment | None:
    """The picture of a petition is on a public page, so whoever has its address may read it. ``alt`` None keeps its
    words."""
    words = picture.alt if picture is not None and alt is None else alt or ""
    if picture is not None and (not picture.public or picture.alt != words):
        picture.public, picture.alt = True, words
        picture.save(update_fields=["public", "alt"])
    return picture


@transaction.atomic
def move(petition: Petition, verb: str, *, staff: Staff | None = None) -> Petition:
    """One step of `states.py`: submit, publish, reject, close or reopen. Raises Refused where the table has no such
    step, or where somebody else took it meanwhile."""
    taken = step(petition, verb)
    if taken is None:
        raise Refused(_("This cannot be done with the petition now. Reload the page to see where it stands."))
    column, before, after = taken
    now = timezone.now()
    changes: dict[str, Any] = {column: after, "changed": now}
    if verb == "publish":
        changes["opens_at"] = petition.opens_at or now
    if verb == "reopen" and petition.closes_at is not None and petition.closes_at <= now:
        changes["closes_at"] = None
    if not Petition.objects.filter(pk=petition.pk, **{column: before}).update(**changes):
        raise Refused(_("Somebody else changed this petition a moment ago. Reload the page to see where it stands."))
    for name, value in changes.items():
        setattr(petition, name, value)
    petition.action.is_open = petition.is_open
    Action.objects.filter(pk=petition.action_id).update(is_open=petition.is_open)
    audit("petitions.move", by=actor(staff), subject=petition, step=verb, before=before, after=after)
    publish(petition.action.stream)
    return petition


@transaction.atomic
def publish_response(petition: Petition, texts: Texts, *, staff: Staff, tell: bool = False) -> Petition:
    """The body's answer, shown on the page; ``tell`` sends it to the signers who agreed to get news. Raises Refused."""
    if not any(words.strip() for words in texts.values()):
        raise Refused(_("Write something first."))
    if not petition.is_published:
        raise Refused(_("Only a published petition can be answered."))
    petition.responses = {lang: words.strip() for lang, words in texts.items() if words.strip()}
    petition.response, petition.answered_at = Response.GIVEN, timezone.now()
    petition.save(update_fields=["responses", "response", "answered_at", "changed"])
    audit("petitions.respond", by=actor(staff), subject=petition, told=tell)
    publish(petition.action.stream)
    if tell:
        send_to_signers(petition, petition.responses, staff=staff)
    return petition


def note_thresholds() -> int:
    """Petitions that reached their threshold are owed an answer; those that fell below it (signatures were voided)
    no longer are. Returns how many changed."""
    with everywhere("petitions at their threshold"):
        rows = [*Petition.objects.owed().with_page()[:200], *Petition.objects.fallen().with_page()[:200]]
    for petition in rows:
        with scope(petition.agency_id):
            note_threshold(petition)
    return len(rows)


@transaction.atomic
def note_threshold(petition: Petition) -> None:
    before = petition.response
    after, due_at = (Response.DUE, timezone.now()) if before == Response.NONE else (Response.NONE, None)
    if Petition.objects.filter(pk=petition.pk, response=before).update(response=after, due_at=due_at):
        audit("petitions.threshold", by=SYSTEM, subject=petition, before=before, after=after)
        publish(petition.action.stream)


def close_what_is_over() -> int:
    """Closes petitions whose time has passed; returns how many. (Nobody could sign them since: see `is_open`.)"""
    with everywhere("petitions whose time is over"):
        over = Petition.objects.published().filter(closing=Closing.OPEN, closes_at__lte=timezone.now())
        rows = list(over.select_related("action")[:200])
    for petition in rows:
        with scope(petition.agency_id):
            move(petition, "close")
    return len(rows)
