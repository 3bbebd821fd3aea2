"""URLs of the staff's login, staff accounts, teams, places and agency settings."""

from django.urls import path

from kesher.agencies import desk, views

app_name = "agencies"
urlpatterns = [
    path("desk/login/", views.sign_in, name="login"),
    path("desk/logout/", views.sign_out, name="logout"),
    path("desk/limits/", views.limits, name="limits"),
    path("desk/staff/", views.staff_list, name="staff"),
    path("desk/staff/<int:pk>/", views.staff_edit, name="staff_edit"),
    path("desk/teams/", views.teams, name="teams"),
    path("desk/teams/new/", views.team_new, name="team_new"),
    path("desk/teams/<slug:slug>/", views.team_edit, name="team_edit"),
    path("desk/teams/<slug:slug>/remove/", views.team_remove, name="team_remove"),
    path("desk/hours/", views.hours, name="hours"),
    path("desk/places/", desk.places, name="places"),
    path("desk/places/new/", desk.place_new, name="place_new"),
    path("desk/places/import/", desk.places_import, name="places_import"),
    path("desk/places/export.csv", desk.places_export, name="places_export"),
    path("desk/places/<slug:code>/", desk.place_edit, name="place_edit"),
    path("desk/places/<slug:code>/remove/", desk.place_remove, name="place_remove"),
]
