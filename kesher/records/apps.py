"""Configure the Django app of records: registers its chat dialogue, jobs, staff pages and personal data."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The app of records."""

    name = "kesher.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the modules that register skills and jobs, and make the registrations in other apps."""
        from kesher.records import registrations, skill, tasks

        assert skill  # registers "what do I owe?"
        assert tasks  # registers its jobs
        registrations.register_all()
