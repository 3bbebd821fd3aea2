"""Start a petition: store the draft, confirm its author, submit it for review, revise or close it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Contact, Identity, Proof
from kesher.contacts.service_caller import Call
from kesher.contacts.services import WrongCode, get_or_create_identity, prove_identity
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id, everywhere, scope
from kesher.core.errors import Refused
from kesher.core.i18n.person_names import NAME_MOST, name_or_empty
from kesher.core.models import Attachment
from kesher.participation.services import read_total_now, take_part
from kesher.petitions.models import Petition, Signature
from kesher.petitions.policy_deadlines import policy_of
from kesher.petitions.rules import may_close, may_rewrite
from kesher.petitions.services import confirmations
from kesher.petitions.services.events import EventKind, append_event
from kesher.petitions.services.petition_text import create_petition, edit_petition
from kesher.petitions.services.signatures import use_code
from kesher.petitions.services.transitions import move

START = "start"
TO_START = gettext_lazy("to start a petition")
OPEN_AT_ONCE = 3
Moderation = Petition.Moderation
# What an author may have on its way at once.
UNFINISHED = [Moderation.GATHERING, Moderation.SUBMITTED, Moderation.CHANGES]


@dataclass(frozen=True, slots=True)
class Written:
    """What a citizen wrote, in their language."""

    title: str
    demand: str
    background: str = ""
    picture: Attachment | None = None
    picture_alt: str = ""
    area: str = ""
    name: str = ""
    language: str = "he"

    def values(self) -> dict[str, Any]:
        """Return the author's texts as keyword arguments of `create_petition` and `edit_petition`."""
        found: dict[str, Any] = {
            "titles": {self.language: " ".join(self.title.split())},
            "demands": {self.language: self.demand.strip()},
            "backgrounds": {self.language: self.background.strip()} if self.background.strip() else {},
            "language": self.language,
            "area": self.area,
            "author_name": name_or_empty(self.name, NAME_MOST),
        }
        return found | ({"picture": self.picture, "picture_alt": self.picture_alt} if self.picture else {})


def check_may_start(contact: Contact) -> None:
    """Raise Refused if the agency takes no petitions, or this person has too many unfinished ones."""
    if not policy_of(current_agency_id()).accepting:
        raise Refused(_("We take no new petitions at present. Write to us, and we will answer you."))
    ids = contact.root().family_ids()
    if Petition.objects.filter(author__in=ids, moderation__in=UNFINISHED).count() >= OPEN_AT_ONCE:
        raise Refused(_("You have several petitions on their way. Finish one of them first."))


@transaction.atomic
def start_petition(written: Written, call: Call) -> Petition:
    """Create an author's petition, a draft until a code comes back if the caller is unknown. Raise Refused."""
    identity = call.identity
    if identity is None:
        assert call.address is not None
        identity = get_or_create_identity(call.address, language=call.lang)
    author = identity.contact.root()
    check_may_start(author)
    petition = create_petition(**written.values(), author=author, door=call.door, by=call.actor(author))
    if call.level < 1:
        send_author_code(petition, identity, lang=call.lang)
        return petition
    return set_out(petition, identity, call)


def set_out(petition: Petition, identity: Identity, call: Call) -> Petition:
    """Let a draft gather supporters, or submit it for review if none are needed; its author signs first."""
    by = call.actor(identity.contact)
    move(petition, "gather", by=by, tell=False)
    take_part(petition.action, identity, level=max(1, identity.assurance), channel=call.door, by=by, area=petition.area)
    if petition.supporters == 0:
        petition = move(petition, "submit", by=by, tell=False)
    confirm_commitment(identity, lambda: confirmations.started(petition, identity), door=call.door)
    return petition


@transaction.atomic
def send_author_code(petition: Petition, identity: Identity, *, lang: str) -> None:
    """Send the draft's author a code, and a link that brings it back. Raise Refused."""
    path = reverse("petitions:started", args=[petition.code])
    link = f"{absolute(path)}?{urlencode({'code': 'CODE'})}"
    send_code(identity, purpose=START, why=TO_START, subject=petition.code, lang=lang, link=link)


