"""URLs of the citizens' and the staff's pages of records; the stream is in `lanes/records.py`."""

from __future__ import annotations

from django.urls import path

from kesher.records import desk, guardianship_views, mandate_views, views

app_name = "records"
urlpatterns = [
    path("records/", views.mine, name="mine"),
    path("records/all/", views.everything, name="everything"),
    path("records/ticket/", views.stream_ticket, name="ticket"),
    path("records/export.xlsx", views.export, name="export"),
    path("records/export.pdf", views.paper, name="paper"),
    path("records/calendar.ics", views.calendar, name="calendar"),
    path("records/consents/", mandate_views.consents, name="consents"),
    path("records/looks/", mandate_views.looks, name="looks"),
    path("records/acting/", mandate_views.acting, name="acting"),
    path("records/acting/ward/", guardianship_views.ask, name="ward"),
    path("records/acting/ward/<str:key>/withdraw/", guardianship_views.withdraw, name="ward_withdraw"),
    path("records/acting/<str:key>/", mandate_views.mandate, name="mandate"),
    path("records/acting/<str:key>/end/", mandate_views.end, name="end"),
    path("records/reminders/", views.reminders, name="reminders"),
    path("records/reminders/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("records/from/<slug:code>/ask/", views.ask, name="ask"),
    path("records/from/<slug:code>/remind/", views.remind, name="remind"),
    path("desk/records/", desk.list_sources, name="desk"),
    path("desk/records/new/", desk.edit, name="desk_new"),
    path("desk/records/<slug:code>/", desk.edit, name="desk_edit"),
    path("desk/records/<slug:code>/switch/", desk.switch, name="desk_switch"),
    path("desk/records/<slug:code>/again/", desk.again, name="desk_again"),
    path("desk/wards/", guardianship_views.desk, name="desk_wards"),
    path("desk/wards/<str:key>/", guardianship_views.desk_ward, name="desk_ward"),
    path("desk/wards/<str:key>/decide/", guardianship_views.decide, name="desk_ward_decide"),
    path("desk/wards/<str:key>/end/", guardianship_views.revoke, name="desk_ward_end"),
    path("desk/wards/<str:key>/address/", guardianship_views.own_address, name="desk_ward_address"),
    path("desk/people/<str:key>/records/", desk.person, name="desk_person"),
]
