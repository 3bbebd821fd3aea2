from django.apps import AppConfig

from kesher.core import hooks


class AnswersConfig(AppConfig):
    name = "kesher.answers"
    label = "answers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.answers import menu, skill

        hooks.free_text.register(skill.on_free_text)
        menu.register()
