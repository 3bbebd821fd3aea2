"""Configure the Django app of participation: counted signatures, votes and pledges."""

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    """The app of participations: counted signatures, votes and pledges."""

    name = "kesher.participation"
    label = "participation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the periodic jobs, the personal data, and the handler for merged contacts."""
        from kesher.participation import registrations, tasks

        assert tasks  # registers its jobs
        registrations.register_all()
