"""Configure the Django app of listening: registers its jobs and its links at the desk."""

from django.apps import AppConfig


class ListeningConfig(AppConfig):
    """The app that reads what is said in public."""

    name = "kesher.listening"
    label = "listening"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the registrations in other apps."""
        from kesher.listening import registrations, tasks

        assert tasks  # registers its jobs
        registrations.register_all()
