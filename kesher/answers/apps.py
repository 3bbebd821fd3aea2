"""Configure the Django app of answers (FAQ): registers the chat's free-text hook and a menu link."""

from django.apps import AppConfig


class AnswersConfig(AppConfig):
    """The app of answers."""

    name = "kesher.answers"
    label = "answers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the hook that answers free text in conversations, and the desk's link to the answers."""
        from kesher.answers import registrations

        registrations.register_all()
