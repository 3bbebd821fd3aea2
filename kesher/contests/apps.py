"""Configure the Django app of contests (proposals and votes): its jobs, panels and open data."""

from django.apps import AppConfig


class ContestsConfig(AppConfig):
    """Registers what contests contribute to other apps."""

    name = "kesher.contests"
    label = "contests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register skills, jobs, and what the app contributes to others."""
        from kesher.contests import registrations, tasks

        assert tasks  # imported to register its jobs
        registrations.CONTESTS.register()
