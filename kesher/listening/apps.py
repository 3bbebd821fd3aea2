"""Configure the Django app of listening."""

from django.apps import AppConfig


class ListeningConfig(AppConfig):
    """The app that reads what is said in public."""

    name = "kesher.listening"
    label = "listening"
    default_auto_field = "django.db.models.BigAutoField"
