"""Where purchases are: the public's pages, one's own, the desk's, and the API's."""

from __future__ import annotations

from django.urls import path

from kesher.purchases import api, desk, mine, views

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
    path("api/v1/purchases/", api.purchases, name="api-list"),
    path("api/v1/purchases/<slug:code>/", api.purchase, name="api-detail"),
    path("api/v1/purchases/<slug:code>/interest/", api.interest, name="api-interest"),
    path("api/v1/purchases/<slug:code>/pledges/", api.pledges, name="api-pledges"),
    path("api/v1/purchases/<slug:code>/offers/", api.offers, name="api-offers"),
    path("api/v1/purchases/<slug:code>/confirm/", api.confirm, name="api-confirm"),
]
