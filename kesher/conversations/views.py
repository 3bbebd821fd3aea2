"""The citizen's web chat: a page that works without JavaScript, its stream, and file upload."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.channels.models import Account
from kesher.contacts.addresses import mask_address
from kesher.conversations import webchat_presenter as webchat
from kesher.conversations.contact_points import ways
from kesher.conversations.services import stop_by_link, whose_stop
from kesher.conversations.visitor_cookie import identity_of, known_visitor, remember, visitor_name
from kesher.core.attachments import store_attachment
from kesher.core.client_ip import allow_from
from kesher.core.errors import Refused
from kesher.core.file_types import BadFile
from kesher.core.models import Attachment
from kesher.core.throttle import allow
from kesher.dialogues.answer_matching import LANGUAGE_NAMES

LANGUAGE_CHOICE = "go:lang:"
A_MINUTE, MESSAGES_A_MINUTE, FILES_A_MINUTE = 60, 30, 10
STRANGERS = 10  # factor of the limit that all unknown visitors of one network address share


@never_cache
def chat(request: AgencyRequest) -> HttpResponseBase:
    """Show the conversation of this browser and the field to write in, or take a posted message."""
    account = open_account()
    if request.method == "POST":
        return said(request, account)
    return remember(request, render(request, "conversations/chat.html", page(request, account)))


@never_cache
@require_safe
def stream(request: HttpRequest) -> HttpResponse:
    """Return only the messages and the buttons, for the page's script."""
    heard = webchat.stream_of(identity_of(request))
    return render(request, "conversations/chat.html#stream", {**shown(request), "live_streams": heard, "alone": True})


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Store a file before it is sent, and answer with its key."""
    try:
        kept = file_of(request)
    except Refused as refusal:
        return JsonResponse({"error": refusal.message}, status=429 if refusal.code == "rate" else 400)
    if kept is None:
        return JsonResponse({"error": _("Choose a file first.")}, status=400)
    return remember(request, JsonResponse({"key": kept.key, "name": kept.name, "mime": kept.mime}, status=201))


@csrf_exempt  # mail programs post here (RFC 8058); the token in the URL is the permission
@never_cache
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """End our messages to the owner of an unsubscribe link.

    A GET asks first, because mail scanners open every link; a POST does it.
    """
    identity = whose_stop(signed)
    if identity is None:
        raise Http404
    done = request.method == "POST"
    if done:
        stop_by_link(identity)
    return render(
        request, "conversations/stop.html", {"done": done, "address": mask_address(identity.scheme, identity.address)}
    )


def open_account() -> Account:
    """Return the account of the web chat; raise Http404 if the agency has none."""
    account = webchat.chat_account()
    if account is None:
        raise Http404
    return account


def said(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Take a message posted by the page itself. A choice of language changes the page's language, too."""
    choice = request.POST.get("choice", "")
    try:
        within(request, "chat", MESSAGES_A_MINUTE)
        text = request.POST.get("text", "").strip()
        kept = file_of(request)
        if text or choice or kept:
            words = text or webchat.title_of(choice, identity_of(request))
            webchat.hear(account, visitor_name(request), text=words, choice=choice, file=kept)
    except Refused as refusal:
        messages.error(request, refusal.message)
    response = redirect(reverse("conversations:chat") + "#newest")
    lang = choice.removeprefix(LANGUAGE_CHOICE)
    if choice.startswith(LANGUAGE_CHOICE) and lang in LANGUAGE_NAMES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, lang, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax")
    return remember(request, response)


def file_of(request: HttpRequest) -> Attachment | None:
    """Store the file that came with a form and return it; raise Refused with what to do next."""
    given = request.FILES.get("file")
    if given is None:
        return None
    within(request, "upload", FILES_A_MINUTE)
    visitor_name(request)
    try:
        return store_attachment(given.read(), name=given.name or "")
    except BadFile as error:
        raise Refused(str(error)) from error


def within(request: HttpRequest, what: str, limit: int) -> None:
    """Count one request of this visitor; raise Refused if there are too many.

    Requests of unknown visitors are also counted together for each network address, since a new cookie costs nothing.
    """
    is_known = identity_of(request) is not None
    may = allow(f"{what}:{visitor_name(request)}", limit, A_MINUTE)
    if not (may and (is_known or allow_from(request, what, STRANGERS * limit, A_MINUTE))):
        raise Refused(_("That was a lot in one minute. Please wait a moment and try again."), code="rate")


def shown(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the stream's fragment."""
    identity = identity_of(request)
    lines = webchat.lines(identity)
    rows = [{"line": line, "files": webchat.file_links(line.files)} for line in lines]
    return {"rows": rows, "keys": webchat.keys(identity), "last": lines[-1].id if lines else 0}


def page(request: AgencyRequest, account: Account) -> dict[str, Any]:
    """Return the context of the whole page."""
    known = known_visitor(request)
    identity = identity_of(request) if known else None
    return {
        **shown(request),
        "live_streams": webchat.stream_of(identity),
        "lane": urlsplit(account.info(account.agency.public_url).public_url).path,
        "visitor": webchat.proof(account, visitor_name(request)),
        "other_languages": languages(request, identity.contact.root().language if identity else ""),
        "ways": ways(),
        "max_mb": settings.KESHER_FILE_BYTES // 10**6,
    }


def languages(request: AgencyRequest, spoken: str) -> list[dict[str, str]]:
    """Return the languages that the conversation may switch to."""
    now = spoken or (get_language() or "he")[:2]
    offered = request.agency.languages or list(LANGUAGE_NAMES)
    titles = dict(settings.LANGUAGES)
    return [
        {"code": code, "title": str(titles.get(code, code)), "choice": f"{LANGUAGE_CHOICE}{code}"}
        for code in offered
        if code != now and code in LANGUAGE_NAMES
    ]
