"""Where petitions are: the public's pages, the desk's, and the API's."""

from __future__ import annotations

from django.urls import path

from kesher.petitions import api, desk, views

app_name = "petitions"
urlpatterns = [
    path("petitions/", views.petitions, name="list"),
    path("petitions/<slug:code>/", views.detail, name="detail"),
    path("petitions/<slug:code>/count/", views.count, name="count"),
    path("petitions/<slug:code>/sign/", views.sign, name="sign"),
    path("petitions/<slug:code>/confirm/", views.confirm, name="confirm"),
    path("petitions/<slug:code>/thanks/", views.thanks, name="thanks"),
    path("petitions/<slug:code>/withdraw/", views.withdraw, name="withdraw"),
    path("petitions/<slug:code>/withdraw/code/", views.withdraw_code, name="withdraw-code"),
    path("desk/petitions/", desk.petitions, name="desk"),
    path("desk/petitions/new/", desk.new, name="desk-new"),
    path("desk/petitions/<slug:code>/", desk.petition, name="desk-petition"),
    path("desk/petitions/<slug:code>/edit/", desk.edit, name="desk-edit"),
    path("desk/petitions/<slug:code>/move/", desk.move, name="desk-move"),
    path("desk/petitions/<slug:code>/update/", desk.update, name="desk-update"),
    path("desk/petitions/<slug:code>/response/", desk.respond, name="desk-response"),
    path("desk/petitions/<slug:code>/signatures/", desk.signatures, name="desk-signatures"),
    path("desk/petitions/<slug:code>/signatures/<slug:receipt>/void/", desk.void, name="desk-void"),
    path("desk/petitions/<slug:code>/sign-for/", desk.sign_for, name="desk-sign-for"),
    path("api/v1/petitions/", api.petitions, name="api-list"),
    path("api/v1/petitions/<slug:code>/", api.petition, name="api-detail"),
    path("api/v1/petitions/<slug:code>/signatures/", api.signatures, name="api-signatures"),
    path("api/v1/petitions/<slug:code>/signatures/confirm/", api.confirm, name="api-confirm"),
]
