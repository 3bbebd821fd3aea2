"""Configure the Django app of participation: counted signatures, votes and pledges."""

from django.apps import AppConfig

from kesher.core import hooks


class ParticipationConfig(AppConfig):
    """The app of participations: counted signatures, votes and pledges."""

    name = "kesher.participation"
    label = "participation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the periodic jobs, the personal data, and the handler for merged contacts."""
        from kesher.participation import privacy, services, tasks

        assert tasks  # registers its jobs
        privacy.register_all()
        hooks.contacts_merged.register(services.on_merge)