@transaction.atomic
def change_author(petition: Petition, call: Call) -> None:
    """Send the draft's code to a corrected address, whose owner becomes its author. Raise Refused."""
    assert call.address is not None
    identity = get_or_create_identity(call.address, language=call.lang)
    author = identity.contact.root()
    check_may_start(author)
    draft = Petition.objects.filter(pk=petition.pk, moderation=Moderation.DRAFT)
    if not draft.update(author=author, changed=timezone.now()):
        raise Refused(_("This petition was confirmed already. Whoever confirmed it looks after it."))
    before = petition.author_id
    audit("petitions.change_author", by=call.actor(author), subject=petition, before=before, after=author.pk)
    send_author_code(petition, identity, lang=call.lang)
    petition.author = author


def find_asked_identity(petition: Petition) -> Identity | None:
    """Return the address (identity) to which the newest code for this draft petition went, or None."""
    asked = Proof.objects.filter(purpose=START, subject=petition.code).select_related("identity__contact")
    newest = asked.order_by("-id").first()
    return newest.identity if newest else None


def confirm_author(petition: Petition, call: Call, code: str) -> Petition:
    """Check the code that the draft's author brings, and let the draft gather supporters. Raise Refused.

    A wrong try stays counted.
    """
    author, identity = petition.author, call.identity
    if author is None or identity is None or identity.contact.root().pk != author.root().pk:
        raise WrongCode
    use_code(petition, identity, code, START)
    with transaction.atomic():
        prove_identity(identity, level=1, evidence={"code_for": petition.code}, by=call.actor(author))
        if petition.moderation != Moderation.DRAFT:
            return petition  # the link was opened twice
        return set_out(petition, identity.again(), call)


@transaction.atomic
def rewrite_petition(petition: Petition, written: Written, *, by: Actor, send: bool = True) -> Petition:
    """Change the words of an author's petition, and submit it for review if ``send``. Raise Refused."""
    if not may_rewrite(petition):
        raise Refused(_("This petition cannot be changed any more: people have signed these words."))
    edit_petition(petition, by=by, **written.values())
    if not send or petition.moderation == Moderation.DRAFT:
        return petition
    return move(petition, "submit", by=by, tell=False)


@transaction.atomic
def close_own_petition(petition: Petition, contact: Contact, *, by: Actor) -> Petition:
    """Close a petition to signatures for its author, and return it. Raise Refused if it is not open."""
    if not may_close(petition):
        raise Refused(_("This petition is not open."))
    audit("petitions.close_mine", by=by, subject=petition)
    return move(petition, "close", by=by, closed_by=Petition.ClosedBy.AUTHOR)


def count_supporters(petition: Petition, total: int | None = None) -> int:
    """Return how many people besides the author have signed a petition that gathers supporters.

    ``total``: how many have signed in all, where that was read already.
    """
    total = read_total_now(petition.action) if total is None else total
    rows = Signature.objects.of(petition).counted().filter(level__gte=1)
    return total - (rows.filter(contact__in=petition.author.family_ids()).count() if petition.author else 0)


def submit_supported() -> int:
    """Submit all petitions that have gathered their supporters for review; return how many."""
    with everywhere("petitions that look for supporters"):
        rows = list(
            Petition.objects.filter(moderation=Moderation.GATHERING).select_related("action", "author", "agency")
        )
    return sum(submit_if_supported(petition) for petition in rows)


@transaction.atomic
def submit_if_supported(petition: Petition) -> int:
    """Submit a petition for review if it has gathered its supporters; return 1 if it has, else 0."""
    with scope(petition.agency_id):
        if count_supporters(petition) < petition.supporters:
            return 0
        append_event(petition, EventKind.SUPPORTED, count=petition.supporters)
        move(petition, "submit")
        return 1
