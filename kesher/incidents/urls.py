"""URLs of the desk's pages of incidents."""

from django.urls import path

from kesher.incidents import desk

app_name = "incidents"
urlpatterns = [
    path("desk/incidents/", desk.list_incidents, name="desk"),
    path("desk/incidents/attach/<slug:key>/", desk.attach, name="attach"),
    path("desk/incidents/insert/<slug:key>/", desk.insert, name="insert"),
    path("desk/incidents/<int:pk>/", desk.show_incident, name="incident"),
    path("desk/incidents/<int:pk>/move/", desk.move, name="move"),
    path("desk/incidents/<int:pk>/describe/", desk.describe, name="describe"),
    path("desk/incidents/<int:pk>/notice/", desk.notice, name="notice"),
    path("desk/incidents/<int:pk>/withdraw/", desk.withdraw, name="withdraw"),
    path("desk/incidents/<int:pk>/end/", desk.end, name="end"),
    path("desk/incidents/<int:pk>/split/", desk.split, name="split"),
    path("desk/incidents/<int:pk>/merge/", desk.merge, name="merge"),
    path("desk/incidents/<int:pk>/cases/", desk.attach_case, name="attach_case"),
    path("desk/incidents/<int:pk>/cases/<int:number>/<slug:way>/", desk.case, name="case"),
    path("desk/incidents/<int:pk>/people/<slug:key>/<slug:way>/", desk.person, name="person"),
]
