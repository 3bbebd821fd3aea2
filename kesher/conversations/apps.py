"""Configure the Django app of conversations: registers its jobs, personal data and hooks."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """The conversations app."""

    name = "kesher.conversations"
    label = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the periodic jobs, the personal data and the handlers of hooks."""
        from kesher.conversations import registrations, tasks

        assert tasks  # registers its jobs
        registrations.register_all()
