"""Configure the Django app of incidents: registers its job, its hook, its skill and its personal data."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """The app of things that many people write about."""

    name = "kesher.incidents"
    label = "incidents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the registrations in other apps."""
        from kesher.incidents import registrations, skill, tasks

        assert skill  # registers its option
        assert tasks  # registers its job
        registrations.register_all()
