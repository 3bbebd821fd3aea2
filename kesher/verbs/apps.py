"""Configure the Django app of verbs: loads every app's `verbs.py`, registers chat skills, jobs and personal data."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class VerbsConfig(AppConfig):
    """The app of verbs."""

    name = "kesher.verbs"
    label = "verbs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load every app's verbs, and register their skills, the job and the personal data."""
        from kesher.verbs import conversation_door, registrations, tasks

        assert tasks  # imported to register its job
        registrations.register_all()
        autodiscover_modules("verbs")
        conversation_door.register_skills()
