"""URL of the web page that continues a chat form."""

from django.urls import path

from kesher.dialogues import views

app_name = "dialogues"
urlpatterns = [path("go/<str:key>/", views.go, name="continue")]
