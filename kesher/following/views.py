"""The page on which people choose what they follow, and read what concerns them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kesher.accounts.recent_verification import ProvedPerson, leave_out_address
from kesher.agencies.models import Place
from kesher.dialogues import web_form
from kesher.following.models import Following
from kesher.following.presenters import list_concerns, silence_in_words
from kesher.following.verbs import FOLLOW, UNFOLLOW
from kesher.verbs.page_door import VerbPage


class FollowPage(VerbPage):
    """The form, filled with what a signed-in person follows, and the list of what concerns them."""

    template = "following/follow.html"

    def serve(self, request: HttpRequest, subject: Any) -> HttpResponse:
        """Show the form for the person whom this browser knows, or do what it asks for."""
        if request.method == "POST":
            return self.post(request, subject)
        proved = self.find_proved(request, subject)
        contact, found = (proved.identity.contact, self.find_own(proved)) if proved else (None, None)
        form = web_form.initial_form(self.form, self.answers(found), subject=subject, contact=contact)
        leave_out_address(form, proved)
        context = {**super().context(subject, form, {}, proved), **self.own_context(found)}
        return render(request, self.template, context)

    def answers(self, found: Following | None) -> dict[str, Any]:
        """Return what a person follows, as the form shows it."""
        if found is None:
            return {}
        places = Place.objects.filter(code__in=found.places).order_by("pk") if found.places else ()
        return {
            "topics": found.topics,
            "places": ", ".join(str(place) for place in places),
            "languages": found.languages,
            "frequency": found.frequency,
        }

    def find_own(self, proved: ProvedPerson | None) -> Following | None:
        """Return what the person whom this browser knows follows, or None."""
        rows = Following.objects.select_related("contact")
        return rows.of(proved.identity.contact).first() if proved is not None else None

    def context(self, subject: Any, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the form's context, with what concerns the person."""
        return {**super().context(subject, form, raw, proved), **self.own_context(self.find_own(proved))}

    def own_context(self, found: Following | None) -> dict[str, Any]:
        """Return what the page shows of what a person follows."""
        if found is None:
            return {}
        return {"following": found, "concerns": list_concerns(found), "silent": silence_in_words(found)}


follow_page = FollowPage(FOLLOW, "following/")
unfollow_page = VerbPage(UNFOLLOW, "following/end/")
