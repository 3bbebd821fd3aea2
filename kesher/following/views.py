"""The page on which people choose what they follow, and read what concerns them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from kesher.accounts.recent_verification import ProvedPerson
from kesher.agencies.models import Place
from kesher.dialogues import web_form
from kesher.following.models import Following
from kesher.following.presenters import is_silent, list_concerns
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
        contact = proved.identity.contact if proved else None
        form = web_form.initial_form(self.form, self.initial(request), subject=subject, contact=contact)
        return self.render(request, subject, form, {}, proved)

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the person follows, as the form shows it."""
        found = self.find_own(self.find_proved(request, None))
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
        return Following.objects.of(proved.identity.contact).first() if proved is not None else None

    def context(self, subject: Any, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the form's context, with what concerns the person."""
        found = self.find_own(proved)
        more = {"following": found, "concerns": list_concerns(found), "silent": is_silent(found)} if found else {}
        return {**super().context(subject, form, raw, proved), **more}


follow_page = FollowPage(FOLLOW, "following/")
unfollow_page = VerbPage(UNFOLLOW, "following/end/")
