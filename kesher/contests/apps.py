from django.apps import AppConfig


class ContestsConfig(AppConfig):
    name = "kesher.contests"
    label = "contests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.contests import open_data, panel, personal, shelf, tasks

        assert tasks  # registers its jobs
        open_data.register_all()
        panel.register()
        personal.register_all()
        shelf.register_all()
