"""URLs of the public pages, private pages, staff pages and API of group purchases."""

from __future__ import annotations

from django.urls import path

from kesher.purchases import (
    api,
    desk,
    participant_api,
    participant_views,
    views,
)
from kesher.purchases.registrations import PURCHASES

app_name = "purchases"
urlpatterns = [
    *PURCHASES.urls(),
    path("purchases/", views.purchases, name="list"),
    path("purchases/new/", views.start_page.show, name="new"),
    path("purchases/rights/", views.your_rights, name="rights"),
    path("purchases/mine/<str:key>/", participant_views.mine, name="mine"),
    path("purchases/organise/<str:key>/", participant_views.organise, name="organise"),
    path("purchases/organise/<str:key>/places/", participant_views.places, name="organise-places"),
    path("purchases/organise/<str:key>/pickup/", participant_views.pickup, name="organise-pickup"),
    path("purchases/<slug:code>/", views.detail, name="detail"),
    path("purchases/<slug:code>/count/", views.count, name="count"),
    path("purchases/<slug:code>/join/", views.interest_page.show, name="join"),
    path("purchases/<slug:code>/pledge/", views.pledge_page.show, name="pledge"),
    path("purchases/<slug:code>/confirm/", views.confirm, name="confirm"),
    path("purchases/<slug:code>/offer/", views.offer_page.show, name="offer"),
    path("purchases/<slug:code>/offer/withdraw/", views.unoffer_page.show, name="unoffer"),
    path("purchases/<slug:code>/draw/", views.draw, name="draw"),
    path("desk/purchases/", desk.purchases, name="desk"),
    path("desk/purchases/new/", desk.new, name="desk-new"),
    path("desk/purchases/<slug:code>/", desk.purchase, name="desk-purchase"),
    path("desk/purchases/<slug:code>/edit/", desk.edit, name="desk-edit"),
    path("desk/purchases/<slug:code>/move/", desk.move, name="desk-move"),
    path("desk/purchases/<slug:code>/cancel/", desk.cancel, name="desk-cancel"),
    path("desk/purchases/<slug:code>/offers/new/", desk.new_offer, name="desk-offer"),
    path("desk/purchases/<slug:code>/offers/<int:offer>/", desk.review, name="desk-review"),
    path("desk/purchases/<slug:code>/choose/", desk.choose, name="desk-choose"),
    path("desk/purchases/<slug:code>/news/", desk.news, name="desk-news"),
    path("desk/purchases/<slug:code>/news/<int:pk>/", desk.decide_news, name="desk-decide-news"),
    path("desk/purchases/<slug:code>/join/", desk.join_for, name="desk-join"),
    path("desk/purchases/<slug:code>/pledges/", desk.pledges, name="desk-pledges"),
    path("desk/purchases/<slug:code>/allocation/", desk.allocation, name="desk-allocation"),
    path("desk/purchases/<slug:code>/points/", desk.points, name="desk-points"),
    path("desk/purchases/<slug:code>/pickup/", desk.pickup, name="desk-pickup"),
    path("desk/purchases/<slug:code>/pickup.csv", desk.pickup_csv, name="desk-pickup-csv"),
    path("api/v1/purchases/", api.purchases, name="api-list"),
    path("api/v1/purchases/mine/<str:key>/", participant_api.own, name="api-own"),
    path("api/v1/purchases/mine/<str:key>/pledge/", participant_api.pledge, name="api-own-pledge"),
    path("api/v1/purchases/mine/<str:key>/interest/", participant_api.interest, name="api-own-interest"),
    path("api/v1/purchases/mine/<str:key>/place/", participant_api.place, name="api-own-place"),
    path("api/v1/purchases/mine/<str:key>/vote/", participant_api.vote, name="api-own-vote"),
    path("api/v1/purchases/mine/<str:key>/slot/", participant_api.slot, name="api-own-slot"),
    path("api/v1/purchases/organise/<str:key>/", participant_api.lead, name="api-lead"),
    path("api/v1/purchases/organise/<str:key>/pickup/", participant_api.pickup, name="api-lead-pickup"),
    path("api/v1/purchases/organise/<str:key>/<slug:verb>/", participant_api.decide, name="api-lead-decide"),
    path("api/v1/purchases/<slug:code>/", api.purchase, name="api-detail"),
    path("api/v1/purchases/<slug:code>/interest/", api.interest, name="api-interest"),
    path("api/v1/purchases/<slug:code>/pledges/", api.pledges, name="api-pledges"),
    path("api/v1/purchases/<slug:code>/offers/", api.offers, name="api-offers"),
    path("api/v1/purchases/<slug:code>/mine/", api.mine, name="api-mine"),
    path("api/v1/purchases/<slug:code>/confirm/", api.confirm, name="api-confirm"),
]
