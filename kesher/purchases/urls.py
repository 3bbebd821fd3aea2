"""Where purchases are: the public's pages, one's own, the desk's, and the API's."""

from __future__ import annotations

from django.urls import path

from kesher.purchases import api, desk, guard, lead, mine, open_data, own, views, wire

app_name = "purchases"
urlpatterns = [
    path("purchases/", views.purchases, name="list"),
    path("purchases/new/", views.new, name="new"),
    path("purchases/rights/", views.your_rights, name="rights"),
    path("purchases/mine/<str:key>/", mine.mine, name="mine"),
    path("purchases/organise/<str:key>/", mine.organise, name="organise"),
    path("purchases/<slug:code>/", views.detail, name="detail"),
    path("purchases/<slug:code>/count/", views.count, name="count"),
    path("purchases/<slug:code>/card.png", views.card, name="card"),
    path("purchases/<slug:code>/join/", views.join, name="join"),
    path("purchases/<slug:code>/pledge/", views.pledge, name="pledge"),
    path("purchases/<slug:code>/confirm/", views.confirm, name="confirm"),
    path("purchases/<slug:code>/offer/", views.offer, name="offer"),
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
    path("desk/purchases/<slug:code>/pledges/", desk.pledges, name="desk-pledges"),
    path("desk/purchases/<slug:code>/allocation/", desk.allocation, name="desk-allocation"),
    path("desk/purchases/<slug:code>/points/", desk.points, name="desk-points"),
    path("desk/purchases/<slug:code>/pickup/", desk.pickup, name="desk-pickup"),
    path("desk/purchases/<slug:code>/pickup.csv", desk.pickup_csv, name="desk-pickup-csv"),
    path("desk/purchases/<slug:code>/watch/<slug:part>/", guard.watch, name="desk-watch"),
    path("desk/purchases/<slug:code>/watch/<slug:part>/alerts/<int:pk>/", guard.settle, name="desk-alert"),
    path("desk/purchases/<slug:code>/watch/<slug:part>/voidings/<int:pk>/", guard.reverse, name="desk-reverse"),
    path("api/v1/purchases/", wire.purchases, name="api-list"),
    path("api/v1/purchases/mine/<str:key>/", own.own, name="api-own"),
    path("api/v1/purchases/mine/<str:key>/pledge/", own.pledge, name="api-own-pledge"),
    path("api/v1/purchases/mine/<str:key>/interest/", own.interest, name="api-own-interest"),
    path("api/v1/purchases/mine/<str:key>/place/", own.place, name="api-own-place"),
    path("api/v1/purchases/mine/<str:key>/vote/", own.vote, name="api-own-vote"),
    path("api/v1/purchases/mine/<str:key>/slot/", own.slot, name="api-own-slot"),
    path("api/v1/purchases/organise/<str:key>/", lead.lead, name="api-lead"),
    path("api/v1/purchases/organise/<str:key>/<slug:verb>/", lead.decide, name="api-lead-decide"),
    path("api/v1/purchases/<slug:code>/data.json", open_data.counts, name="api-counts"),
    path("api/v1/purchases/<slug:code>/data.csv", open_data.rows, name="api-rows"),
    path("api/v1/purchases/<slug:code>/", api.purchase, name="api-detail"),
    path("api/v1/purchases/<slug:code>/interest/", wire.interest, name="api-interest"),
    path("api/v1/purchases/<slug:code>/pledges/", wire.pledges, name="api-pledges"),
    path("api/v1/purchases/<slug:code>/offers/", wire.offers, name="api-offers"),
    path("api/v1/purchases/<slug:code>/mine/", wire.mine, name="api-mine"),
    path("api/v1/purchases/<slug:code>/confirm/", wire.confirm, name="api-confirm"),
]
