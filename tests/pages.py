"""Every page that a person looks at, for the browser tests: axe in two languages, its width on a phone, its weight.

A new page adds one row to ``PAGES``, under the name of its address. Where the address has arguments, the row says what
of the demo municipality stands in them. What answers a GET and is no page stands in ``NO_PAGES`` with the reason.
`test_house_pages.py` holds that nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from django.core import signing
from django.urls import reverse

from kesher.accounts.models import NationalLogin
from kesher.agencies.models import Staff
from kesher.cases.models import ReadyAnswer
from kesher.contacts.models import Contact, Identity
from kesher.contests.models import Juror
from kesher.conversations.services.threads import stop_url
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services import keep_for_later
from kesher.dialogues.turn import REGISTRY
from kesher.participation.models import Participation
from kesher.petitions.models import Petition, Signature
from kesher.purchases.keys import organiser_path, own_path
from kesher.purchases.models import Offer, Purchase
from kesher.reports.models import ServiceRequest
from kesher.reports.views import SALT as DONE_SALT

# A person is a citizen who is signed in.
Who = Literal["citizen", "person", "staff"]
Arguments = Callable[[], list[Any]]


class Page(NamedTuple):
    """How a page is opened: by whom, with which arguments, and with which queries (each is looked at)."""

    who: Who
    arguments: Arguments = list
    queries: tuple[str, ...] = ("",)
    more: tuple[Arguments, ...] = ()  # the same address with other arguments, which looks different


def first(found: Any) -> Any:
    """The first row. The demo has one of everything; where it has not, this says so."""
    row = found.order_by("pk").first()
    assert row is not None, f"the demo municipality has no such {found.model.__name__}"
    return row


def petition() -> list[Any]:
    return ["48213"]


def stop_link() -> list[Any]:
    return [stop_url(first(Identity.objects.filter(scheme="mailto"))).rstrip("/").rpartition("/")[2]]


def petition_in(state: str) -> Arguments:
    """A petition that a citizen wrote, in this state of its review."""
    return lambda: [first(Petition.objects.filter(moderation=state, author__isnull=False)).code]


def own_petition(state: str) -> Arguments:
    """The same with the key of its author's page."""

    def found() -> list[Any]:
        row = first(Petition.objects.filter(moderation=state, author__isnull=False))
        return [row.code, row.author_key]

    return found


def begun_petition() -> list[Any]:
    """A petition that was begun on the web and is to be finished elsewhere."""
    skill, owner = REGISTRY["petitions.write"], Contact.objects.order_by("pk")[0]
    return [keep_for_later(owner, skill, subject="", answers={"title": "ספסלים"}, door="web").key]


def draft() -> list[Any]:
    """A petition that may still be edited."""
    return [first(Petition.objects.exclude(action__code="48213")).code]


def signature() -> list[Any]:
    return ["48213", first(Signature.objects.filter(action__code="48213", state="counted")).receipt]


def waiting_person() -> list[Any]:
    return [first(Contact.objects.filter(conversation__waiting_since__isnull=False)).key]


def person_with(**how: Any) -> Arguments:
    """A person who is not merged into another, found by what is so about him."""
    return lambda: [first(Contact.objects.filter(merged_into=None, **how).distinct()).key]


def report() -> list[Any]:
    return [first(ServiceRequest.objects.whole()).case.number]


def receipt() -> list[Any]:
    """What whoever has just reported holds in hand."""
    return [signing.dumps([*report(), True], salt=DONE_SALT, compress=True)]


def parked() -> list[Any]:
    """A report that was begun on the web and is to be finished elsewhere."""
    found = DialogueSession.objects.filter(
        skill="reports.report", state=DialogueSession.State.PARKED, door="web"
    ).first()
    skill, owner = REGISTRY["reports.report"], Contact.objects.order_by("pk")[0]
    made = found or keep_for_later(owner, skill, subject="", answers={"topic": "street-light"}, door="web")
    return [made.key]


def ready_answer() -> list[Any]:
    return [first(ReadyAnswer.objects.all()).pk]


def colleague() -> list[Any]:
    return [first(Staff.objects.filter(user__username="ruth")).pk]


def purchase() -> list[Any]:
    return ["52712"]


def purchase_in(state: str) -> Arguments:
    return lambda: [first(Purchase.objects.filter(state=state)).code]


