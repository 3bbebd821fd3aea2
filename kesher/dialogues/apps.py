"""Configure the Django app of dialogues: registers jobs, personal data, files, hooks and every app's chat dialogues."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class DialoguesConfig(AppConfig):
    """The dialogues app."""

    name = "kesher.dialogues"
    label = "dialogues"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the jobs, the personal data, the hook for merged contacts and every app's skills."""
        from kesher.dialogues import registrations, tasks

        assert tasks  # registers its jobs
        registrations.register_all()
        autodiscover_modules("skill")
