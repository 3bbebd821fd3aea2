from django.apps import AppConfig

from kesher.core import hooks


class ConversationsConfig(AppConfig):
    name = "kesher.conversations"
    label = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.conversations import services, tasks

        assert tasks  # registers its jobs
        hooks.contacts_merged.register(services.on_merge)