def gathering() -> list[Any]:
    return purchase_in("interest")()


def drawn() -> list[Any]:
    """A purchase whose units are drawn by lot."""
    return [first(Purchase.objects.filter(tie="lottery")).code]


def own_pledge() -> list[Any]:
    found = first(Participation.objects.filter(action=Purchase.objects.get(action__code="52712").pledging))
    return [own_path(found).rstrip("/").rpartition("/")[2]]


def own_interest() -> list[Any]:
    found = first(Participation.objects.filter(action=first(Purchase.objects.filter(state="interest")).action))
    return [own_path(found).rstrip("/").rpartition("/")[2]]


def organised() -> list[Any]:
    return [organiser_path(first(Purchase.objects.filter(state="interest"))).rstrip("/").rpartition("/")[2]]


def proposed() -> list[Any]:
    """An offer that waits for its review."""
    found = first(Offer.objects.filter(state="proposed"))
    return [found.purchase.code, found.pk]


def contest(*arguments: Any) -> Arguments:
    return lambda: list(arguments)


def juror() -> list[Any]:
    return [first(Juror.objects.filter(contest__action__code="70128")).key]


def opinion_round() -> list[Any]:
    return ["55431"]


def pairs_round() -> list[Any]:
    return ["54325"]


def national_login() -> list[Any]:
    return [first(NationalLogin.objects.all()).pk]


