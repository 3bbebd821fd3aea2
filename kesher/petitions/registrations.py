"""What petitions contribute to other apps: the desk, a person's own page, open data, share picture, personal data."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kesher.accounts.my_page import MyPageSection, Thing
from kesher.agencies.models import Agency, in_language
from kesher.contacts.models import Contact
from kesher.contacts.privacy_registry import Holding
from kesher.core.output.share_image import HIGH
from kesher.core.templatetags.ui import number
from kesher.initiatives.desk import describe_watched
from kesher.initiatives.registrations import Feature
from kesher.initiatives.share_image import ShareCard
from kesher.participation.action_kinds import Kind, PublicData
from kesher.participation.fraud_desk import Watched
from kesher.participation.models import Action
from kesher.petitions.api.petitions import summarise_petition
from kesher.petitions.area_map import known_areas
from kesher.petitions.desk import get_petition
from kesher.petitions.models import Petition, Signature
from kesher.petitions.presenters import build_count
from kesher.petitions.services.retention import erase_author
from kesher.petitions.unavailable_petition_page import find_public_petition

PANEL_MOST = 5
KINDS = {"published": "good", "rejected": "bad", "lapsed": ""}
STANDING = (Signature.State.COUNTED, Signature.State.PENDING)


def describe_person(contact: Contact) -> dict[str, Any] | None:
    """Return what the desk's panel shows: what this person signed, and what a clerk may sign for them."""
    rows = Signature.objects.filter(contact__in=contact.family_ids(), state__in=STANDING).order_by("-id")[:PANEL_MOST]
    signed = list(rows.select_related("action"))
    titles = {row.action_id: row for row in Petition.objects.filter(action__in=[row.action_id for row in signed])}
    others = Petition.objects.open().exclude(action__in=titles).newest().select_related("action")[:PANEL_MOST]
    may_sign = [
        (row.title, f"{reverse('petitions:desk-sign-for', args=[row.code])}?contact={contact.key}") for row in others
    ]
    if not signed and not may_sign:
        return None
    found = [(titles[row.action_id], row) for row in signed if row.action_id in titles]
    return {"signed": found, "may_sign": may_sign}


def list_own_things(contact: Contact, most: int) -> list[Thing]:
    """Return the petitions that this person started, then those they signed, newest first, as page entries.

    Two queries besides the family's.
    """
    ids = contact.family_ids()
    rows = Petition.objects.filter(author__in=ids).select_related("action").order_by("-id")
    found = [
        Thing(
            petition.title,
            reverse("petitions:author", args=[petition.code, petition.author_key]),
            _now("You started it"),
            str(petition.get_moderation_display()),
            KINDS.get(petition.moderation, "wait"),
            petition.created,
        )
        for petition in rows[:most]
    ]
    signed = Signature.objects.filter(contact__in=ids, state__in=STANDING, action__petition__isnull=False)
    for row in signed.select_related("action__petition__action").order_by("-id")[:most]:
        petition, counted = row.action.petition, row.state == Signature.State.COUNTED
        words = _now("You signed. Receipt %(receipt)s") % {"receipt": row.receipt}
        state = _now("Counted") if counted else _now("Waits for your code")
        kind = "good" if counted else "wait"
        found.append(Thing(petition.title, petition.get_absolute_url(), words, state, kind, row.created))
    return found[:most]


def read_public_data(action: Action) -> PublicData | None:
    """Return the open data of the action's petition (attributes, area names); None while it is not published."""
    found = Petition.objects.published().with_page().filter(action=action).first()
    if found is None:
        return None
    names = {code: in_language(names) for code, names in known_areas()}
    return PublicData(summarise_petition(found, 0)["attributes"], names)


def is_final(action: Action) -> bool:
    """Return whether the petition's open numbers can no longer change: names deleted, or lapsed.

    A closed petition may reopen until the names are deleted.
    """
    over = Q(anonymised_at__isnull=False) | Q(moderation=Petition.Moderation.LAPSED)
    return Petition.objects.filter(over, action=action).exists()


def watched_petition(code: str) -> Watched:
    """Return what the shared page on odd signatures needs of the petition with this code."""
    found = get_petition(code)
    areas = [(code, in_language(names)) for code, names in known_areas()]
    return describe_watched(found, found.action, areas=areas)


def render_card(agency: Agency, petition: Petition) -> bytes:
    """Return the petition's share picture as PNG: title, number of signatures, command to sign, agency."""
    title, total = petition.title, build_count(petition).total
    card = ShareCard(agency, petition, title)
    card.headline(title, 138, 62 if len(title) < 34 else 52)
    signed = ngettext("%(count)s signature", "%(count)s signatures", total) % {"count": number(total)}
    card.line(signed, HIGH - 232, 46)
    card.bar(HIGH - 150, min(1.0, total / petition.threshold))
    card.line(_now("To sign, write to us: sign %(code)s") % {"code": petition.code}, HIGH - 106, 30, pale=True)
    return card.sheet.png()


def name_verbs(petition: Petition) -> tuple[str, ...]:
    """Return what people may do with a petition, the usual first; one that was refused is not signed any more."""
    refused = petition.moderation == Petition.Moderation.REJECTED
    return ("petitions.withdraw",) if refused else ("petitions.sign", "petitions.withdraw")


def name_area(petition: Petition) -> str:
    """Return all names of the area that a petition is about, by which places are compared; "" for none."""
    names = dict(known_areas()).get(petition.area, {})
    return " ".join(names.values())


PETITIONS = Feature(
    name="petitions",
    title=_("Petitions"),
    icon="pen",
    order=20,
    panel=describe_person,
    section=MyPageSection(
        "petitions",
        _("My petitions"),
        "pen",
        list_own_things,
        empty=_("You have signed and started nothing yet."),
        more=("petitions:list", _("All petitions")),
        news=_("News of petitions that I signed"),
        order=30,
    ),
    kinds=(Kind("petition", public_data=read_public_data, ended=is_final),),
    holdings=(
        Holding(
            "petitions",
            _("Petitions that you started"),
            ("petitions.petition",),
            lambda ids: Petition.objects.filter(author__in=ids),
            {
                "action__code": _("Number"),
                "titles": _("Title"),
                "demands": _("Demand"),
                "backgrounds": _("Background"),
                "author_name": _("Name"),
                "moderation": _("State"),
                "created": _("When"),
            },
            erase=erase_author,
            keeps=_("The text of a published petition, without your name: others have signed it."),
            order=21,
        ),
    ),
    find=find_public_petition,
    draw=render_card,
    watched=watched_petition,
    public=Petition.objects.findable,
    verbs=name_verbs,
    states=("moderation",),
    everything=_("All petitions"),
    listed=Petition.objects.published,
    listed_at="opens_at",
    locate=name_area,
)
