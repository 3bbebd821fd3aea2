"""URLs of the public pages, private pages, staff pages and API of group purchases."""

from __future__ import annotations

from django.urls import path

from kesher.purchases import desk
from kesher.purchases.api import key_operations, public_operations
from kesher.purchases.registrations import PURCHASES
from kesher.purchases.views import participants, purchases

app_name = "purchases"
urlpatterns = [
    *PURCHASES.urls(),
    path("purchases/", purchases.purchases, name="list"),
    path("purchases/new/", purchases.start_page.show, name="new"),
    path("purchases/rights/", purchases.your_rights, name="rights"),
    path("purchases/mine/<str:key>/", participants.mine, name="mine"),
    path("purchases/organise/<str:key>/", participants.organise, name="organise"),
    path("purchases/organise/<str:key>/places/", participants.places, name="organise-places"),
    path("purchases/organise/<str:key>/pickup/", participants.pickup, name="organise-pickup"),
    path("purchases/<slug:code>/", purchases.detail, name="detail"),
    path("purchases/<slug:code>/count/", purchases.count, name="count"),
    path("purchases/<slug:code>/join/", purchases.interest_page.show, name="join"),
    path("purchases/<slug:code>/pledge/", purchases.pledge_page.show, name="pledge"),
    path("purchases/<slug:code>/confirm/", purchases.confirm, name="confirm"),
    path("purchases/<slug:code>/offer/", purchases.offer_page.show, name="offer"),
    path("purchases/<slug:code>/offer/withdraw/", purchases.unoffer_page.show, name="unoffer"),
    path("purchases/<slug:code>/draw/", purchases.draw, name="draw"),
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
    path("api/v1/purchases/", public_operations.purchases, name="api-list"),
    path("api/v1/purchases/mine/<str:key>/", key_operations.own, name="api-own"),
    path("api/v1/purchases/mine/<str:key>/pledge/", key_operations.pledge, name="api-own-pledge"),
    path("api/v1/purchases/mine/<str:key>/interest/", key_operations.interest, name="api-own-interest"),
    path("api/v1/purchases/mine/<str:key>/place/", key_operations.place, name="api-own-place"),
    path("api/v1/purchases/mine/<str:key>/vote/", key_operations.vote, name="api-own-vote"),
    path("api/v1/purchases/mine/<str:key>/slot/", key_operations.slot, name="api-own-slot"),
    path("api/v1/purchases/organise/<str:key>/", key_operations.lead, name="api-lead"),
    path("api/v1/purchases/organise/<str:key>/pickup/", key_operations.pickup, name="api-lead-pickup"),
    path("api/v1/purchases/organise/<str:key>/<slug:verb>/", key_operations.decide, name="api-lead-decide"),
    path("api/v1/purchases/<slug:code>/", public_operations.purchase, name="api-detail"),
    path("api/v1/purchases/<slug:code>/interest/", public_operations.interest, name="api-interest"),
    path("api/v1/purchases/<slug:code>/pledges/", public_operations.pledges, name="api-pledges"),
    path("api/v1/purchases/<slug:code>/offers/", public_operations.offers, name="api-offers"),
    path("api/v1/purchases/<slug:code>/mine/", public_operations.mine, name="api-mine"),
    path("api/v1/purchases/<slug:code>/confirm/", public_operations.confirm, name="api-confirm"),
]
