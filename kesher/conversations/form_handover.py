"""Continue an unfinished form on another channel: from a web page in a chat, or from one chat in another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kesher.contacts.services import MessageLimitReached
from kesher.conversations.agency_contact_points import contact_links
from kesher.conversations.visitor_cookie import get_visitor, set_visitor_cookie
from kesher.core.http.client_ip import allow_from
from kesher.core.ui.charts import qr_svg
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.rules import may_continue
from kesher.dialogues.services import park_form, set_session_aside, valid_answers

# A school or an office shares one network address; so may a robot.
LATER, TEN_MINUTES = 120, 600


def park_page_form(
    request: HttpRequest, skill: str, raw: Mapping[str, Any], *, subject: Any = None, code: str = ""
) -> HttpResponse:
    """Park a page's posted answers for the skill, and redirect to the page of ways to continue elsewhere.

    ``subject``, ``code``: what the form is about, and its short code.
    """
    verb = REGISTRY[skill]
    if not allow_from(request, "later", LATER, TEN_MINUTES):
        return render(request, "conversations/elsewhere.html", {"skill": verb, "wait": True}, status=429)
    answers = valid_answers(verb, raw, subject=subject)
    session = park_form(get_visitor(request), verb, subject=code, answers=answers, door="web")
    return set_visitor_cookie(request, redirect("conversations:elsewhere", key=session.key))


def continue_command(skill: str, code: str = "", token: str = "") -> str:
    """Return the command to write from one's own phone or mailbox to go on: "sign 48213 WJK33QJ".

    ``token``: the code of what was filled in already. A verb without a command word is continued by that code.
    """
    lang, known = (get_language() or "he")[:2], REGISTRY[skill].intents
    words = known.get(lang) or known.get("en") or ()
    if not words:
        return _("continue %(code)s") % {"code": token}
    return " ".join(part for part in (words[0], code, token) if part)


def prepare_other_way(request: HttpRequest, skill: str, raw: Mapping[str, Any], *, subject: Any, code: str) -> str:
    """Park the posted answers and return the command to write to us when we may not send a code.

    What was filled in is parked, unless too many forms are parked for this network; then the conversation asks for it.
    """
    verb = REGISTRY[skill]
    if not verb.form.base_fields:
        return continue_command(skill, code)
    if verb.intents and not allow_from(request, "later", LATER, TEN_MINUTES):
        return continue_command(skill, code)
    answers = valid_answers(verb, raw, subject=subject, whole=True)
    session = park_form(get_visitor(request), verb, subject=code, answers=answers, door="web")
    return continue_command(skill, code, session.code)


def offer_ways(
    request: HttpRequest,
    why: MessageLimitReached,
    skill: str,
    raw: Mapping[str, Any],
    *,
    subject: Any = None,
    code: str = "",
) -> HttpResponse:
    """Return a page of free ways to do the same by writing to us, when a limit forbids sending a code."""
    words = prepare_other_way(request, skill, raw, subject=subject, code=code)
    return set_visitor_cookie(request, render_ways(request, why, REGISTRY[skill], words))


def render_ways(request: HttpRequest, why: MessageLimitReached, skill: Skill, words: str) -> HttpResponse:
    """Return the page of links by which to write ``words`` to us, with a QR code of the first web link."""
    found = contact_links(words)
    link = next((way.url for way in found if way.url.startswith("https:")), "")
    context = {"skill": skill, "why": why.message, "words": words, "ways": found, "sign_in": True}
    context["qr"] = qr_svg(link, words) if link else ""
    return render(request, "conversations/elsewhere.html", context, status=429)


def offer_ways_json(
    request: HttpRequest,
    why: MessageLimitReached,
    skill: str,
    raw: Mapping[str, Any],
    *,
    subject: Any = None,
    code: str = "",
) -> JsonResponse:
    """Return, for the API, what `offer_ways` shows: a 429 response with ``why`` and ``ways``.

    ``why`` is "network", "address", "country" or "agency"; each way has the words to send and a link that opens the
    channel with them.
    """
    words = prepare_other_way(request, skill, raw, subject=subject, code=code)
    found = [
        {"channel": way.channel, "title": way.title, "address": way.address, "words": words, "url": way.url}
        for way in contact_links(words)
    ]
    return JsonResponse({"errors": {"__all__": [why.message]}, "why": why.why, "ways": found}, status=429)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def elsewhere(request: HttpRequest, key: str) -> HttpResponse:
    """Show how to continue a form on another channel: the command to send, and links that open each channel.

    Anyone with the form's link may see this page. A form that is still active in a conversation is first set aside, by
    a button: a code opens only a parked form.
    """
    session = DialogueSession.objects.select_related("contact").filter(key=key).first()
    skill = REGISTRY.get(session.skill) if session else None
    if session is None or skill is None or not may_continue(session, timezone.now()):
        return redirect("dialogues:continue", key=key)
    if session.state == DialogueSession.State.ACTIVE:
        if request.method != "POST":
            return render(request, "conversations/elsewhere.html", {"runs": True, "skill": skill, "key": key})
        set_session_aside(session, "web")
        return redirect("conversations:elsewhere", key=key)
    words = _("continue %(code)s") % {"code": session.code}
    found = contact_links(words, start=f"c-{session.code}")
    link = next((way.url for way in found if way.url.startswith("https:")), "")
    context = {"words": words, "ways": found, "count": len(session.given), "skill": skill, "key": key}
    context["qr"] = qr_svg(link, words) if link else ""
    return render(request, "conversations/elsewhere.html", context)
