"""URLs of the public pages, staff pages and API of problem reports."""

from django.urls import path

from kesher.reports import api, desk, views

app_name = "reports"
urlpatterns = [
    path("report/", views.new, name="new"),
    path("report/shared/", views.shared, name="shared"),
    path("report/done/<str:receipt>/", views.done, name="done"),
    path("status/", views.status, name="status"),
    path("status/<int:number>/", views.status_of, name="status_of"),
    path("desk/requests/", desk.requests, name="desk"),
    path("desk/requests/new/", desk.new, name="desk_new"),
    path("desk/requests.csv", desk.export, name="desk_export"),
    path("desk/requests/<int:number>/", desk.report, name="desk_report"),
    path("desk/requests/<int:number>/public/", desk.publish, name="desk_publish"),
    path("api/v1/topics/", api.topics, name="api_topics"),
    path("api/v1/reports/", api.reports, name="api_reports"),
    path("api/v1/reports/<int:number>/", api.report, name="api_report"),
]
