"""Configure the Django app of conversations: registers its jobs, personal data and hooks."""

from django.apps import AppConfig

from kesher.core import hooks


class ConversationsConfig(AppConfig):
    """The conversations app."""

    name = "kesher.conversations"
    label = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the periodic jobs, the personal data and the handlers of hooks."""
        from kesher.conversations import privacy, services, tasks

        assert tasks  # registers its jobs
        privacy.register_all()
        hooks.completed.register(services.on_completed)
        hooks.contacts_merged.register(services.on_merge)
