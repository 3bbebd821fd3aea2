"""The demo's values for the arguments of URLs, one function for each, for `pages.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.utils import timezone
from django.utils.timezone import localdate

from kesher.accounts.models import NationalLogin, StaffProvider, StaffSubject
from kesher.agencies.models import Place, Staff, Team
from kesher.answers.models import Answer
from kesher.answers.services import propose_change
from kesher.answers.services.answers import AnswerContent
from kesher.cases.models import ReadyAnswer, Topic
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contests.models import Juror
from kesher.conversations.models import Message, PrivateInvitation
from kesher.conversations.services.events.reply_tokens import stop_url
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.ids import token_digest
from kesher.core.ui.confirmation_pages import remember_done
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services import park_form
from kesher.dialogues.understood import Meaning, Understood
from kesher.incidents.tests.factories import an_incident_in_each_state
from kesher.participation.models import Participation
from kesher.petitions.models import Petition, Signature
from kesher.petitions.views.authors import remember_draft
from kesher.purchases.magic_links import organiser_path, own_path
from kesher.purchases.models import Offer, Purchase
from kesher.records.models import Mandate, WardRequest
from kesher.records.tests.factories import a_ward_request
from kesher.reports.models import ServiceRequest
from kesher.reports.views import SALT as DONE_SALT
from kesher.understanding.models import Heard
from kesher.understanding.services import Acted, count_actions, record_heard, review_heard
from kesher.verbs.models import PendingRequest

Arguments = Callable[[], list[Any]]


def first(found: Any) -> Any:
    """Return the first row, and fail where the demo has none."""
    row = found.order_by("pk").first()
    assert row is not None, f"the demo municipality has no such {found.model.__name__}"
    return row


def heard() -> list[Any]:
    """No arguments; some messages wait for a review, one became an example, and actions were counted."""
    if not Heard.objects.exists():
        contact = first(Contact.objects.all())
        guess = Meaning("verb", "petitions.sign", probability=0.61)
        for action, text in (("confirm", "רוצה לחתום על הדבר הזה של הגינה"), ("unknown", "כמה עולה חתול")):
            record_heard(contact, Understood(text, "he", action, offered=(guess,)), "whatsapp")  # type: ignore[arg-type]
        answer = Meaning("answer", "pool", probability=0.8)
        record_heard(contact, Understood("когда открыт бассейн", "ru", "answer", offered=(answer,)), "sms", wrong=True)
        example = record_heard(contact, Understood("where do i put a broken fridge", "en"), "webchat")
        assert example is not None
        review_heard(example, "answer", by=first(Staff.objects.all()))
        count_actions(Acted(contact.agency_id, localdate(), "he", "sms", "start", number) for number in range(7))
    return []


def account(channel: str) -> Arguments:
    """Return the demo's account on this channel."""
    return lambda: [first(Account.objects.filter(channel=channel)).pk]


def incident(state: str) -> Arguments:
    """Return an incident in this state, with people who wrote about it."""
    return lambda: [next(row.pk for row in an_incident_in_each_state() if row.state == state)]


def incident_list() -> list[Any]:
    """No arguments; there are incidents."""
    an_incident_in_each_state()
    return []


def petition() -> list[Any]:
    return ["48213"]


def done_here() -> dict[str, str]:
    """Return the cookies of a browser that signed, voted, proposed, wrote a petition and rated an answer."""
    browser = HttpResponse()
    remember_done(browser, "sign", "48213", "AAAAAAAA")
    remember_done(browser, "vote", "73206", "AAAAAAAA")
    remember_done(browser, "propose", "70128", "1")
    remember_done(browser, "useful", str(Answer.objects.get(slug="pool").pk), "no")
    remember_draft(browser, first(Petition.objects.filter(moderation="gathering")))
    return {name: morsel.value for name, morsel in browser.cookies.items()}


def stop_link() -> list[Any]:
    return [stop_url(first(Identity.objects.filter(scheme="mailto"))).rstrip("/").rpartition("/")[2]]


def private_link() -> list[Any]:
    """The token of a link into a private conversation that nobody has opened."""
    given = {"message": first(Message.objects.filter(direction="in")), "expires": timezone.now() + timedelta(days=1)}
    agency = given["message"].agency_id
    PrivateInvitation.objects.get_or_create(
        agency_id=agency, digest=token_digest("OPENSONCEOPENSONCE22"), defaults=given
    )
    return ["OPENSONCEOPENSONCE22"]


def petition_in(state: str) -> Arguments:
    """Return a citizen's petition in this state of moderation."""
    return lambda: [first(Petition.objects.filter(moderation=state, author__isnull=False)).code]


def own_petition(state: str) -> Arguments:
    """Return the petition with the key of its author's page."""

    def found() -> list[Any]:
        row = first(Petition.objects.filter(moderation=state, author__isnull=False))
        return [row.code, row.author_key]

    return found


def begun_petition() -> list[Any]:
    """Return a petition begun on the web, to be finished on another channel."""
    skill, owner = REGISTRY["petitions.write"], Contact.objects.order_by("pk")[0]
    return [park_form(owner, skill, subject="", answers={"title": "ספסלים"}, door="web").key]


def draft() -> list[Any]:
    """Return a petition that may still be edited."""
    return [first(Petition.objects.exclude(action__code="48213")).code]


def signature() -> list[Any]:
    return ["48213", first(Signature.objects.filter(action__code="48213", state="counted")).receipt]


def waiting_person() -> list[Any]:
    return [first(Contact.objects.filter(conversation__waiting_since__isnull=False)).key]


