"""Configure the Django app of understanding: registers its jobs and personal data."""

from django.apps import AppConfig


class UnderstandingConfig(AppConfig):
    """The app that understands messages."""

    name = "kesher.understanding"
    label = "understanding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the hook, the personal data and the jobs."""
        from kesher.understanding import registrations, tasks

        assert tasks  # registers its jobs
        registrations.register_all()
