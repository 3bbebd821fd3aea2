"""URLs of discussions: threads, forms about a post, and the moderators' pages."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from kesher.discussions import desk, views
from kesher.discussions.verbs import ASK, DELETE, EDIT, REPLY, REPORT
from kesher.verbs.api_door import VerbApi

ADDRESS = {"address": "noa@example.com"}
POST = "api/v1/posts/<slug:code>/"
REPLY_TITLE = _("Answer a post as a member. A code goes to the member's address.")
EDIT_TITLE = _("Change one's own post. A code goes to the author's address.")
DELETE_TITLE = _("Delete one's own post. A code goes to the author's address.")
ASK_TITLE = _("Ask the public body to answer a thread. A code goes to the member's address.")
REPORT_TITLE = _("Report a post to the moderators. A code goes to the address.")

app_name = "discussions"
urlpatterns = [
    path("posts/<slug:code>/", views.thread, name="thread"),
    *views.reply_page.urls,
    *views.edit_page.urls,
    *views.delete_page.urls,
    *views.report_page.urls,
    *views.ask_page.urls,
    *VerbApi(REPLY, f"{POST}replies/", {"text": "The slide is fixed.", **ADDRESS}, title=REPLY_TITLE).urls,
    *VerbApi(EDIT, f"{POST}edit/", {"text": "The slide is fixed now.", **ADDRESS}, title=EDIT_TITLE).urls,
    *VerbApi(DELETE, f"{POST}delete/", {"sure": True, **ADDRESS}, title=DELETE_TITLE).urls,
    *VerbApi(REPORT, f"{POST}reports/", {"reason": "insult", **ADDRESS}, title=REPORT_TITLE).urls,
    *VerbApi(ASK, f"{POST}questions/", ADDRESS, title=ASK_TITLE).urls,
    path("desk/moderation/", desk.queue, name="queue"),
    path("desk/moderation/questions/", desk.questions, name="questions"),
    path("desk/moderation/words/", desk.watched_words, name="watched_words"),
    path("desk/moderation/posts/<slug:code>/", desk.thread, name="desk_thread"),
    path("desk/moderation/posts/<slug:code>/decide/", desk.decide, name="decide"),
    path("desk/moderation/members/<slug:code>/", desk.remove, name="remove"),
]
