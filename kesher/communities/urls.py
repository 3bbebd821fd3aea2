"""URLs of communities: pages, API, and the desk."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from kesher.communities import desk, views
from kesher.communities.verbs import JOIN, LEAVE, POST
from kesher.verbs.api_door import VerbApi

ADDRESS = {"address": "noa@example.com"}
MEMBERS = "api/v1/communities/<slug:code>/members/"
POSTS = "api/v1/communities/<slug:code>/posts/"
LEAVING = "api/v1/communities/<slug:code>/leave/"
JOIN_TITLE = _("Join a community by a name that the others see. A code goes to the address.")
POST_TITLE = _("Write to a community. A code goes to the member's address.")
LEAVE_TITLE = _("Leave a community. A code goes to the member's address.")

app_name = "communities"
urlpatterns = [
    path("communities/", views.list_communities, name="list"),
    path("communities/<slug:code>/", views.feed, name="feed"),
    *views.join_page.urls,
    *views.post_page.urls,
    *views.leave_page.urls,
    *VerbApi(JOIN, MEMBERS, {"name": "Noa", **ADDRESS}, title=JOIN_TITLE).urls,
    *VerbApi(POST, POSTS, {"text": "Who knows a quiet park?", **ADDRESS}, title=POST_TITLE).urls,
    *VerbApi(LEAVE, LEAVING, {"sure": True, **ADDRESS}, title=LEAVE_TITLE).urls,
    path("desk/communities/", desk.communities, name="desk"),
    path("desk/communities/new/", desk.add, name="desk_new"),
    path("desk/communities/<slug:code>/", desk.change, name="desk_edit"),
    path("desk/communities/<slug:code>/archive/", desk.archive, name="desk_archive"),
]
