"""URLs of listening: pages of the desk, and the public register of watches."""

from django.urls import path

from kesher.listening import desk, views

app_name = "listening"
urlpatterns = [
    path("watches/", views.register, name="register"),
    path("desk/listening/", desk.mentions, name="mentions"),
    path("desk/listening/watches/", desk.watches, name="watches"),
    path("desk/listening/watches/new/", desk.add_watch, name="watch_new"),
    path("desk/listening/watches/<int:pk>/", desk.change_watch, name="watch_edit"),
    path("desk/listening/watches/<int:pk>/remove/", desk.delete_watch, name="watch_remove"),
    path("desk/listening/sources/", desk.sources, name="sources"),
    path("desk/listening/sources/new/<slug:kind>/", desk.add_source, name="source_new"),
    path("desk/listening/sources/<int:pk>/", desk.change_source, name="source_edit"),
    path("desk/listening/sources/<int:pk>/remove/", desk.delete_source, name="source_remove"),
    path("desk/listening/sources/<int:pk>/fetch/", desk.read_now, name="source_fetch"),
]
