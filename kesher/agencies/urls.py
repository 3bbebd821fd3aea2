"""URLs of the staff's login, staff accounts, teams and agency settings."""

from django.urls import path

from kesher.agencies import settings_views, views

app_name = "agencies"
urlpatterns = [
    path("desk/login/", views.sign_in, name="login"),
    path("desk/logout/", views.sign_out, name="logout"),
    path("desk/password/", views.password, name="password"),
    path("desk/limits/", views.limits, name="limits"),
    path("desk/staff/", views.staff_list, name="staff"),
    path("desk/staff/new/", views.staff_new, name="staff_new"),
    path("desk/staff/<int:pk>/", views.staff_edit, name="staff_edit"),
    path("desk/teams/", settings_views.teams, name="teams"),
    path("desk/teams/new/", settings_views.team_new, name="team_new"),
    path("desk/teams/<slug:slug>/", settings_views.team_edit, name="team_edit"),
    path("desk/teams/<slug:slug>/remove/", settings_views.team_remove, name="team_remove"),
    path("desk/hours/", settings_views.hours, name="hours"),
]
