"""URLs of the public pages, staff pages and API of petitions."""

from __future__ import annotations

from django.urls import path

from kesher.petitions import desk
from kesher.petitions.api import authors as author_api
from kesher.petitions.api import petitions as api
from kesher.petitions.registrations import PETITIONS
from kesher.petitions.views import authors as author_views
from kesher.petitions.views import moderation
from kesher.petitions.views import petitions as views

app_name = "petitions"
urlpatterns = [
    *PETITIONS.urls(),
    path("petitions/", views.petitions, name="list"),
    path("petitions/start/", author_views.start_page.show, name="start"),
    path("petitions/start/similar/", author_views.show_similar, name="similar"),
    path("petitions/standards/", views.standards, name="standards"),
    path("petitions/<slug:code>/", views.detail, name="detail"),
    path("petitions/<slug:code>/started/", author_views.started, name="started"),
    path("petitions/<slug:code>/author/<slug:key>/", author_views.author, name="author"),
    path("petitions/<slug:code>/author/<slug:key>/write/", author_views.rewrite, name="rewrite"),
    path("petitions/<slug:code>/author/<slug:key>/news/", author_views.tell, name="tell"),
    path("petitions/<slug:code>/author/<slug:key>/close/", author_views.close, name="close"),
    path("petitions/<slug:code>/share/", views.share, name="share"),
    path("petitions/<slug:code>/count/", views.count, name="count"),
    path("petitions/<slug:code>/sign/", views.sign_page.show, name="sign"),
    path("petitions/<slug:code>/not-me/", views.forget_signer, name="not-me"),
    path("petitions/<slug:code>/confirm/", views.sign_page.confirm, name="confirm"),
    path("petitions/<slug:code>/thanks/", views.thanks, name="thanks"),
    path("petitions/<slug:code>/withdraw/", views.withdraw_page.show, name="withdraw"),
    path("petitions/<slug:code>/withdraw/code/", views.withdraw_page.confirm, name="withdraw-code"),
    path("desk/petitions/", desk.petitions, name="desk"),
    path("desk/petitions/new/", desk.new, name="desk-new"),
    path("desk/petitions/rules/", moderation.edit_rules, name="desk-rules"),
    path("desk/petitions/<slug:code>/", desk.petition, name="desk-petition"),
    path("desk/petitions/<slug:code>/edit/", desk.edit, name="desk-edit"),
    path("desk/petitions/<slug:code>/move/", desk.move, name="desk-move"),
    path("desk/petitions/<slug:code>/decide/", moderation.decide, name="desk-decide"),
    path("desk/petitions/<slug:code>/note/", moderation.note, name="desk-note"),
    path("desk/petitions/<slug:code>/hold/", moderation.hold, name="desk-hold"),
    path("desk/petitions/<slug:code>/extend/", moderation.extend, name="desk-extend"),
    path("desk/petitions/<slug:code>/close/", moderation.close, name="desk-close"),
    path("desk/petitions/<slug:code>/promises/<slug:rung>/", moderation.promise, name="desk-promise"),
    path("desk/petitions/<slug:code>/news/<int:pk>/", moderation.authors_news, name="desk-news"),
    path("desk/petitions/<slug:code>/update/", desk.update, name="desk-update"),
    path("desk/petitions/<slug:code>/response/", desk.respond, name="desk-response"),
    path("desk/petitions/<slug:code>/signatures/", desk.signatures, name="desk-signatures"),
    path("desk/petitions/<slug:code>/signatures/<slug:receipt>/void/", desk.void, name="desk-void"),
    path("desk/petitions/<slug:code>/signatures/<slug:receipt>/again/", desk.count_again_view, name="desk-again"),
    path("desk/petitions/<slug:code>/signatures/<slug:receipt>/withdraw/", desk.withdraw_for, name="desk-withdraw"),
    path("desk/petitions/<slug:code>/sign-for/", desk.sign_for, name="desk-sign-for"),
    path("api/v1/petitions/", api.list_or_start, name="api-list"),
    path("api/v1/petitions/similar/", api.list_similar, name="api-similar"),
    path("api/v1/petitions/<slug:code>/", api.petition, name="api-detail"),
    path("api/v1/petitions/<slug:code>/signatures/", api.sign_api.view, name="api-signatures"),
    path("api/v1/petitions/<slug:code>/signatures/confirm/", api.sign_api.confirm_view, name="api-confirm"),
    path("api/v1/petitions/<slug:code>/signatures/withdraw/", api.withdraw_api.view, name="api-withdraw"),
    path(
        "api/v1/petitions/<slug:code>/signatures/withdraw/confirm/", api.withdraw_api.confirm_view, name="api-withdrawn"
    ),
    path("api/v1/petitions/<slug:code>/author/confirm/", api.start_api.confirm_view, name="api-prove"),
    path("api/v1/petitions/<slug:code>/author/<slug:key>/", author_api.read_own_petition, name="api-own"),
    path("api/v1/petitions/<slug:code>/author/<slug:key>/words/", author_api.write, name="api-own-words"),
    path("api/v1/petitions/<slug:code>/author/<slug:key>/news/", author_api.tell, name="api-own-news"),
    path("api/v1/petitions/<slug:code>/author/<slug:key>/close/", author_api.close, name="api-own-close"),
]
