"""Configure the Django app of discussions."""

from django.apps import AppConfig


class DiscussionsConfig(AppConfig):
    """What people say to one another in public."""

    name = "kesher.discussions"
    label = "discussions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the app contributes to others."""
        from kesher.discussions import registrations

        registrations.register_all()
