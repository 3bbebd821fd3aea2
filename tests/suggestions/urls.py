"""The addresses of the suggestion box."""

from __future__ import annotations

from django.urls import path

from kesher.verbs.api_door import VerbApi
from kesher.verbs.desk_door import on_behalf_view
from kesher.verbs.page_door import VerbPage
from tests.suggestions import desk
from tests.suggestions.verbs import SUGGEST

app_name = "suggestions"
urlpatterns = [
    *VerbPage(SUGGEST, "suggestions/").urls,
    *VerbApi(SUGGEST, "api/v1/suggestions/", {"text": "A bench at the bus stop", "address": "noa@example.com"}).urls,
    path("desk/suggestions/", desk.suggestions, name="desk"),
    path("desk/suggestions/new/", on_behalf_view(SUGGEST, after="suggestions:desk"), name="desk-suggest"),
]
