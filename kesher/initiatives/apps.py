"""Configure the Django app of initiatives: what petitions, contests and purchases share."""

from django.apps import AppConfig


class InitiativesConfig(AppConfig):
    """The app of what petitions, contests and purchases share above the conversation. It has no tables."""

    name = "kesher.initiatives"
    label = "initiatives"
    default_auto_field = "django.db.models.BigAutoField"
