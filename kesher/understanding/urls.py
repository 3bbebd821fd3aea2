"""URLs of the desk's page of understanding."""

from django.urls import path

from kesher.understanding import desk

app_name = "understanding"
urlpatterns = [
    path("desk/understanding/", desk.messages_heard, name="desk"),
    path("desk/understanding/<int:pk>/", desk.review, name="desk_review"),
    path("desk/understanding/<int:pk>/reopen/", desk.reopen, name="desk_reopen"),
]
