"""Create a petition with its texts, and change them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Contact
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.core.models import Attachment
from kesher.core.ui.list_search import stored_keys
from kesher.initiatives.services import publish_picture
from kesher.participation.services import create_action
from kesher.petitions.models import TITLE_MAX, Petition, PetitionKey
from kesher.petitions.services.events import EventKind, append_event
from kesher.petitions.services.milestones import change_promise, set_milestones
from kesher.petitions.services.transitions import move

Texts = Mapping[str, str]


@transaction.atomic
def create_petition(
    *,
    titles: Texts,
    demands: Texts,
    backgrounds: Texts | None = None,
    goals: Texts | None = None,
    language: str = "he",
    threshold: int | None = None,
    author: Contact | None = None,
    author_name: str = "",
    area: str = "",
    door: str = "desk",
    picture: Attachment | None = None,
    picture_alt: str | None = None,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    code: str = "",
    published: bool = False,
    staff: Staff | None = None,
    by: Actor | None = None,
) -> Petition:
    """Create a petition with its short code and its milestones; a draft unless ``published``.

    Texts are {language: text} and must have the author's language. ``threshold`` and ``goals`` stand in for the body's
    own first threshold. Raise Refused, and IntegrityError for a code that is taken.
    """
    check_texts(language, titles, demands)
    petition = Petition(
        action=create_action(current_agency_id(), "petition", code),
        titles=dict(titles),
        demands=dict(demands),
        backgrounds=dict(backgrounds or {}),
        goals=dict(goals or {}),
        language=language,
        author=author,
        author_name=author_name,
        area=area,
        door=door,
        picture=publish_picture(picture, picture_alt),
        opens_at=opens_at,
        closes_at=closes_at,
    )
    petition.save()
    index_words(petition)
    set_milestones(petition, threshold=threshold, goals=goals)
    audit("petitions.create", by=by or staff_actor(staff), subject=petition)
    return move(petition, "publish", staff=staff) if published else petition


@transaction.atomic
def edit_petition(
    petition: Petition,
    *,
    staff: Staff | None = None,
    by: Actor | None = None,
    picture_alt: str | None = None,
    **values: Any,
) -> Petition:
    """Change a petition's texts, threshold, closing time or picture, and return it. Raise Refused.

    Where people may have signed the words already, the timeline says that they were corrected.
    """
    before, promised = signed_words(petition), (petition.threshold, petition.goals)
    for name, value in values.items():
        setattr(petition, name, value)
    publish_picture(petition.picture, picture_alt)
    check_texts(petition.language, petition.titles, petition.demands)
    petition.save(update_fields=[*values, "changed"])
    index_words(petition)
    after = signed_words(petition)
    if petition.is_published and after != before:
        old = "\n".join(was for was, now in zip(before[:2], after, strict=False) if was != now)
        append_event(petition, EventKind.EDITED, staff=staff, words={petition.language: old} if old else None)
    if (petition.threshold, petition.goals) != promised:
        change_promise(petition)
    audit("petitions.edit", by=by or staff_actor(staff), subject=petition, fields=sorted(values))
    publish(petition.action.stream)
    return petition


def signed_words(petition: Petition) -> tuple[str, ...]:
    """Return the petition's title, demand and background in the author's language: what people sign."""
    texts = (petition.titles, petition.demands, petition.backgrounds)
    return tuple(text.get(petition.language, "") for text in texts)


def check_texts(language: str, titles: Texts, demands: Texts) -> None:
    """Raise Refused unless there are a title, short enough, and a demand in the author's language."""
    if not titles.get(language, "").strip() or not demands.get(language, "").strip():
        raise Refused(_("A petition needs a title and a demand in the language it was written in."))
    if any(len(title) > TITLE_MAX for title in titles.values()):
        raise Refused(_("A title may have at most %(most)s letters.") % {"most": TITLE_MAX})


def index_words(petition: Petition) -> None:
    """Store the search keys of a petition anew, for the search and for finding similar petitions."""
    titles = stored_keys(" ".join(petition.titles.values()))
    demands = stored_keys(" ".join(petition.demands.values()))
    PetitionKey.objects.filter(petition=petition).delete()
    PetitionKey.objects.bulk_create(
        PetitionKey(agency_id=petition.agency_id, petition=petition, key=key, in_title=key in titles)
        for key in sorted(titles | demands)
    )