PAGES: Mapping[str, Page] = {
    "site:home": Page("citizen"),
    "site:search": Page("citizen", queries=("?q=פנס", "?q=zzzz", "?q=")),
    "site:privacy": Page("citizen"),
    "site:accessibility": Page("citizen"),
    "site:styleguide": Page("citizen"),
    "site:simulator": Page("citizen"),
    "agencies:login": Page("citizen", queries=("?next=/desk/",)),
    "dialogues:continue": Page("citizen", parked),
    "conversations:chat": Page("citizen"),
    "conversations:stop": Page("citizen", stop_link),
    "petitions:list": Page("citizen", queries=("", "?q=zzzz", "?show=rejected", "?show=archive")),
    "petitions:start": Page("citizen"),
    "petitions:later": Page("citizen", begun_petition),
    "petitions:standards": Page("citizen"),
    "petitions:started": Page("citizen", petition_in("gathering"), queries=("", "?code=123456")),
    "petitions:author": Page("citizen", own_petition("gathering")),
    "petitions:rewrite": Page("citizen", own_petition("changes")),
    "petitions:tell": Page("citizen", own_petition("published")),
    "petitions:close": Page("citizen", own_petition("published")),
    "petitions:share": Page("citizen", petition),
    "petitions:detail": Page("citizen", petition),
    "petitions:confirm": Page("citizen", petition, queries=("", "?r=AAAAAAAA&code=123456")),
    "petitions:thanks": Page("citizen", petition, queries=("?r=AAAAAAAA",)),
    "petitions:withdraw": Page("citizen", petition),
    "petitions:withdraw-code": Page("citizen", petition),
    "purchases:list": Page("citizen", queries=("", "?show=interest", "?show=over", "?q=zzzz")),
    "purchases:new": Page("citizen"),
    "purchases:rights": Page("citizen"),
    "purchases:mine": Page("citizen", own_pledge, more=(own_interest,)),
    "purchases:organise": Page("citizen", organised),
    "purchases:detail": Page("citizen", purchase, more=(gathering, purchase_in("filling"), purchase_in("fulfilled"))),
    "purchases:confirm": Page("citizen", purchase),
    "purchases:offer": Page("citizen", gathering),
    "purchases:draw": Page("citizen", drawn),
    "purchases:desk": Page("staff", queries=("", "?q=zzzz")),
    "purchases:desk-new": Page("staff"),
    "purchases:desk-purchase": Page("staff", purchase, more=(gathering,)),
    "purchases:desk-edit": Page("staff", gathering),
    "purchases:desk-cancel": Page("staff", gathering),
    "purchases:desk-offer": Page("staff", gathering),
    "purchases:desk-review": Page("staff", proposed),
    "purchases:desk-choose": Page("staff", gathering),
    "purchases:desk-news": Page("staff", purchase),
    "purchases:desk-pledges": Page("staff", purchase),
    "purchases:desk-allocation": Page("staff", purchase_in("filling")),
    "purchases:desk-points": Page("staff", purchase_in("fulfilled")),
    "purchases:desk-pickup": Page("staff", purchase_in("fulfilled")),
    "reports:new": Page("citizen", queries=("", "?topic=street-light")),
    "reports:done": Page("citizen", receipt),
    "reports:later": Page("citizen", parked),
    "reports:status": Page("citizen"),
    "reports:status_of": Page("citizen", report),
    "cases:inbox": Page("staff", queries=("", "?tab=mine", "?tab=all", "?q=פנס", "?q=zzzz")),
    "cases:conversation": Page(
        "staff",
        waiting_person,
        more=(
            person_with(conversation__routes__account__channel="whatsapp"),
            person_with(conversation__routes__account__channel="email"),
            person_with(conversation__routes__account__channel="sms"),
            person_with(conversation__messages__attachments__isnull=False),
            person_with(conversation__cases__state="solved"),
            person_with(conversation=None),
        ),
    ),
    "cases:call": Page("staff"),
    "cases:merges": Page("staff"),
    "cases:channels": Page("staff"),
    "cases:ready": Page("staff"),
    "cases:ready_new": Page("staff"),
    "cases:ready_edit": Page("staff", ready_answer),
    "cases:overview": Page("staff", queries=("", "?days=7")),
    "contests:list": Page("citizen", queries=("", "?show=decided")),
    "contests:detail": Page("citizen", contest("70128"), more=(contest("73206"), contest("70511"), contest("74419"))),
    "contests:proposals": Page("citizen", contest("70128"), queries=("", "?sort=top", "?q=zzzz")),
    "contests:proposal": Page("citizen", contest("70511", 1)),
    "contests:propose": Page("citizen", contest("70128")),
    "contests:proposed": Page("citizen", contest("70128"), queries=("?n=1", "?n=1&sent=1")),
    "contests:vote": Page("citizen", contest("73206"), more=(contest("74419"),)),
    "contests:voted": Page("citizen", contest("73206"), queries=("?r=AAAAAAAA",)),
    "contests:credits": Page("citizen", contest("70511")),
    "contests:jury": Page("citizen", juror),
    "contests:desk": Page("staff"),
    "contests:desk-new": Page("staff"),
    "contests:desk-poll": Page("staff"),
    "contests:desk-contest": Page("staff", contest("70128"), more=(contest("70511"),)),
    "contests:desk-edit": Page("staff", contest("70128")),
    "contests:desk-round-new": Page("staff", contest("70128")),
    "contests:desk-round": Page("staff", contest("70128", 1)),
    "contests:desk-proposals": Page("staff", contest("70128"), queries=("", "?state=merged")),
    "contests:desk-proposal": Page("staff", contest("70128", 1), more=(contest("70511", 6),)),
    "contests:desk-jury": Page("staff", contest("70128")),
    "contests:desk-decision": Page("staff", contest("73206")),
    "contests:desk-outcome": Page("staff", contest("70511")),
    "contests:opinions": Page("citizen", opinion_round),
    "contests:pairs": Page("citizen", pairs_round),
    "contests:how": Page("citizen", opinion_round),
    "contests:mine-code": Page("citizen", opinion_round),
    "petitions:desk": Page("staff", queries=("", "?q=zzzz")),
    "petitions:desk-new": Page("staff"),
    "petitions:desk-rules": Page("staff"),
    "petitions:desk-close": Page("staff", petition),
    "petitions:desk-promise": Page("staff", lambda: ["48213", "meeting-500"]),
    "petitions:desk-watch": Page("staff", petition),
    "petitions:desk-petition": Page("staff", petition, more=(petition_in("submitted"),)),
    "petitions:desk-edit": Page("staff", draft),
    "petitions:desk-update": Page("staff", petition),
    "petitions:desk-response": Page("staff", petition),
    "petitions:desk-signatures": Page("staff", petition),
    "petitions:desk-void": Page("staff", signature),
    "petitions:desk-sign-for": Page("staff", petition),
    "reports:desk": Page("staff", queries=("", "?state=any_open")),
    "reports:desk_new": Page("staff"),
    "reports:desk_report": Page("staff", report),
    "agencies:staff": Page("staff"),
    "agencies:staff_new": Page("staff"),
    "agencies:staff_edit": Page("staff", colleague),
    "agencies:password": Page("staff"),
    "accounts:me": Page("person"),
    "accounts:sign_in": Page("citizen", queries=("", "?level=3&next=/me/")),
    "accounts:prove": Page("person", queries=("?level=3",)),
    "accounts:address": Page("person"),
    "accounts:keys": Page("person"),
    "accounts:app": Page("person"),
    "accounts:passkey": Page("person"),
    "accounts:staff_set_up": Page("staff"),
    "accounts:staff_keys": Page("staff"),
    "accounts:staff_forget": Page("staff", colleague),
    "accounts:desk_national": Page("staff"),
    "accounts:desk_national_new": Page("staff"),
    "accounts:desk_national_edit": Page("staff", national_login),
}

