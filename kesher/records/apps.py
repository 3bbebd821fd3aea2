"""Configure the Django app of records: registers its chat dialogue, jobs, staff pages and personal data."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The app of records."""

    name = "kesher.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the modules that register skills, jobs and desk pages, and register the privacy holdings."""
        from kesher.records import desk, guardianship_views, privacy, skill, tasks

        assert desk  # registers its page in the desk's menu, and its panel beside a person
        assert skill  # registers "what do I owe?"
        assert tasks  # registers its jobs
        assert guardianship_views  # registers its page in the desk's menu
        privacy.register_all()
