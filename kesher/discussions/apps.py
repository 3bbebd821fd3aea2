"""Configure the Django app of discussions."""

from django.apps import AppConfig


class DiscussionsConfig(AppConfig):
    """The rules of what people say to one another in public."""

    name = "kesher.discussions"
    label = "discussions"
    default_auto_field = "django.db.models.BigAutoField"