FRAGMENT = "a piece of a page, looked at with the page that fetches it"
JSON = "JSON for machines"
FILE = "a file"
GOES_ON = "leads on to another page"
PROVIDER = "the simulator's stand-in for a provider: only POSTs, JSON or files"
BETWEEN = "stands between two pages: looked at in the walk that signs in"
NO_PAGES: Mapping[str, str] = {
    "accounts:code": BETWEEN,
    "accounts:enter": BETWEEN,
    "accounts:second": BETWEEN,
    "accounts:second_code": BETWEEN,
    "accounts:address_code": BETWEEN,
    "accounts:prove_by_app": BETWEEN,
    "accounts:staff_second": BETWEEN,
    "accounts:national": GOES_ON,
    "accounts:national_back": GOES_ON,
    "site:language": GOES_ON,
    "site:theme": "a style sheet",
    "site:file": FILE,
    "site:live_ticket": JSON,
    "site:health": "one word, for a load balancer",
    "site:robots": "for search engines",
    "site:simulator_say": GOES_ON,
    "site:simulator_everywhere": GOES_ON,
    "site:simulator_again": GOES_ON,
    "site:simulator_mail": "a letter that we sent, shown in a frame of the simulator's page",
    "site:simulator_picture": FILE,
    "site:whatsapp_file": FILE,
    "site:sms_file": FILE,
    "simulator/provider/whatsapp/<str:version>/<slug:number>/messages": PROVIDER,
    "simulator/provider/whatsapp/<str:version>/<slug:digest>": PROVIDER,
    "simulator/provider/telegram/bot<str:token>/<slug:method>": PROVIDER,
    "simulator/provider/telegram/file/bot<str:token>/<path:path>": PROVIDER,
    "simulator/provider/sms/2010-04-01/Accounts/<slug:sid>/Messages.json": PROVIDER,
    "simulator/provider/kannel/cgi-bin/sendsms": PROVIDER,
    "conversations:stream": FRAGMENT,
    "petitions:count": FRAGMENT,
    "petitions:similar": FRAGMENT,
    "petitions:card": FILE,
    "contests:count": FRAGMENT,
    "contests:confirm": GOES_ON,
    "contests:judge": GOES_ON,
    "contests:card": FILE,
    "contests:desk-move": GOES_ON,
    "contests:api-list": JSON,
    "contests:api-detail": JSON,
    "contests:api-proposals": JSON,
    "contests:api-votes": JSON,
    "contests:api-confirm": JSON,
    "contests:api-ballots": JSON,
    "petitions:sign": GOES_ON,
    "petitions:api-list": JSON,
    "petitions:api-detail": JSON,
    "purchases:count": FRAGMENT,
    "purchases:join": GOES_ON,
    "purchases:pledge": GOES_ON,
    "purchases:desk-pickup-csv": FILE,
    "purchases:api-list": JSON,
    "purchases:api-detail": JSON,
    "reports:desk_export": FILE,
    "reports:api_topics": JSON,
    "reports:api_report": JSON,
    "cases:waiting": FRAGMENT,
    "cases:case": GOES_ON,
    "cases:presence": FRAGMENT,
    "cases:overview_csv": FILE,
}

# Pages that have no address of their own: the status, and an address that is answered so.
ERRORS: Mapping[int, str] = {
    400: "/search/?" + "a=1&" * 1001,  # more fields than any honest page sends
    404: "/no/such/page/",
}


def addresses(who: Who) -> list[str]:
    """Every address to look at, from inside the agency's scope."""
    found = []
    for name, page in PAGES.items():
        if page.who == who:
            paths = [reverse(name, args=arguments()) for arguments in (page.arguments, *page.more)]
            found += [path + query for path in paths for query in page.queries]
    return found
