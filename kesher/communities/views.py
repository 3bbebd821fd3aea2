"""Pages of communities: the list, what members write in one, and the forms to join, write and leave."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kesher.accounts.recent_verification import find_proved
from kesher.communities import presenters
from kesher.communities.models import Community
from kesher.communities.skill import find_any_community
from kesher.communities.verbs import JOIN, LEAVE, POST
from kesher.core.db.ids import is_number
from kesher.core.http.page_cache import shared_page
from kesher.dialogues import web_form
from kesher.discussions import services as discussions
from kesher.discussions.presenters import Thread, list_limits, list_threads
from kesher.verbs.page_door import VerbPage
from kesher.verbs.services import Outcome


@shared_page()
@require_safe
def list_communities(request: HttpRequest) -> HttpResponse:
    """Show the communities that people can join."""
    return render(request, "communities/list.html", {"cards": presenters.list_cards()})


@never_cache
@require_safe
def feed(request: HttpRequest, code: str) -> HttpResponse:
    """Show what members write, newest first, with the box to write in; to others, what the community is for."""
    community = find_any_community(code)
    if community is None:
        raise Http404
    proved = find_proved(request)
    reader = discussions.find_participant(community.discussion, proved.identity.contact) if proved else None
    asked = request.GET.get("before", "")
    threads: list[Thread] = []
    following = 0
    if reader is not None or community.is_public:
        threads, following = list_threads(community.discussion, reader, before=int(asked) if is_number(asked) else 0)
    context: dict[str, Any] = {
        "community": community,
        "reader": reader,
        "proved": proved,
        "members": presenters.members_in_words(presenters.count_members(community)),
        "threads": threads,
        "open": community.archived_at is None,
        "paged": bool(asked),
        "next": f"?before={following}" if following else "",
        "limits": list_limits(),
        "sign_in": f"{reverse('accounts:sign_in')}?{urlencode({'next': request.path})}",
    }
    if reader is not None and context["open"]:
        context["form"] = web_form.initial_form(post_page.form, {}, subject=community, contact=None)
    return render(request, "communities/feed.html", context)


class CommunityPage(VerbPage):
    """A form about a community, which leads back to it."""

    def go_on(self, request: HttpRequest, subject: Community, outcome: Outcome, form: Any) -> HttpResponse:
        """Show the community again with what became of it, or ask for the code."""
        if outcome.asked is not None or find_proved(request) is None:
            return super().go_on(request, subject, outcome, form)
        messages.success(request, self.verb.receipt(outcome.result).text)
        return redirect(subject.get_absolute_url())


join_page = CommunityPage(JOIN, "communities/<slug:code>/join/")
post_page = CommunityPage(POST, "communities/<slug:code>/post/")
leave_page = CommunityPage(LEAVE, "communities/<slug:code>/leave/")
