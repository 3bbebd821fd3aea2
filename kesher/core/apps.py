"""Configure the Django app of core: imports its periodic jobs."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The configuration of the lowest app."""

    name = "kesher.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the tasks, which register their jobs."""
        from kesher.core import tasks

        assert tasks  # registers its jobs
