"""The simulator's page, and what is done on its phones."""

from __future__ import annotations

import base64
import re
import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from kesher.channels.base import Json
from kesher.conversations.models import Delivery, Message
from kesher.core.attachments import file_path
from kesher.core.errors import Refused
from kesher.core.file_types import BadFile, sniff
from kesher.site import simulator_client
from kesher.site.demo import town
from kesher.site.demo.people import FIRST, PEOPLE, Person
from kesher.site.demo.pictures import pothole
from kesher.site.models import SimulatedMessage
from kesher.site.services import STREAM, begin_anew, keep_photo, record
from kesher.site.simulator.phones import Phone, phones, streams
from kesher.site.simulator.scenarios import scenarios
from kesher.site.simulator.voice_preview import spoken

View = Callable[..., HttpResponse]
DIGEST = re.compile(r"[0-9a-f]{64}")
# In front of the town hall of the made-up town.
PLACE = {"lat": 32.6822, "lon": 34.9290, "label": "", "address": ""}
PAGE_POLICY: dict[str, Any] = {**settings.SECURE_CSP, "frame-src": [CSP.SELF]}
MAIL_POLICY: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [CSP.SELF],
    "sandbox": ["allow-popups"],
}
LONGEST_WAIT, STEP = 4.0, 0.1


def only_here(view: View) -> View:
    """There is a simulator only where the settings say so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.KESHER_SIMULATOR:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@only_here
@require_safe
@csp_override(PAGE_POLICY)
def simulator(request: HttpRequest) -> HttpResponse:
    """The phones of one person; asked by htmx, only their screens."""
    person = person_of(request.GET.get("person", ""))
    name = "site/simulator.html#screens" if request.headers.get("HX-Request") else "site/simulator.html"
    return render(request, name, context(person))


def context(person: Person) -> dict[str, Any]:
    return {
        "person": person,
        "people": PEOPLE.values(),
        "phones": phones(person),
        "voice": spoken(person),
        "login": town.PRINTED[0],
        "password": town.PASSWORD,
        "scenarios": scenarios(person),
        "more_streams": (more := streams(person)),
        "live_streams": [STREAM, *more],
    }


def person_of(key: str) -> Person:
    return PEOPLE.get(key) or PEOPLE[FIRST]


@only_here
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Something is written, tapped or sent on one phone."""
    person = person_of(request.POST.get("person", ""))
    phone = next((phone for phone in phones(person) if phone.key == request.POST.get("phone")), None)
    if phone is None:
        raise Http404
    try:
        words = words_of(request, phone)
    except BadFile as error:
        messages.error(request, str(error))
        return answer(request, person)
    return done(request, person, [(phone, words)])


@only_here
@require_POST
def everywhere(request: HttpRequest) -> HttpResponse:
    """The same words on every phone at once."""
    person = person_of(request.POST.get("person", ""))
    words: Json = {"text": request.POST.get("text", "").strip()[:1000]}
    return done(request, person, [(phone, words) for phone in phones(person)])


@only_here
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Wipes the phones of one person."""
    person = person_of(request.POST.get("person", ""))
    begin_anew(person.addresses)
    return answer(request, person)


def done(request: HttpRequest, person: Person, said: list[tuple[Phone, Json]]) -> HttpResponse:
    """Sends what was said through the intake, and shows the phones (without a script: when an answer has come)."""
    last = None
    try:
        for phone, words in said:
            if any(words.get(name) for name in ("text", "choice_id", "media", "location")):
                last = send(person, phone, words)
    except Refused as error:
        messages.error(request, str(error))
    if last is not None and not request.headers.get("HX-Request"):
        wait_for_answer(last)
    return answer(request, person)


def answer(request: HttpRequest, person: Person) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "site/simulator.html#screens", context(person))
    return redirect(f"{reverse('site:simulator')}?person={person.key}")


def send(person: Person, phone: Phone, words: Json) -> SimulatedMessage:
    """One webhook, and the line on the phone from which it came."""
    sender = person.address(phone.model.scheme)
    media = words.get("media") or [{}]
    row = record(
        phone.account.channel,
        sender.address,
        {
            "say": {name: value for name, value in words.items() if name != "media"},
            "picture": media[0].get("shown", ""),
        },
        mine=True,
    )
    simulator_client.say(phone.account, sender, {"id": uuid.uuid4().hex, **words})
    return row


def words_of(request: HttpRequest, phone: Phone) -> Json:
    """What was done on a phone: a file, a tap, a place, or words."""
    choice, text = request.POST.get("choice", ""), request.POST.get("text", "").strip()[:4000]
    upload = request.FILES.get("file")
    if upload is not None:
        return {"text": text, "media": [photo(request, upload.read(), upload.name or "photo")]}
    if choice == "@photo":
        return {"text": "", "media": [photo(request, pothole(), "pothole.png")]}
    if choice == "@place":
        return {"location": PLACE} if phone.model.look != "text" and phone.key != "email" else {"text": _("Herzl 12")}
    if choice:
        return {"choice_id": choice, "text": title_of(phone, choice)}
    return {"text": text, **({"subject": request.POST.get("subject", "")} if phone.key == "email" else {})}


def title_of(phone: Phone, choice: str) -> str:
    """The words on the key that was tapped."""
    keys = (key for bubble in phone.bubbles for row in bubble.rows for key in row)
    return next((key.title for key in keys if key.value == choice), choice)


def photo(request: HttpRequest, content: bytes, name: str) -> Json:
    """A picture in every form in which a provider would pass it on. Raises BadFile."""
    mime, kind = sniff(content)
    digest, key = keep_photo(content, name)
    return {
        "kind": kind,
        "mime": mime,
        "name": name,
        "content_b64": base64.b64encode(content).decode(),
        "url": simulator_client.own_address() + reverse("site:sms_file", args=[digest]),
        "ref": key,
        "shown": reverse("site:simulator_picture", args=[digest]),
    }


def wait_for_answer(row: SimulatedMessage) -> None:
    """Without a script the page cannot fill itself, so it waits a little for what the worker will say."""
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until and not answered(row):
        time.sleep(STEP)


def answered(row: SimulatedMessage) -> bool:
    """Was something said to this, and is all of it on the phone?"""
    said = Message.objects.filter(identity__address=row.address, direction="out", received__gt=row.at)
    on_its_way = Delivery.objects.filter(identity__address=row.address, state__in=["queued", "sending"])
    return said.exists() and not on_its_way.exists()


@only_here
@require_safe
@xframe_options_sameorigin
@csp_override(MAIL_POLICY)
def mail(request: HttpRequest, number: int) -> HttpResponse:
    """The HTML of a letter, in a frame where nothing can run."""
    row = get_object_or_404(SimulatedMessage, pk=number, channel="email", mine=False)
    return HttpResponse(row.payload.get("html", ""))


@only_here
@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """A picture that was sent from a phone."""
    path = file_path(digest)
    if not DIGEST.fullmatch(digest) or not path.is_file():
        raise Http404
    content = path.read_bytes()
    return HttpResponse(content, content_type=sniff(content)[0])
