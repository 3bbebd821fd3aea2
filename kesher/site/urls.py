"""Root URLconf: the site's own pages (home, search, my page …), and one line for each app, whose paths are in full."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from kesher.core.views import styleguide
from kesher.site import desk, installable_page, setup_views, views
from kesher.site.my_page import personal_data_views
from kesher.site.my_page import views as my_page

pages: list[URLPattern] = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("privacy/", views.privacy, name="privacy"),
    path("rules/", views.public_text, {"kind": "rules"}, name="rules"),
    path("charter/", views.public_text, {"kind": "charter"}, name="charter"),
    path("call-back/", views.call_back, name="call_back"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("language/<slug:code>/", views.language, name="language"),
    path("theme.css", views.theme, name="theme"),
    path("files/<str:key>", views.file, name="file"),
    path("me/messages/", my_page.my_messages, name="my_messages"),
    path("me/wishes/", my_page.my_wishes, name="my_wishes"),
    path("me/wishes/consent/", my_page.my_consent, name="my_consent"),
    path("me/data/", personal_data_views.my_data, name="my_data"),
    path("me/data/export/", personal_data_views.my_export, name="my_export"),
    path("me/data/erase/", personal_data_views.my_erasure, name="my_erasure"),
    path("me/data/address/", personal_data_views.my_address, name="my_address"),
    path("first-setup/<str:token>/", setup_views.first_setup, name="first_setup"),
    path("desk/setup/", desk.setup, name="setup"),
    path("desk/body/", desk.body, name="body"),
    path("desk/rules/", desk.edit_public_text, {"kind": "rules"}, name="edit_rules"),
    path("desk/charter/", desk.edit_public_text, {"kind": "charter"}, name="edit_charter"),
    path("desk/calendar/", desk.calendar, name="calendar"),
    path("desk/setup/line/", desk.show_line, name="setup_line"),
    path("desk/erasures/", personal_data_views.erasures, name="erasures"),
    path("desk/erasures/<int:pk>/", personal_data_views.decide_erasure, name="decide_erasure"),
    path("live/ticket/", views.live_ticket, name="live_ticket"),
    path("robots.txt", views.robots, name="robots"),
    path("site.webmanifest", installable_page.manifest, name="manifest"),
    path("icon-<int:size>.png", installable_page.icon, name="icon"),
    path("sw.js", installable_page.service_worker, name="service_worker"),
    path("offline/", installable_page.offline, name="offline"),
    path("styleguide/", styleguide, name="styleguide"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    # First: the most visited.
    path("", include("kesher.petitions.urls")),
    path("", include((pages, "site"))),
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
    path("", include("kesher.understanding.urls")),
    path("", include("kesher.following.urls")),
    path("", include("kesher.incidents.urls")),
    path("", include("kesher.listening.urls")),
    path("", include("kesher.discussions.urls")),
    path("", include("kesher.communities.urls")),
    *(path("", include(f"{app}.urls")) for app in settings.KESHER_APPS),
]

handler400 = "kesher.site.views.bad_request"
handler403 = "kesher.site.views.forbidden"
handler404 = "kesher.site.views.not_found"
handler500 = "kesher.site.views.server_error"
