"""Configure the Django app of dialogues: registers jobs, personal data, files, hooks and every app's chat dialogues."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from kesher.core import hooks


class DialoguesConfig(AppConfig):
    """The dialogues app."""

    name = "kesher.dialogues"
    label = "dialogues"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the jobs, the personal data, the hook for merged contacts and every app's skills."""
        from kesher.core.files.attachments import register_key_holder
        from kesher.dialogues import privacy, services, tasks

        assert tasks  # registers its jobs
        privacy.register_all()
        hooks.contacts_merged.register(services.on_merge)
        register_key_holder(services.find_open_answers)
        autodiscover_modules("skill")
