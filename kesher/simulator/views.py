"""Views of the simulator's page, and of the actions on its simulated phones."""

from __future__ import annotations

import base64
import re
import time
import uuid
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
from kesher.core.errors import Refused
from kesher.core.files.attachments import file_path
from kesher.core.files.file_types import BadFile, sniff
from kesher.demo.data_files import read, read_picture
from kesher.demo.people import FIRST, PEOPLE, Person
from kesher.simulator.meaning_preview import has_model
from kesher.simulator.models import SimulatedMessage
from kesher.simulator.phones import Phone, conversation_streams, list_phones
from kesher.simulator.providers import simulator_only
from kesher.simulator.scenarios import list_scenarios
from kesher.simulator.services import STREAM, keep_photo, record_message, reset_phones
from kesher.simulator.voice_preview import find_spoken_question
from kesher.site import webhook_client

DIGEST = re.compile(r"[0-9a-f]{64}")
# In front of the demo's town hall.
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


@simulator_only
@require_safe
@csp_override(PAGE_POLICY)
def simulator(request: HttpRequest) -> HttpResponse:
    """Show the simulated phones of one person; for htmx, only their screens."""
    person = person_of(request.GET.get("person", ""))
    name = "simulator/phones.html#screens" if request.headers.get("HX-Request") else "simulator/phones.html"
    return render(request, name, simulator_context(person))


def simulator_context(person: Person) -> dict[str, Any]:
    """Return the template context of the simulator's page for one person."""
    return {
        "person": person,
        "people": PEOPLE.values(),
        "phones": list_phones(person),
        "voice": find_spoken_question(person),
        "login": read("agency")["staff"][0]["username"],
        "password": read("agency")["password"],
        "scenarios": list_scenarios(person),
        "has_model": has_model(),
        "more_streams": (more := conversation_streams(person)),
        "live_streams": [STREAM, *more],
    }


def person_of(key: str) -> Person:
    """Return the demo person with this key, or the first one."""
    return PEOPLE.get(key) or PEOPLE[FIRST]


@simulator_only
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Send to the intake what was written, tapped or uploaded on one simulated phone."""
    person = person_of(request.POST.get("person", ""))
    phone = next((phone for phone in list_phones(person) if phone.key == request.POST.get("phone")), None)
    if phone is None:
        raise Http404
    try:
        words = read_input(request, phone)
    except BadFile as error:
        messages.error(request, str(error))
        return render_phones(request, person)
    return send_all(request, person, [(phone, words)])


@simulator_only
@require_POST
def say_on_all_phones(request: HttpRequest) -> HttpResponse:
    """Send the same text to the intake from each of a person's simulated phones."""
    person = person_of(request.POST.get("person", ""))
    words: Json = {"text": request.POST.get("text", "").strip()[:1000]}
    return send_all(request, person, [(phone, words) for phone in list_phones(person)])


@simulator_only
@require_POST
def clear_phones(request: HttpRequest) -> HttpResponse:
    """Delete the messages on one person's simulated phones, and end their dialogues."""
    person = person_of(request.POST.get("person", ""))
    reset_phones(person.addresses)
    return render_phones(request, person)


def send_all(request: HttpRequest, person: Person, said: list[tuple[Phone, Json]]) -> HttpResponse:
    """Send messages from simulated phones to the intake, and render the phones."""
    last = None
    try:
        for phone, words in said:
            if any(words.get(name) for name in ("text", "choice_id", "media", "location")):
                last = send_from_phone(person, phone, words)
    except Refused as error:
        messages.error(request, str(error))
    if last is not None and not request.headers.get("HX-Request"):
        wait_for_answer(last)
    return render_phones(request, person)


def render_phones(request: HttpRequest, person: Person) -> HttpResponse:
    """Render a person's simulated phones: only the screens for htmx, else redirect to the page."""
    if request.headers.get("HX-Request"):
        return render(request, "simulator/phones.html#screens", simulator_context(person))
    return redirect(f"{reverse('simulator:phones')}?person={person.key}")


def send_from_phone(person: Person, phone: Phone, words: Json) -> SimulatedMessage:
    """Send one message as a webhook to the intake, record it on the simulated phone, and return it."""
    sender = person.address(phone.model.scheme)
    media = words.get("media") or [{}]
    row = record_message(
        phone.account.channel,
        sender.address,
        {
            "say": {name: value for name, value in words.items() if name != "media"},
            "picture": media[0].get("shown", ""),
        },
        mine=True,
    )
    webhook_client.send_as_person(phone.account, sender, {"id": uuid.uuid4().hex, **words})
    return row


def read_input(request: HttpRequest, phone: Phone) -> Json:
    """Return what the person did on a simulated phone: sent a file, a tap, a location or text."""
    choice, text = request.POST.get("choice", ""), request.POST.get("text", "").strip()[:4000]
    upload = request.FILES.get("file")
    if upload is not None:
        return {"text": text, "media": [photo_fields(request, upload.read(), upload.name or "photo")]}
    if choice == "@photo":
        return {"text": "", "media": [photo_fields(request, read_picture("pothole"), "pothole.png")]}
    if choice == "@place":
        return {"location": PLACE} if phone.model.look != "text" and phone.key != "email" else {"text": _("Herzl 12")}
    if choice:
        return {"choice_id": choice, "text": button_title(phone, choice)}
    return {"text": text, **({"subject": request.POST.get("subject", "")} if phone.key == "email" else {})}


def button_title(phone: Phone, choice: str) -> str:
    """Return the title of the button with this value that was tapped on a simulated phone."""
    keys = (key for bubble in phone.bubbles for row in bubble.rows for key in row)
    return next((key.title for key in keys if key.value == choice), choice)


def photo_fields(request: HttpRequest, content: bytes, name: str) -> Json:
    """Return a picture as the fields that each provider passes on. Raise BadFile."""
    mime, kind = sniff(content)
    digest, key = keep_photo(content, name)
    return {
        "kind": kind,
        "mime": mime,
        "name": name,
        "content_b64": base64.b64encode(content).decode(),
        "url": webhook_client.own_address() + reverse("simulator:sms_file", args=[digest]),
        "ref": key,
        "shown": reverse("simulator:picture", args=[digest]),
    }


def wait_for_answer(row: SimulatedMessage) -> None:
    """Wait a few moments for the worker's answer to a message, for pages without JavaScript."""
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until and not is_answer_complete(row):
        time.sleep(STEP)


def is_answer_complete(row: SimulatedMessage) -> bool:
    """Return whether a reply to a simulated message was sent and no other is still queued."""
    said = Message.objects.filter(identity__address=row.address, direction="out", received__gt=row.at)
    on_its_way = Delivery.objects.filter(identity__address=row.address, state__in=["queued", "sending"])
    return said.exists() and not on_its_way.exists()


@simulator_only
@require_safe
@xframe_options_sameorigin
@csp_override(MAIL_POLICY)
def mail(request: HttpRequest, number: int) -> HttpResponse:
    """Show the HTML of a simulated phone's e-mail, in a frame that runs no scripts."""
    row = get_object_or_404(SimulatedMessage, pk=number, channel="email", mine=False)
    return HttpResponse(row.payload.get("html", ""))


@simulator_only
@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """Return a picture that was sent from a simulated phone."""
    path = file_path(digest)
    if not DIGEST.fullmatch(digest) or not path.is_file():
        raise Http404
    content = path.read_bytes()
    return HttpResponse(content, content_type=sniff(content)[0])
