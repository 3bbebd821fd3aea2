"""Web page that continues an unfinished chat form, for anyone who has its link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kesher.agencies.middleware import AgencyRequest
from kesher.channels.base import Say
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.dialogues import services, web_form
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.rules import may_continue

TRIES_AN_HOUR = 40


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def go(request: AgencyRequest, key: str) -> HttpResponse:
    """Show the page of an unfinished form whose link was opened, or finish the form from the posted answers.

    It signs nobody in, merges nobody and sets no cookie: a link may have been forwarded, so it opens only this form.
    """
    session = DialogueSession.objects.select_related("contact").filter(key=key).first()
    lang = page_language(request, session)
    with translation.override(lang):
        skill = REGISTRY.get(session.skill) if session else None
        if session is None or skill is None or not may_continue(session, timezone.now()):
            return render_gone(request, session)
        subject = services.find_subject(session, skill)
        if services.is_gone(session, skill, subject):
            return render_gone(request, session)
        if skill.page is not None and (own := skill.page(subject)):
            return redirect(own)
        go_on = finish_on_page if request.method == "POST" else render_form
        response = go_on(request, session, skill, subject)
    response.headers["Content-Language"] = lang
    return response


def page_language(request: AgencyRequest, session: DialogueSession | None) -> str:
    """Return the language code of a form's page: the conversation's, unless the visitor chose another."""
    chosen = request.GET.get("lang", "")
    return chosen if chosen in dict(settings.LANGUAGES) else conversation_language(session)


def conversation_language(session: DialogueSession | None) -> str:
    """Return the language code of the conversation in which this form was begun."""
    here = (translation.get_language() or settings.LANGUAGE_CODE)[:2]
    return session.contact.root().language or here if session is not None else here


def language_links(request: AgencyRequest) -> list[dict[str, Any]]:
    """Return links to the same page in each language that the agency offers."""
    current, offered = translation.get_language(), request.agency.languages
    return [
        {"code": code, "title": title, "url": f"?lang={code}", "current": code == current}
        for code, title in settings.LANGUAGES
        if not offered or code in offered
    ]


def render_gone(request: AgencyRequest, session: DialogueSession | None) -> HttpResponse:
    """Render the page of a link that opens nothing: already sent, too old or unknown."""
    used = session is not None and session.state == DialogueSession.State.DONE
    status = 404 if session is None else 410
    return render(request, "dialogues/continue.html", {"gone": True, "used": used}, status=status)


def render_form(request: AgencyRequest, session: DialogueSession, skill: Skill, subject: Any) -> HttpResponse:
    """Render the page of an unfinished form, filled with the answers so far."""
    form = web_form.initial_form(skill.form, session.given, subject=subject, contact=session.contact)
    return render_page(request, skill, subject, form, session.answers)


def finish_on_page(request: AgencyRequest, session: DialogueSession, skill: Skill, subject: Any) -> HttpResponse:
    """Run the form's skill as a conversation would, and render what it says."""
    if not allow(f"go:{session.pk}", TRIES_AN_HOUR, 3600):
        form = web_form.initial_form(skill.form, session.given, subject=subject, contact=session.contact)
        return render_page(request, skill, subject, form, session.answers, too_many=True)
    form, raw = web_form.read_form(skill.form, request, subject=subject, contact=session.contact)
    if not form.is_valid():
        return render_page(request, skill, subject, form, raw)
    turn = Turn(session.contact, "web", lang=conversation_language(session))  # the conversation gets the same text
    try:
        says = services.complete_form(session, turn, raw)
    except Refused as refusal:
        says = [Say(refusal.message)]
    context = {"skill": skill, "says": says, "language_links": language_links(request)}
    return render(request, "dialogues/continue.html", context)


def render_page(
    request: AgencyRequest,
    skill: Skill,
    subject: Any,
    form: StepForm,
    answers: Mapping[str, Any],
    *,
    too_many: bool = False,
) -> HttpResponse:
    """Render the page of a skill's form, with status 422 if it has errors."""
    wait = _("That was a lot of tries. Please wait an hour, or go on where you began.") if too_many else ""
    context = {
        "skill": skill,
        "subject": subject,
        "form": form,
        "rows": web_form.question_rows(form, answers),
        "wait": wait,
    }
    context["language_links"] = language_links(request)
    status = 429 if too_many else 422 if form.is_bound else 200
    return render(request, "dialogues/continue.html", context, status=status)
