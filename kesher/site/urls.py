"""Root URLconf: one line for each app, whose paths are written in full."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from kesher.site import site_urls

urlpatterns: list[URLPattern | URLResolver] = [
    # First: the most visited.
    path("", include("kesher.petitions.urls")),
    path("", include((site_urls.urlpatterns, "site"))),
    path("", include("kesher.contests.urls")),
    path("", include("kesher.purchases.urls")),
    path("", include("kesher.agencies.urls")),
    path("", include("kesher.dialogues.urls")),
    path("", include("kesher.conversations.urls")),
    path("", include("kesher.accounts.urls")),
    path("", include("kesher.cases.urls")),
    path("", include("kesher.reports.urls")),
    path("", include("kesher.answers.urls")),
    path("", include("kesher.records.urls")),
    path("", include("kesher.verbs.urls")),
    *(path("", include(f"{app}.urls")) for app in settings.KESHER_APPS),
]

handler400 = "kesher.site.views.bad_request"
handler403 = "kesher.site.views.forbidden"
handler404 = "kesher.site.views.not_found"
handler500 = "kesher.site.views.server_error"
