"""URLs of the pages and the API of following."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from kesher.following.verbs import FOLLOW, UNFOLLOW
from kesher.following.views import follow_page, unfollow_page
from kesher.verbs.api_door import VerbApi

EXAMPLE: Final = {"topics": ["street-light"], "places": "Herzl", "frequency": "weekly", "address": "noa@example.com"}
END_EXAMPLE: Final = {"sure": True, "address": "noa@example.com"}
FOLLOW_TITLE: Final = _(
    "Choose what a person follows, in place of what they followed before. A code goes to the address."
)
UNFOLLOW_TITLE: Final = _("Forget what a person follows. A code goes to the address.")


class FollowApi(VerbApi):
    """An operation of following, which takes lists."""

    lists = ("topics", "languages")


app_name = "following"
urlpatterns = [
    *follow_page.urls,
    *unfollow_page.urls,
    *FollowApi(FOLLOW, "api/v1/following/", EXAMPLE, title=FOLLOW_TITLE).urls,
    *FollowApi(UNFOLLOW, "api/v1/following/end/", END_EXAMPLE, title=UNFOLLOW_TITLE).urls,
]
