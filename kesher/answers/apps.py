"""Configure the app of answers."""

from django.apps import AppConfig

from kesher.core import hooks


class AnswersConfig(AppConfig):
    """The app of answers."""

    name = "kesher.answers"
    label = "answers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the app contributes to conversations and to the desk."""
        from kesher.answers import menu, skill

        hooks.free_text.register(skill.on_free_text)
        menu.register()
