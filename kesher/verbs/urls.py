"""URLs at which people bring the code of a request that waits for it."""

from __future__ import annotations

from django.urls import path

from kesher.verbs import api_door, api_views, views

app_name = "verbs"
urlpatterns = [
    path("confirm/<slug:key>/", views.confirm, name="confirm"),
    path("api/", api_views.page, name="api"),
    path("api/v1/files/", api_views.upload, name="api-files"),
    path("api/v1/openapi.json", api_views.document, name="api-document"),
    path("api/v1/requests/<slug:key>/confirm/", api_door.confirm, name="api-confirm"),
]
