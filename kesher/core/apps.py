from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "kesher.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.core import tasks

        assert tasks  # registers its jobs
