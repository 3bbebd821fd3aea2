"""Generate the staff's page on which a clerk does a verb for somebody on the phone or at the counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kesher.agencies.rules import clerk, staff_only
from kesher.cases.forms import initial_person, person_language
from kesher.contacts.service_caller import call_from_request
from kesher.core.errors import Refused
from kesher.dialogues import web_form
from kesher.verbs.declaration import Verb
from kesher.verbs.door_forms import desk_form
from kesher.verbs.services import Outcome, do_or_ask
from kesher.verbs.unavailable import not_found_page


def on_behalf_view(
    verb: Verb,
    *,
    after: str,
    find: Callable[[str], Any] | None = None,
    describe: Callable[[Any], str] | None = None,
    template: str = "verbs/on_behalf.html",
) -> Callable[..., HttpResponse]:
    """Return the staff's view to do a verb for somebody; ``after`` is the name of the page that follows.

    What the clerk checked is done at once; otherwise a code goes to the person, and it is done when that comes back.
    ``find`` finds the subject where staff may see more than the public; ``describe`` says what was done.
    """
    assert verb.right, verb.name
    form_class, find_subject = desk_form(verb.form), find or verb.find_subject

    @require_http_methods(["GET", "POST"])
    @staff_only(verb.right)
    def do_for(request: HttpRequest, code: str = "") -> HttpResponse:
        """Do the verb for the person whose address the clerk gives; ``?contact=`` fills that in."""
        subject, next_page = find_subject(code), page_path(after, code)
        if not verb.is_about(subject):
            return not_found_page(request)
        if request.method == "POST":
            form, raw = web_form.read_form(form_class, request, subject=subject)
        else:
            person = initial_person(request.GET.get("contact", ""))
            form, raw = web_form.initial_form(form_class, person, subject=subject), {}
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            lang = person_language(given["address"], given["person_language"])
            who = {"address": given["address"], "level": int(given["checked"]), "staff": clerk(request), "lang": lang}
            try:
                outcome = do_or_ask(verb, subject, call_from_request(request, door="desk", **who), given, raw)
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, describe_outcome(verb, outcome, describe))
                return redirect(next_page)
        context = {"verb": verb, "subject": subject, "form": form, "rows": web_form.question_rows(form, raw)}
        return render(request, template, context, status=422 if form.errors else 200)

    return do_for


def page_path(name: str, code: str) -> str:
    """Return the path of the page of this name, about the subject of a code if the page has one."""
    try:
        return reverse(name, args=[code])
    except NoReverseMatch:
        return reverse(name)


def describe_outcome(verb: Verb, outcome: Outcome, describe: Callable[[Any], str] | None) -> str:
    """Return what the clerk should say to the person: that it is done, or that a code was sent."""
    if outcome.asked is not None:
        return _("A code was sent to this person. It is done when the code comes back.")
    if describe is not None:
        return describe(outcome.result)
    if reference := verb.receipt(outcome.result).reference:
        return _("Done. Reference: %(reference)s.") % {"reference": reference}
    return _("Done.")
