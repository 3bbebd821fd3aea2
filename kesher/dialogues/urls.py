"""The URL of the page that continues a form."""

from django.urls import path

from kesher.dialogues import views

app_name = "dialogues"
urlpatterns = [path("go/<str:key>/", views.go, name="continue")]
