"""Configure the Django app of communities."""

from django.apps import AppConfig


class CommunitiesConfig(AppConfig):
    """Residents who share with one another, and with the city."""

    name = "kesher.communities"
    label = "communities"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the dialogue, and what the app contributes to others."""
        from kesher.communities import registrations, skill

        assert skill  # imported to register its skill
        registrations.register_all()
