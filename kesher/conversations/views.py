"""Pages of the citizens' web chat (it works without JavaScript), its event stream and its file upload."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

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
from kesher.conversations.agency_contact_points import contact_links
from kesher.conversations.services import find_invitation, find_stop_identity, stop_by_link, use_invitation
from kesher.conversations.services.public_messages.single_use_links import LIFE
from kesher.conversations.visitor_cookie import (
    find_visitor_identity,
    find_visitor_name,
    get_visitor_identity,
    get_visitor_name,
    set_visitor_cookie,
)
from kesher.core.errors import Refused
from kesher.core.files.attachments import store_attachment
from kesher.core.files.file_types import BadFile
from kesher.core.http.client_ip import allow_from
from kesher.core.http.throttle import allow
from kesher.core.models import Attachment
from kesher.dialogues.answer_matching import LANGUAGE_NAMES

LANGUAGE_CHOICE = "go:lang:"
A_MINUTE, MESSAGES_A_MINUTE, FILES_A_MINUTE = 60, 30, 10
MOST_WORDS = 200  # that a link may put into the field, for the visitor to send
STRANGERS = 10  # factor of the limit that all unknown visitors of one network address share


@never_cache
def chat(request: AgencyRequest) -> HttpResponseBase:
    """Show this browser's conversation with a field to write in, or process a posted message."""
    account = get_chat_account()
    if request.method == "POST":
        return receive_post(request, account)
    return set_visitor_cookie(request, render(request, "conversations/chat.html", page_context(request, account)))


@never_cache
@require_safe
def stream(request: HttpRequest) -> HttpResponse:
    """Render only the messages and buttons of the web chat, for the page's script to refresh."""
    heard = webchat.live_stream(find_visitor_identity(request))
    return render(
        request, "conversations/chat.html#stream", {**stream_context(request), "live_streams": heard, "alone": True}
    )


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Store a file that a visitor will send with the next message, and answer with its key."""
    try:
        kept = store_upload(request)
    except Refused as refusal:
        return JsonResponse({"error": refusal.message}, status=429 if refusal.code == "rate" else 400)
    if kept is None:
        return JsonResponse({"error": _("Choose a file first.")}, status=400)
    return set_visitor_cookie(
        request, JsonResponse({"key": kept.key, "name": kept.name, "mime": kept.mime}, status=201)
    )


@csrf_exempt  # mail programs post here (RFC 8058); the token in the URL is the permission
@never_cache
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """Show or process the page of an unsubscribe link: stop our messages to the owner of the address.

    A GET asks first, because mail scanners open every link; a POST does it.
    """
    identity = find_stop_identity(signed)
    if identity is None:
        raise Http404
    done = request.method == "POST"
    if done:
        stop_by_link(identity)
    return render(
        request, "conversations/stop.html", {"done": done, "address": mask_address(identity.scheme, identity.address)}
    )


@never_cache
def continue_privately(request: AgencyRequest, key: str) -> HttpResponseBase:
    """Show or use a link by which somebody leaves a public thread for a private conversation.

    A GET asks first, because networks open every link; a POST uses it and leads to this browser's own chat.
    """
    invitation = find_invitation(key)
    context: dict[str, Any] = {"invitation": invitation, "ways": contact_links(invitation.words if invitation else "")}
    context |= {"has_chat": webchat.chat_account() is not None, "days": LIFE.days}
    if request.method != "POST" or invitation is None or not context["has_chat"]:
        return render(request, "conversations/private.html", context)
    try:
        check_rate(request, "private", MESSAGES_A_MINUTE)
        use_invitation(key, get_visitor_identity(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return render(request, "conversations/private.html", {**context, "invitation": None}, status=422)
    words = {"words": invitation.words} if invitation.words else {}
    return set_visitor_cookie(request, redirect(f"{reverse('conversations:chat')}?{urlencode(words)}"))


def get_chat_account() -> Account:
    """Return the account of the agency's web chat; raise Http404 if it has none."""
    account = webchat.chat_account()
    if account is None:
        raise Http404
    return account


def receive_post(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Process a message posted without script. A choice of language changes the page's language, too."""
    choice = request.POST.get("choice", "")
    try:
        check_rate(request, "chat", MESSAGES_A_MINUTE)
        text = request.POST.get("text", "").strip()
        kept = store_upload(request)
        if text or choice or kept:
            words = text or webchat.key_title(choice, find_visitor_identity(request))
            webchat.receive_from_visitor(account, get_visitor_name(request), text=words, choice=choice, file=kept)
    except Refused as refusal:
        messages.error(request, refusal.message)
    response = redirect(reverse("conversations:chat") + "#newest")
    lang = choice.removeprefix(LANGUAGE_CHOICE)
    if choice.startswith(LANGUAGE_CHOICE) and lang in LANGUAGE_NAMES:
        age, secure = settings.LANGUAGE_COOKIE_AGE, settings.LANGUAGE_COOKIE_SECURE
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, lang, max_age=age, samesite="Lax", secure=secure)
    return set_visitor_cookie(request, response)


def store_upload(request: HttpRequest) -> Attachment | None:
    """Store the posted file and return its attachment, None if there is none; raise Refused with what to do."""
    given = request.FILES.get("file")
    if given is None:
        return None
    check_rate(request, "upload", FILES_A_MINUTE)
    get_visitor_name(request)
    try:
        return store_attachment(given.read(), name=given.name or "")
    except BadFile as error:
        raise Refused(str(error)) from error


def check_rate(request: HttpRequest, what: str, limit: int) -> None:
    """Count one request by this visitor for ``what``; raise Refused if it is more than ``limit``.

    Requests of unknown visitors are also counted together for each network address, since a new cookie costs nothing.
    """
    is_known = find_visitor_identity(request) is not None
    may = allow(f"{what}:{get_visitor_name(request)}", limit, A_MINUTE)
    if not (may and (is_known or allow_from(request, what, STRANGERS * limit, A_MINUTE))):
        raise Refused(_("That was a lot in one minute. Please wait a moment and try again."), code="rate")


def stream_context(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of the web chat's messages and buttons."""
    identity = find_visitor_identity(request)
    lines = webchat.visitor_lines(identity)
    rows = [{"line": line, "files": webchat.file_links(line.files)} for line in lines]
    return {"rows": rows, "keys": webchat.current_keys(identity), "last": lines[-1].id if lines else 0}


def page_context(request: AgencyRequest, account: Account) -> dict[str, Any]:
    """Return the template context of the whole web chat page."""
    known = find_visitor_name(request)
    identity = find_visitor_identity(request) if known else None
    return {
        **stream_context(request),
        "live_streams": webchat.live_stream(identity),
        "lane": urlsplit(account.info(account.agency.public_url).public_url).path,
        "visitor": webchat.visitor_proof(account, get_visitor_name(request)),
        "other_languages": language_choices(request, identity.contact.root().language if identity else ""),
        "ways": contact_links(),
        "words": request.GET.get("words", "")[:MOST_WORDS],
        "max_mb": settings.KESHER_FILE_BYTES // 10**6,
    }


def language_choices(request: AgencyRequest, spoken: str) -> list[dict[str, str]]:
    """Return the languages to which a visitor may switch the conversation, as options."""
    now = spoken or (get_language() or "he")[:2]
    offered = request.agency.languages or list(LANGUAGE_NAMES)
    titles = dict(settings.LANGUAGES)
    return [
        {"code": code, "title": str(titles.get(code, code)), "choice": f"{LANGUAGE_CHOICE}{code}"}
        for code in offered
        if code != now and code in LANGUAGE_NAMES
    ]