def person_with(**how: Any) -> Arguments:
    """Return a person who matches and is not merged into another."""
    return lambda: [first(Contact.objects.filter(merged_into=None, **how).distinct()).key]


def report() -> list[Any]:
    return [first(ServiceRequest.objects.whole()).case.number]


def receipt() -> list[Any]:
    """Return the receipt of a new report."""
    return [signing.dumps([*report(), True], salt=DONE_SALT, compress=True)]


def parked() -> list[Any]:
    """Return a report begun on the web, to be finished on another channel."""
    found = DialogueSession.objects.filter(
        skill="reports.report", state=DialogueSession.State.PARKED, door="web"
    ).first()
    skill, owner = REGISTRY["reports.report"], Contact.objects.order_by("pk")[0]
    made = found or park_form(owner, skill, subject="", answers={"topic": "street-light"}, door="web")
    return [made.key]


def pending_request() -> list[Any]:
    """Return a suggestion that waits for a code."""
    owner = first(Identity.objects.filter(scheme="tel"))
    row, _new = PendingRequest.objects.get_or_create(
        agency_id=owner.agency_id, verb="suggestions.suggest", identity=owner, answers={"text": "ספסל"}, door="web"
    )
    return [row.key]


def ready_answer() -> list[Any]:
    return [first(ReadyAnswer.objects.all()).pk]


def team_slug() -> list[Any]:
    return [first(Team.objects.order_by("slug")).slug]


def place_code() -> list[Any]:
    return [first(Place.objects.order_by("code")).code]


def topic_code() -> list[Any]:
    return [first(Topic.objects.order_by("order")).code]


def colleague() -> list[Any]:
    return [first(Staff.objects.filter(user__username="ruth")).pk]


def purchase() -> list[Any]:
    return ["52712"]


def purchase_in(state: str) -> Arguments:
    return lambda: [first(Purchase.objects.filter(state=state)).code]


def gathering() -> list[Any]:
    return purchase_in("interest")()


def drawn() -> list[Any]:
    """Return a purchase whose units are drawn by lot."""
    return [first(Purchase.objects.filter(tie="lottery")).code]


def own_pledge() -> list[Any]:
    found = first(Participation.objects.filter(action=Purchase.objects.get(action__code="52712").pledging))
    return [own_path(found).rstrip("/").rpartition("/")[2]]


def own_interest() -> list[Any]:
    found = first(Participation.objects.filter(action=first(Purchase.objects.filter(state="interest")).action))
    return [own_path(found).rstrip("/").rpartition("/")[2]]


def organised() -> list[Any]:
    return [organiser_path(first(Purchase.objects.filter(state="interest"))).rstrip("/").rpartition("/")[2]]


def handing() -> list[Any]:
    """Return an organiser's key of a purchase with goods to distribute."""
    return [organiser_path(first(Purchase.objects.filter(state="fulfilled"))).rstrip("/").rpartition("/")[2]]


def proposed() -> list[Any]:
    """Return an offer that waits for moderation."""
    found = first(Offer.objects.filter(state="proposed"))
    return [found.purchase.code, found.pk]


def changed_answer() -> list[Any]:
    """Return an answer with an unpublished change."""
    row = Answer.objects.get(slug="pool")
    words = {**row.texts, "en": {**row.texts["en"], "short": "Open all year, from 6:00 to 22:00."}}
    propose_change(row, AnswerContent(words, row.topic, row.owner, row.start_url, review=row.review), by=None)
    return [row.slug]


def contest(*arguments: Any) -> Arguments:
    return lambda: list(arguments)


def juror() -> list[Any]:
    return [first(Juror.objects.filter(contest__action__code="70128")).key]


def opinion_round() -> list[Any]:
    return ["55431"]


def pairs_round() -> list[Any]:
    return ["54325"]


def single_sign_on() -> list[Any]:
    """Set the staff's single sign-on up, as it waits for a second administrator's agreement."""
    row, _made = StaffProvider.objects.get_or_create(
        agency_id=current_agency_id(),
        defaults={"name": "Neve Yam", "issuer": "https://id.neve-yam.example", "client_id": "kesher"},
    )
    asker = first(Staff.objects.filter(role="admin"))
    StaffProvider.objects.filter(pk=row.pk).update(asks_second=True, changed_by=asker, agreed_by=None)
    StaffSubject.objects.get_or_create(
        agency_id=row.agency_id, staff=asker, issuer=row.issuer, defaults={"subject": "0" * 40}
    )
    return []


def national_login() -> list[Any]:
    return [first(NationalLogin.objects.all()).pk]


def ward_request() -> list[Any]:
    """Return a request to act for a child that waits for a clerk."""
    waiting = WardRequest.objects.filter(state=WardRequest.State.ASKED).first()
    if waiting is None:
        person = Identity.objects.filter(scheme="tel").order_by("pk")[0].contact
        waiting = a_ward_request(person, scope=["library"])
    return [waiting.key]


def mandate() -> list[Any]:
    """Return an invitation to the signed-in person of the page tests: the first with a phone."""
    invited = Identity.objects.filter(scheme="tel").order_by("pk")[0]
    giver = first(Contact.objects.exclude(pk=invited.contact_id))
    until = timezone.now() + timedelta(days=7)
    how = {"giver": giver, "begun_by": "giver", "level": 2, "scope": ["library"], "until": until}
    return [
        Mandate.objects.get_or_create(agency_id=invited.agency_id, invited=invited, accepted_at=None, defaults=how)[
            0
        ].key
    ]
