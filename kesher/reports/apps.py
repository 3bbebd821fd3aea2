from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "kesher.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.reports import desk_panel, privacy

        desk_panel.register()
        privacy.register_all()
