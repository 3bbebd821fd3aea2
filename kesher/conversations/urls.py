"""URLs of the web chat, of continuing a form on another channel, and of the unsubscribe link."""

from django.urls import path

from kesher.conversations import form_handover, views

app_name = "conversations"
urlpatterns = [
    path("chat/", views.chat, name="chat"),
    path("chat/stream/", views.stream, name="stream"),
    path("chat/upload/", views.upload, name="upload"),
    path("go/<str:key>/elsewhere/", form_handover.elsewhere, name="elsewhere"),
    path("go/<str:key>/private/", views.continue_privately, name="private"),
    path("stop/<str:signed>/", views.stop, name="stop"),
]
