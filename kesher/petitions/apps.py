from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "kesher.petitions"
    label = "petitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.petitions import panel, tasks

        assert tasks  # registers its jobs
        panel.register()
